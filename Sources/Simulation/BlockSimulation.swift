import Dispatch
import Spectra

extension Block {
  /// Simulates the spectra of a range side by side; `spectrum` gives the channels of one of them.
  init(
    of spectra: Range<Int>, channels: Int, threads: Int,
    spectrum: @Sendable (Int) -> [Float]
  ) {
    let values = [Float](unsafeUninitializedCapacity: spectra.count * channels) { target, count in
      // Each spectrum has its own part of the target.
      nonisolated(unsafe) let target = target
      let workers = max(min(threads, spectra.count), 1)
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for index in stride(from: worker, to: spectra.count, by: workers) {
          _ = UnsafeMutableBufferPointer(rebasing: target[(index * channels)...])
            .initialize(fromContentsOf: spectrum(spectra.lowerBound + index))
        }
      }
      count = spectra.count * channels
    }
    self.init(
      first: spectra.lowerBound, count: spectra.count, channels: channels, values: values)
  }
}
