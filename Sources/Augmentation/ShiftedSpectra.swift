internal import LinearAlgebra
internal import NeuralNetworks

/// Noise and shifts: a real spectrum, shifted in energy and with more noise.
///
/// y = x[j − s] + √(share · (a·max(x, 0) + b[j])) ε, over its maximum; x a real spectrum at random, s uniform
/// within ± `shift` channels, and the noise that of ``NoiseEstimate``. What every classifier of spectra
/// is augmented with first.
public struct ShiftedSpectra: SpectrumModel {
  /// The widest shift, channels.
  public let shift: Double
  /// The noise that is added.
  public let noise: NoiseEstimate
  /// The spectra in a batch.
  public let batchSize = 64
  /// How other acquisitions differ; nil for spectra as they were measured.
  public private(set) var variation: AcquisitionVariation?
  private let real: RealSpectra

  /// Creates the model of a class from its amplitudes.
  package init(
    _ set: TrainingSet, shift: Double, noise: NoiseEstimate, share: Float
  ) {
    real = RealSpectra(set.spectra)
    self.shift = shift
    var noise = noise
    noise.scale(by: share)
    self.noise = noise
  }

  /// The channels of a spectrum.
  public var channelCount: Int { real.matrix.columnCount }

  /// A source of batches.
  public func makeBatches() -> any SpectrumBatches { Batches(self) }

  /// The same with wider shifts, other thicknesses, and with added noise of other strengths: real spectra cannot be made less noisy.
  public func varied(by variation: AcquisitionVariation) -> (any SpectrumModel)? {
    var other = self
    other.variation = variation
    return other
  }

  private final class Batches: SpectrumBatches {
    private let real: Matrix
    private let chosen: Matrix
    private let moved: Matrix
    private let thickness: ThicknessVariation?
    private let shift: FractionalShift
    private let noise: PoissonNoise
    private let norm: MaxNormalisation

    init(_ model: ShiftedSpectra) {
      let (rows, channels) = (model.batchSize, model.channelCount)
      real = model.real.matrix
      chosen = Matrix(rows: rows, columns: channels)
      moved = Matrix(rows: rows, columns: channels)
      thickness = ThicknessVariation(model.variation, count: channels, rows: rows)
      shift = FractionalShift(
        reach: model.shift, deviation: model.variation?.shift ?? 0, count: channels, rows: rows)
      noise = PoissonNoise(model.noise, varied: model.variation, count: channels, rows: rows)
      norm = MaxNormalisation(floor: RealSpectra.smallestMaximum, count: channels, rows: rows)
    }

    func draw(using stream: inout RandomStream, into batch: Matrix) {
      for row in 0..<chosen.rowCount {
        let number = stream.index(below: real.rowCount)
        chosen.rows(row..<row + 1).copy(from: real.rows(number..<number + 1))
      }
      thickness?.draw(&stream)
      shift.draw(&stream)
      noise.draw(&stream)
      thickness?.apply(to: chosen)
      shift.forward(chosen, into: moved)
      noise.forward(moved, into: batch)
      norm.forward(batch, into: batch)
    }
  }
}
