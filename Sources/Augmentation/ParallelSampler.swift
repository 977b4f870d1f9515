internal import Dispatch
public import LinearAlgebra

/// Draws spectra from a model by several threads, the same ones for any number of them.
public final class ParallelSampler {
  private let samplers: [SpectrumSampler]
  private let batchSize: Int

  /// Creates a sampler of a model; the stream alone decides what is drawn.
  public init(_ model: any SpectrumModel, stream: RandomStream, threads: Int) {
    precondition(threads > 0, "\(threads) threads")
    samplers = (0..<threads).map { _ in SpectrumSampler(model, stream: stream) }
    batchSize = model.batchSize
  }

  /// Fills `spectra`, rows × L, with the spectra `first`, `first` + 1, … of the stream.
  public func sample(from first: Int, into spectra: Matrix) {
    let batches = (spectra.rowCount + batchSize - 1) / batchSize
    let share = (batches + samplers.count - 1) / samplers.count * batchSize
    // Each thread writes rows of its own with a sampler of its own.
    nonisolated(unsafe) let samplers = samplers
    nonisolated(unsafe) let spectra = spectra
    DispatchQueue.concurrentPerform(iterations: samplers.count) { thread in
      let start = min(thread * share, spectra.rowCount)
      let rows = start..<min(start + share, spectra.rowCount)
      samplers[thread].sample(from: first + start, into: spectra.rows(rows))
    }
  }
}
