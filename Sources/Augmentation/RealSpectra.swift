internal import LinearAlgebra
internal import NeuralNetworks

/// Spectra that several threads read and nobody changes.
struct RealSpectra: Sendable {
  nonisolated(unsafe) let matrix: Matrix

  init(_ matrix: Matrix) { self.matrix = matrix }

  /// The smallest divisor of the norm that made spectra end with, as in a generator.
  static let smallestMaximum: Float = 0.5
}

extension PoissonNoise {
  /// The noise of an estimate, not to be differentiated.
  convenience init(
    _ estimate: NoiseEstimate, varied: AcquisitionVariation? = nil, count: Int, rows: Int
  ) {
    self.init(
      gain: estimate.gain, differentiatesAmplitude: false, colour: estimate.colour,
      levels: estimate.levels, strengths: varied?.noise ?? 1...1, count: count, rows: rows)
    background.copy(from: estimate.background)
  }
}
