/// A generator at one moment of its training: all that is needed to draw spectra from it.
public struct GeneratorSnapshot: Codable, Sendable, Equatable {
  /// The design.
  public let design: DAGDesign
  /// The components on which spectra are projected.
  public let basis: SharedBasis
  /// The spectrum around which they are projected: the class's smoothed mean, L.
  public let centre: [Float]
  /// What is added after the projection, L: it makes the mean of many spectra the class's own.
  public internal(set) var offset: [Float]
  /// The output shift: up to ± this, channels.
  public let shift: Double
  /// The noise added.
  public internal(set) var noise: NoiseEstimate
  /// All weights of the network, in the order of its layers.
  public internal(set) var weights: [Float]
}
