internal import Dispatch
internal import LinearAlgebra
internal import Spectra
internal import Synchronization

/// One pass over all spectra of a source, in panels of fixed membership.
///
/// A panel goes through two stages. It is *opened* when its spectra have been read; it is *finished*
/// when the spectra around its own have been opened too, for a background may need their counts. So a
/// sweep holds the panels it works on and, behind them, those that wait: three rows of the image.
struct Sweep {
  let source: any SpectrumSource
  let steps: PreprocessSteps
  /// The channels that panels hold, counted on the source's axis.
  let channels: Range<Int>
  let threads: Int

  /// Runs `work` on every finished panel, several at once, and `result` on all panels in order, some
  /// at a time, while the next ones are worked on.
  ///
  /// `progress` is told the share of the spectra done, from 0 to 1.
  func run(
    work: @Sendable (SpectrumPanel) -> Void, result: ([SpectrumPanel]) throws -> Void,
    progress: (Double) -> Void
  ) throws {
    let queue = PanelQueue()
    if threads == 1 {
      return try produce(from: queue, work: work, progress: progress) { panels in
        try result(panels)
        queue.giveBack(panels)
        return true
      }
    }
    let failure = Mutex<(any Error)?>(nil)
    let behind = DispatchGroup()
    try withoutActuallyEscaping(result) { result in
      // Called by one thread alone, and not after this scope.
      nonisolated(unsafe) let result = result
      DispatchQueue(label: "results").async(group: behind) {
        do {
          while let panels = queue.next() {
            try result(panels)
            queue.giveBack(panels)
          }
        } catch {
          failure.withLock { $0 = error }
          queue.stop()
        }
      }
      defer { behind.wait() }
      do {
        try produce(from: queue, work: work, progress: progress) { queue.put($0) }
        queue.end()
      } catch {
        queue.stop()
        throw error
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  /// Reads, opens and finishes panels and delivers them in order, until nobody takes them.
  private func produce(
    from queue: PanelQueue, work: @Sendable (SpectrumPanel) -> Void, progress: (Double) -> Void,
    deliver: ([SpectrumPanel]) throws -> Bool
  ) throws {
    let count = source.header.spectrumCount
    let local = steps.background.map { _ in
      LocalAverage(navigationShape: source.header.navigationShape)
    }
    var reader = BlockReader(source)
    var waiting: [SpectrumPanel] = []
    var read = 0
    var done = 0
    while done < count {
      var opened: [SpectrumPanel] = []
      while opened.count < threads, read < count {
        let spectra = read..<min(read + SpectrumPanel.fullCount, count)
        let panel =
          queue.free()
          ?? SpectrumPanel(
            steps: steps, channels: channels, capacity: min(SpectrumPanel.fullCount, count))
        panel.assign(spectra, try reader.blocks(holding: spectra))
        opened.append(panel)
        read = spectra.upperBound
      }
      let opening = opened
      concurrently(opening.count, threads: threads) { opening[$0].open() }
      if let local { for panel in opened { panel.report(to: local) } }
      waiting += opened
      let ready = Array(
        waiting.prefix { panel in
          local.map { $0.lastNeeded(by: panel.spectra.upperBound - 1) < $0.knownSpectra } ?? true
        })
      concurrently(ready.count, threads: threads) {
        ready[$0].finish(local)
        work(ready[$0])
      }
      guard try ready.isEmpty || deliver(ready) else { return }
      done = ready.last?.spectra.upperBound ?? done
      waiting.removeFirst(ready.count)
      progress(Double(done) / Double(count))
    }
  }
}

/// Hands out a source's blocks to panels, whatever their size.
struct BlockReader {
  private let source: any SpectrumSource
  private var block: Block?

  init(_ source: any SpectrumSource) { self.source = source }

  /// The blocks that hold some spectra; ranges must follow each other.
  mutating func blocks(holding spectra: Range<Int>) throws -> [Block] {
    var blocks: [Block] = []
    var next = spectra.lowerBound
    while next < spectra.upperBound {
      let block = try blockHolding(next)
      blocks.append(block)
      next = block.spectra.upperBound
    }
    return blocks
  }

  private mutating func blockHolding(_ index: Int) throws -> Block {
    if let block, block.spectra.contains(index) { return block }
    block = nil
    let step = max(source.preferredBlockCount, 1)
    let next = try source.read(index..<min(index + step, source.header.spectrumCount))
    block = next
    return next
  }
}
