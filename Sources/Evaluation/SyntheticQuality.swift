public import LinearAlgebra

/// How like the real spectra a generated set is, in four numbers that fail in different ways.
///
/// The Fréchet distance finds wrong means, wrong spreads and collapse, but passes copies and wrong
/// noise; the other three are there for those.
public struct SyntheticQuality: Codable, Sendable, Equatable {
  /// The Fréchet distance to the real set, in groups of half its size (at most
  /// ``QualityReference/largestGroup``); mean of several draws.
  public var frechetDistance: Double
  /// The noise level (``highFrequencyNoise(of:)``) over the real set's; 1 is right.
  public var noiseRatio: Double
  /// The mean pairwise distance of the features over the real set's; 0 is collapse, 1 is right.
  public var diversity: Double
  /// The mean distance of the features to the nearest real spectrum over the mean distance between
  /// nearest real spectra; 0 is a set of copies.
  public var nearestNeighbourRatio: Double

  /// Creates a result from its numbers.
  public init(
    frechetDistance: Double, noiseRatio: Double, diversity: Double, nearestNeighbourRatio: Double
  ) {
    self.frechetDistance = frechetDistance
    self.noiseRatio = noiseRatio
    self.diversity = diversity
    self.nearestNeighbourRatio = nearestNeighbourRatio
  }
}

/// A real set against which generated sets are measured.
public struct QualityReference {
  /// The Fréchet distance between halves of the real set.
  public let null: RealAgainstRealNull
  private let features: SpectralFeatures
  private let real: Matrix
  private let noise: Double
  private let pairwiseDistance: Double
  private let nearestDistance: Double
  /// Each draw is as noisy as one split of the null; their mean is what a stopping rule can trust.
  private static let drawCount = 8
  /// The most spectra in a group: a larger real set makes the null better known, not the demand
  /// stricter.
  public static let largestGroup = 125

  /// Measures the real set, n × L with n ≥ 4, and splits it `splits` times.
  ///
  /// Returns nil when a value is not finite, or when there is nothing to compare with: each spectrum
  /// has an exact copy in the set, or second differences of all are 0.
  public init?(
    real spectra: Matrix, features: SpectralFeatures, splits: Int = 200,
    using stream: inout RandomStream
  ) {
    self.features = features
    let real = features.features(of: spectra)
    self.real = real
    guard
      let null = RealAgainstRealNull(
        count: spectra.rowCount, groupSize: min(spectra.rowCount / 2, Self.largestGroup),
        splits: splits, using: &stream,
        statistic: { first, second in
          guard let a = FeatureDistribution(real, rows: first),
            let b = FeatureDistribution(real, rows: second)
          else { return nil }
          return a.frechetDistance(to: b)
        })
    else { return nil }
    self.null = null
    noise = highFrequencyNoise(of: spectra)
    pairwiseDistance = meanPairwiseDistance(of: real)
    nearestDistance = meanNearestDistance(within: real)
    guard noise > 0, nearestDistance > 0 else { return nil }
  }

  /// The number of real spectra.
  public var count: Int { real.rowCount }
  /// The noise level of the real set.
  public var noiseLevel: Double { noise }

  /// Measures a generated set of at least as many spectra as a group of the null has.
  ///
  /// Returns nil when a value is not finite.
  public func quality(
    of generated: Matrix, using stream: inout RandomStream
  ) -> SyntheticQuality? {
    let half = null.groupSize
    precondition(
      generated.rowCount >= half, "\(generated.rowCount) generated spectra, groups of \(half)")
    let synthetic = features.features(of: generated)
    var frechet = 0.0
    for _ in 0..<Self.drawCount {
      let ours = Array(stream.permutation(real.rowCount)[0..<half])
      let theirs = Array(stream.permutation(generated.rowCount)[0..<half])
      guard let a = FeatureDistribution(real, rows: ours),
        let b = FeatureDistribution(synthetic, rows: theirs),
        let distance = a.frechetDistance(to: b)
      else { return nil }
      frechet += distance / Double(Self.drawCount)
    }
    return SyntheticQuality(
      frechetDistance: frechet, noiseRatio: highFrequencyNoise(of: generated) / noise,
      diversity: meanPairwiseDistance(of: synthetic) / pairwiseDistance,
      nearestNeighbourRatio: meanNearestDistance(from: synthetic, to: real) / nearestDistance)
  }
}
