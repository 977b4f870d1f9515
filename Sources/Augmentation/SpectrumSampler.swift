public import LinearAlgebra

/// Draws spectra from a model, any number of them in constant memory.
///
/// Spectrum i of a stream is always the same, however many are drawn before, with or after it.
public final class SpectrumSampler {
  private let batches: any SpectrumBatches
  private let stream: RandomStream
  private let batch: Matrix
  private var batchIndex: Int?

  /// Creates a sampler of a model; the stream alone decides what is drawn.
  public init(_ model: any SpectrumModel, stream: RandomStream) {
    batches = model.makeBatches()
    self.stream = stream
    batch = Matrix(rows: model.batchSize, columns: model.channelCount)
  }

  /// Fills `spectra`, rows × L, with the spectra `first`, `first` + 1, … of the stream.
  public func sample(from first: Int, into spectra: Matrix) {
    precondition(first >= 0, "spectrum \(first) of a stream")
    let size = batch.rowCount
    for row in 0..<spectra.rowCount {
      let index = first + row
      prepare(batch: index / size)
      spectra.rows(row..<row + 1).copy(from: batch.rows(index % size..<index % size + 1))
    }
  }

  private func prepare(batch index: Int) {
    if index == batchIndex { return }
    var own = stream.split(UInt64(index))
    batches.draw(using: &own, into: batch)
    batchIndex = index
  }
}
