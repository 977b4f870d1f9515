/// How like the real spectra a generated set is, in numbers that fail in different ways.
///
/// The Fréchet distance finds wrong means and spreads, but passes copies, wrong noise and, in part, a few
/// repeated spectra; the others are there for those, and to say what is wrong.
public struct SyntheticQuality: Codable, Sendable, Equatable {
  /// The Fréchet distance of the features (``FeatureDistribution/frechetDistance(to:)``).
  public var frechetDistance: Double
  /// The kernel distance of the features (``kernelDistance(_:_:)``), these divided by the root of the
  /// real ones' mean variance.
  public var kernelDistance: Double
  /// The median noise level (``noiseLevels(of:)``) over the real set's; 1 is right.
  public var noiseRatio: Double
  /// How unequal the noise levels of the spectra are (quotient of their 84 % and 16 % quantiles), over the
  /// real set's; 1 is right.
  public var noiseSpreadRatio: Double
  /// The mean pairwise distance of the features over the real set's; 0 is collapse, 1 is right.
  public var diversity: Double
  /// The share of the real spectra that have a generated one in their neighbourhood
  /// (``coverage(of:by:neighbours:)``); a few repeated spectra leave most without.
  public var coverage: Double
  /// Authenticity: the mean distance of the features to the nearest real spectrum over the mean
  /// distance between nearest real spectra; 0 is a set of copies, 1 is right.
  public var nearestNeighbourRatio: Double
  /// The shift of the mean spectrum against the real one, channels (``MeanDeviation``).
  public var energyShift: Double
  /// The background by which the mean spectra differ: root mean square over the channels
  /// (``MeanDeviation``), in units of the spectra.
  public var background: Double

  /// Creates a result from its numbers.
  public init(
    frechetDistance: Double, kernelDistance: Double, noiseRatio: Double, noiseSpreadRatio: Double,
    diversity: Double, coverage: Double, nearestNeighbourRatio: Double, energyShift: Double,
    background: Double
  ) {
    self.frechetDistance = frechetDistance
    self.kernelDistance = kernelDistance
    self.noiseRatio = noiseRatio
    self.noiseSpreadRatio = noiseSpreadRatio
    self.diversity = diversity
    self.coverage = coverage
    self.nearestNeighbourRatio = nearestNeighbourRatio
    self.energyShift = energyShift
    self.background = background
  }

  /// The mean of several results.
  init(meanOf results: [SyntheticQuality]) {
    func mean(_ measure: (SyntheticQuality) -> Double) -> Double {
      results.reduce(0) { $0 + measure($1) } / Double(results.count)
    }
    self.init(
      frechetDistance: mean(\.frechetDistance), kernelDistance: mean(\.kernelDistance),
      noiseRatio: mean(\.noiseRatio), noiseSpreadRatio: mean(\.noiseSpreadRatio),
      diversity: mean(\.diversity), coverage: mean(\.coverage),
      nearestNeighbourRatio: mean(\.nearestNeighbourRatio), energyShift: mean(\.energyShift),
      background: mean(\.background))
  }

  /// Whether all numbers are finite.
  var isFinite: Bool {
    [
      frechetDistance, kernelDistance, noiseRatio, noiseSpreadRatio, diversity, coverage,
      nearestNeighbourRatio, energyShift, background,
    ].allSatisfy(\.isFinite)
  }
}
