public import Evaluation

/// When training may stop, and what is wrong with generated spectra.
///
/// Every measure of ``SyntheticQuality`` must lie within its ``QualityLimits``. A snapshot is chosen for
/// doing well in such a test, which flatters it: so it has to pass once more, with
/// ``confirmationCount`` spectra drawn afresh.
public struct StoppingCriterion: Codable, Sendable, Equatable {
  /// Which rule ends the training; the quality of the chosen snapshot is measured in any case.
  public enum Rule: String, Codable, Sendable {
    /// All measures within their limits.
    case calibrated
    /// The paper's metrics as good as between real spectra, on one batch (``PaperLimits``).
    case paper
    /// ``StoppingCriterion/maximumIterations``, neither more nor fewer.
    case iterations
  }

  /// Which rule ends the training.
  public var rule = Rule.calibrated
  /// The quantile of the real-against-real comparisons that is the limit of a distance; of what is right
  /// at 1, also the quantile on the other side.
  public var nullQuantile = 0.95
  /// The noise level may differ by this much, as a share of the real one.
  ///
  /// Wide enough for denoised spectra, whose noise lies in the components and cannot be adjusted on
  /// its own; half as much noise again, which the Fréchet distance lets pass, is found.
  public var noiseTolerance = 0.3
  /// The inequality of the noise levels may differ by this factor.
  public var noiseSpreadFactor = 2.0
  /// The smallest diversity.
  public var smallestDiversity = 0.8
  /// The largest diversity.
  public var largestDiversity = 1.2
  /// The smallest share of real spectra that have a generated one in their neighbourhood.
  public var smallestCoverage = 0.5
  /// The smallest distance to the nearest training spectrum.
  public var smallestNearestNeighbourRatio = 0.7
  /// The number of evaluations in a row that must pass.
  public var patience = 2
  /// The number of fresh spectra with which the chosen snapshot is tested in the end.
  public var confirmationCount = 1000
  /// No stop, and no snapshot, before this iteration.
  public var minimumIterations = 600
  /// Training ends here in any case.
  public var maximumIterations = 1800

  /// Creates the default criterion; set what differs.
  public init() {}

  /// Within what each measure must lie, given how the real spectra differ among themselves.
  public func limits(_ null: RealAgainstRealNull) -> QualityLimits { QualityLimits(self, null) }
}

extension QualityLimits {
  /// What is wrong with the spectra, in words, the most telling first; nothing when all is right.
  public func shortcomings(of quality: SyntheticQuality) -> [String] {
    let noise = quality.noiseRatio
    let spread = quality.noiseSpreadRatio
    let checks: [(isRight: Bool, words: String)] = [
      (
        quality.nearestNeighbourRatio >= nearestNeighbourRatio,
        "they are too close to the training spectra"
      ),
      (quality.diversity >= diversity.lowerBound, "they are too much alike"),
      (quality.coverage >= coverage, "they leave out many of the real spectra's kinds"),
      (quality.diversity <= diversity.upperBound, "they differ too much"),
      (noise >= noiseRatio.lowerBound, "they have too little noise"),
      (noise <= noiseRatio.upperBound, "they have too much noise"),
      (spread >= noiseSpreadRatio.lowerBound, "they are too equally noisy"),
      (spread <= noiseSpreadRatio.upperBound, "they are too unequally noisy"),
      (abs(quality.energyShift) <= energyShift, "they are shifted in energy"),
      (quality.background <= background, "their background is wrong"),
      (quality.frechetDistance <= frechetDistance, "the Fréchet distance is too large"),
      (quality.kernelDistance <= kernelDistance, "the kernel distance is too large"),
    ]
    return checks.filter { !$0.isRight }.map(\.words)
  }

  /// Whether all is right.
  public func admit(_ quality: SyntheticQuality) -> Bool { shortcomings(of: quality).isEmpty }
}
