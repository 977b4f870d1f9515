internal import Evaluation
internal import LinearAlgebra
internal import NeuralNetworks

/// PCA-Gaussian: μ + (z ⊙ σ) P with normal deviates z, over its maximum, the class's noise added.
///
/// P (k × L) are the leading principal components of the class's smoothed spectra, σ the standard deviations
/// of these along them and μ the smoothed mean: the normal distribution with the class's mean and,
/// but for the minor components, its covariance.
public struct GaussianSpectra: SpectrumModel {
  /// The noise that is added.
  public let noise: NoiseEstimate
  /// The spectra in a batch.
  public let batchSize = 64
  /// How other acquisitions differ; nil for spectra as they were measured.
  public private(set) var variation: AcquisitionVariation?
  /// σ ⊙ P, row by row, k × L.
  private let scaledComponents: RealSpectra
  /// μ, 1 × L.
  private let mean: RealSpectra

  /// Creates the model of a class; components as a ``SharedBasis`` of this class alone.
  package init(_ set: TrainingSet, componentCount: Int, widestSmoothing: Double) {
    let basis = SharedBasis(
      of: [set], count: componentCount, widestSmoothing: widestSmoothing, shift: 0)
    noise = NoiseEstimate(of: set.measured, outside: basis)
    let smooth = GaussianSmoothing(width: basis.smoothing)(set.measured)
    let mean = meanSpectrum(of: smooth)
    let components = ClassComponents(
      basis, centre: mean.map(Float.init), spectra: smooth, mean: mean)
    scaledComponents = RealSpectra(components.scaledBasis)
    self.mean = RealSpectra(Matrix(rows: 1, elements: components.centre))
  }

  /// The number of components.
  public var componentCount: Int { scaledComponents.matrix.rowCount }

  /// The channels of a spectrum.
  public var channelCount: Int { mean.matrix.columnCount }

  /// A source of batches.
  public func makeBatches() -> any SpectrumBatches { Batches(self) }

  /// The same, of other thicknesses and shifted before the noise, with noise of other strengths.
  public func varied(by variation: AcquisitionVariation) -> (any SpectrumModel)? {
    var other = self
    other.variation = variation
    return other
  }

  private final class Batches: SpectrumBatches {
    private let components: Matrix
    private let mean: Matrix
    private let scores: Matrix
    private let clean: Matrix
    private let moved: Matrix
    private let thickness: ThicknessVariation?
    private let shift: FractionalShift?
    private let noise: PoissonNoise
    private let norm: MaxNormalisation

    init(_ model: GaussianSpectra) {
      let (rows, channels) = (model.batchSize, model.channelCount)
      components = model.scaledComponents.matrix
      mean = model.mean.matrix
      scores = Matrix(rows: rows, columns: components.rowCount)
      clean = Matrix(rows: rows, columns: channels)
      thickness = ThicknessVariation(model.variation, count: channels, rows: rows)
      shift = model.variation.map {
        FractionalShift(reach: 0, deviation: $0.shift, count: channels, rows: rows)
      }
      moved = shift == nil ? clean : Matrix(rows: rows, columns: channels)
      noise = PoissonNoise(model.noise, varied: model.variation, count: channels, rows: rows)
      norm = MaxNormalisation(floor: RealSpectra.smallestMaximum, count: channels, rows: rows)
    }

    func draw(using stream: inout RandomStream, into batch: Matrix) {
      stream.fillNormal(scores)
      thickness?.draw(&stream)
      noise.draw(&stream)
      shift?.draw(&stream)
      clean.setProduct(scores, components)
      for row in 0..<clean.rowCount { clean.rows(row..<row + 1).add(mean) }
      thickness?.apply(to: clean)
      shift?.forward(clean, into: moved)
      noise.forward(moved, into: batch)
      norm.forward(batch, into: batch)
    }
  }
}
