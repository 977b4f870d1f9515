internal import Evaluation

/// Within what each measure of a generated set must lie.
///
/// The widest of what ``StoppingCriterion`` allows in any case and of what groups of the real set differ
/// by among themselves.
public struct QualityLimits: Codable, Sendable, Equatable {
  /// The largest Fréchet distance.
  public var frechetDistance: Double
  /// The largest kernel distance.
  public var kernelDistance: Double
  /// The noise level over the real one.
  public var noiseRatio: ClosedRange<Double>
  /// The inequality of the noise levels over the real one.
  public var noiseSpreadRatio: ClosedRange<Double>
  /// The mean pairwise distance over the real one.
  public var diversity: ClosedRange<Double>
  /// The smallest share of real spectra with a generated one in their neighbourhood.
  public var coverage: Double
  /// The smallest distance to the nearest training spectrum over that between nearest real ones.
  public var nearestNeighbourRatio: Double
  /// The largest shift of the mean spectrum either way, channels.
  public var energyShift: Double
  /// The largest background between the mean spectra.
  public var background: Double

  /// Takes what a criterion allows, and what a null shows.
  init(_ criterion: StoppingCriterion, _ null: RealAgainstRealNull) {
    let upper = criterion.nullQuantile
    func range(
      _ low: Double, _ high: Double, _ measure: (SyntheticQuality) -> Double
    ) -> ClosedRange<Double> {
      min(low, null.quantile(1 - upper, of: measure))...max(high, null.quantile(upper, of: measure))
    }
    frechetDistance = null.quantile(upper, of: \.frechetDistance)
    kernelDistance = null.quantile(upper, of: \.kernelDistance)
    noiseRatio = range(1 - criterion.noiseTolerance, 1 + criterion.noiseTolerance, \.noiseRatio)
    noiseSpreadRatio = range(
      1 / criterion.noiseSpreadFactor, criterion.noiseSpreadFactor, \.noiseSpreadRatio)
    diversity = range(criterion.smallestDiversity, criterion.largestDiversity, \.diversity)
    coverage = min(criterion.smallestCoverage, null.quantile(1 - upper, of: \.coverage))
    nearestNeighbourRatio = min(
      criterion.smallestNearestNeighbourRatio,
      null.quantile(1 - upper, of: \.nearestNeighbourRatio))
    energyShift = null.quantile(upper) { abs($0.energyShift) }
    background = null.quantile(upper, of: \.background)
  }
}
