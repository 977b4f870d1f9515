internal import Evaluation
internal import LinearAlgebra

/// The amplitudes that a class's own spectra set.
public struct Calibration: Codable, Sendable, Equatable {
  /// The drift within the class: standard deviation of the energy shifts, channels.
  public let energyDrift: Double
  /// The widest shift that keeps the class apart from the others, channels; nil if none is near.
  public let shiftLimit: Double?
  /// T1 shifts by up to ± this, channels.
  public let transformShift: Double
  /// The generator shifts its output by up to ± this, channels.
  public let generatorShift: Double
  /// T2's variance per unit of signal: the design's share of the high-frequency noise, as if all of it
  /// were counting noise.
  public let transformNoise: Float
  /// The width of a channel, eV; nil where it is not known.
  public let energyStep: Double?
  /// The noise that the generator starts with.
  public let noise: NoiseEstimate

  /// Measures the spectra of one class; no shift will be wider than `shiftLimit`.
  init(of set: TrainingSet, basis: SharedBasis, design: DAGDesign, shiftLimit: Double) {
    energyDrift = EnergyDrift(of: set.measured).deviation
    self.shiftLimit = shiftLimit.isFinite ? shiftLimit : nil
    transformShift = min(Self.transformShift(drift: energyDrift, design: design), shiftLimit)
    // The components of denoised spectra contain their drift; a shift would lead out of them.
    generatorShift = basis.isExact ? 0 : design.generatorShiftShare * transformShift
    energyStep = set.energyStep
    noise = NoiseEstimate(of: set.measured, outside: basis)
    let level = highFrequencyNoise(of: set.measured)
    let mean = meanSpectrum(of: set.measured)
    let signal = mean.reduce(0) { $0 + max($1, 0) } / Double(mean.count)
    transformNoise = design.noiseShare * Float(level * level / signal)
  }

  /// √3 times the drift, within the design's limits.
  static func transformShift(drift: Double, design: DAGDesign) -> Double {
    min(max(3.0.squareRoot() * drift, design.smallestShift), design.largestShift)
  }
}
