public import Evaluation

/// When the generated spectra are like the real ones, and training may stop.
///
/// The Fréchet distance must lie below a quantile of the same distance between halves of the real
/// set (``RealAgainstRealNull``); what it is blind to must hold too: the noise level, the diversity
/// and the distance from the training spectra, each as a ratio to the real set's. A snapshot is
/// chosen for doing well in such a test, which flatters it: so it has to pass once more, with
/// ``confirmationCount`` spectra drawn afresh.
public struct StoppingCriterion: Codable, Sendable, Equatable {
  /// The quantile of the real-against-real Fréchet distances that is the threshold.
  public var frechetQuantile = 0.95
  /// The noise level may differ by this much, as a share of the real one.
  ///
  /// Wide enough for denoised spectra, whose noise lies in the components and cannot be adjusted on
  /// its own; half as much noise again, which the Fréchet distance lets pass, is found.
  public var noiseTolerance = 0.3
  /// The smallest diversity.
  public var smallestDiversity = 0.8
  /// The largest diversity.
  public var largestDiversity = 1.2
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

  /// Whether noise, diversity and distance from the training spectra are right.
  public func isSound(_ quality: SyntheticQuality) -> Bool {
    shortcomings(of: quality, threshold: .infinity).isEmpty
  }

  /// Whether all of it is right.
  public func isMet(by quality: SyntheticQuality, threshold: Double) -> Bool {
    shortcomings(of: quality, threshold: threshold).isEmpty
  }

  /// What is wrong with the spectra, in words; nothing when they meet the criterion.
  public func shortcomings(of quality: SyntheticQuality, threshold: Double) -> [String] {
    let checks: [(isRight: Bool, words: String)] = [
      (quality.frechetDistance <= threshold, "the Fréchet distance is too large"),
      (quality.noiseRatio >= 1 - noiseTolerance, "they have too little noise"),
      (quality.noiseRatio <= 1 + noiseTolerance, "they have too much noise"),
      (quality.diversity >= smallestDiversity, "they are too much alike"),
      (quality.diversity <= largestDiversity, "they differ too much"),
      (
        quality.nearestNeighbourRatio >= smallestNearestNeighbourRatio,
        "they are too close to the training spectra"
      ),
    ]
    return checks.filter { !$0.isRight }.map(\.words)
  }
}
