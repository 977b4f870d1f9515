internal import LinearAlgebra
internal import NeuralNetworks

/// Mixup within a class: λ x + (1 − λ) x′ of two different real spectra, over its maximum.
///
/// λ ~ Beta(α, α): Zhang et al., “mixup: Beyond Empirical Risk Minimization”, ICLR 2018, arXiv 1710.09412,
/// equation 1, but for the labels, which are the same here. A mixture has less noise than either
/// spectrum: (λ² + (1 − λ)²) of the variance.
public struct MixedSpectra: SpectrumModel {
  /// α.
  public let mixing: Double
  /// The spectra in a batch.
  public let batchSize = 64
  private let real: RealSpectra

  /// Creates the model of a class.
  package init(_ set: TrainingSet, mixing: Double) {
    precondition(mixing > 0 && mixing <= 1, "Beta(\(mixing), \(mixing)) of a mixture")
    real = RealSpectra(set.spectra)
    self.mixing = mixing
  }

  /// The channels of a spectrum.
  public var channelCount: Int { real.matrix.columnCount }

  /// A source of batches.
  public func makeBatches() -> any SpectrumBatches { Batches(self) }

  private final class Batches: SpectrumBatches {
    private let model: MixedSpectra
    private let norm: MaxNormalisation

    init(_ model: MixedSpectra) {
      self.model = model
      norm = MaxNormalisation(
        floor: RealSpectra.smallestMaximum, count: model.channelCount, rows: model.batchSize)
    }

    func draw(using stream: inout RandomStream, into batch: Matrix) {
      let real = model.real.matrix
      for row in 0..<batch.rowCount {
        let first = stream.index(below: real.rowCount)
        // Any but the first.
        let second = (first + 1 + stream.index(below: real.rowCount - 1)) % real.rowCount
        batch.rows(row..<row + 1).setMixture(
          of: real, first, second, Float(stream.beta(model.mixing)))
      }
      norm.forward(batch, into: batch)
    }
  }
}

extension Matrix {
  /// Stores (1 − share) · one row + share · another one of a matrix in this matrix of one row.
  func setMixture(of spectra: Matrix, _ first: Int, _ second: Int, _ share: Float) {
    let (a, b, y) = (spectra.row(first), spectra.row(second), start)
    for j in 0..<columnCount { y[j] = a[j] + share * (b[j] - a[j]) }
  }
}
