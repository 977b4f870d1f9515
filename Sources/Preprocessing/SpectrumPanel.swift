internal import LinearAlgebra
internal import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Some spectra of fixed membership on their way through the steps: one thread's share of the work.
///
/// Sendable unchecked: a panel is used by one thread at a time, and whoever starts threads waits for
/// them before it looks at their panels.
final class SpectrumPanel: @unchecked Sendable {
  let capacity: Int
  /// What the steps gave, spectrum by spectrum.
  private(set) var outcomes: [PreprocessSteps.Outcome] = []
  /// The kept channels of the spectra, one a row.
  var spectra: Matrix { work.rows(0..<range.count).columns(steps.kept) }

  /// The sums of the usable spectra, and of the same weighted; nil when not asked for.
  private(set) var plainSums: PCAPanel?
  private(set) var weightedSums: PCAPanel?

  private let steps: PreprocessSteps
  private let work: Matrix
  private var range = 0..<0

  /// Creates a panel for up to `capacity` spectra.
  init(steps: PreprocessSteps, capacity: Int) {
    self.steps = steps
    self.capacity = capacity
    work = Matrix(rows: capacity, columns: steps.axis.count)
  }

  /// Makes room for the spectra of a range.
  func prepare(_ spectra: Range<Int>) {
    precondition(spectra.count <= capacity, "\(spectra.count) spectra for room for \(capacity)")
    range = spectra
    outcomes = []
  }

  /// Copies in one spectrum of a block.
  func copy(_ block: Block, spectrum index: Int, channels: Range<Int>) {
    work.copy(
      block, spectrum: index - block.first, channels: channels, toRow: index - range.lowerBound)
  }

  /// Does the steps up to the norm.
  func process() {
    outcomes = (0..<range.count).map { steps.apply(to: work, row: $0) }
  }

  /// The rows that may enter the components.
  var usableRows: [Int] {
    outcomes.indices.filter { outcomes[$0].flags.isDisjoint(with: .unusable) }
  }

  /// Changes the flags of one spectrum.
  func insert(_ flag: QualityFlags, row: Int) { outcomes[row].flags.insert(flag) }

  /// Makes room for sums.
  func prepareSums(pilot: [Float], weighted: Bool) {
    plainSums = PCAPanel(pilot: pilot, capacity: capacity)
    weightedSums = weighted ? PCAPanel(pilot: pilot, capacity: capacity) : nil
  }

  /// Frees the room for sums.
  func dropSums() {
    plainSums = nil
    weightedSums = nil
  }

  /// Sums the usable spectra for the components, as they are and weighted so that counting noise
  /// becomes uniform.
  ///
  /// A normalised spectrum is net counts over a divisor; times divisor/√(its mean raw counts), its
  /// noise has the same size as that of every other.
  func gather() {
    plainSums?.clear()
    weightedSums?.clear()
    let spectra = spectra
    for row in usableRows {
      plainSums?.take(spectra, row: row)
      let outcome = outcomes[row]
      if outcome.rawSum > 0 {
        let mean = Float(outcome.rawSum / Double(spectra.columnCount))
        weightedSums?.take(spectra, row: row, weight: outcome.divisor / mean.squareRoot())
      }
    }
    plainSums?.close()
    weightedSums?.close()
  }

  /// The spectra as a block for a sink.
  var block: Block {
    let spectra = spectra
    return Block(
      first: range.lowerBound, count: range.count, channels: spectra.columnCount,
      values: spectra.elements)
  }
}

/// Cuts a source's blocks into panels, whatever their size.
struct BlockReader {
  private let source: any SpectrumSource
  private var block: Block?

  init(_ source: any SpectrumSource) { self.source = source }

  /// Fills a panel; ranges must follow each other.
  mutating func fill(
    _ panel: SpectrumPanel, spectra: Range<Int>, channels: Range<Int>
  ) throws {
    panel.prepare(spectra)
    var next = spectra.lowerBound
    while next < spectra.upperBound {
      let block = try blockHolding(next)
      let end = min(block.spectra.upperBound, spectra.upperBound)
      for index in next..<end { panel.copy(block, spectrum: index, channels: channels) }
      next = end
    }
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
