public import LinearAlgebra

/// A real set against which generated sets are measured.
public struct QualityReference {
  /// The same comparison between two groups of the real set, again and again.
  public let null: RealAgainstRealNull
  /// The number of real spectra.
  public let count: Int
  private let features: SpectralFeatures
  private let deviation: MeanDeviation
  private let scale: Float
  private let real: Measures
  private let nearestDistance: Double
  /// Each draw is as noisy as one split of the null; their mean is what a stopping rule can trust.
  private static let drawCount = 8
  /// The most spectra in a group: a larger real set makes the null better known, not the demand
  /// stricter.
  public static let largestGroup = 125
  /// The most real spectra that are compared, chosen at random: the distances between all pairs of them
  /// are taken.
  public static let largestSet = 2000

  /// Measures the real set, n × L with n ≥ 4, and splits it `splits` times into groups of at most
  /// `groupLimit` ≥ 2 spectra.
  ///
  /// Returns nil when a value is not finite, or when there is nothing to compare with: each spectrum
  /// has an exact copy in the set, or second differences of all are 0.
  public init?(
    real spectra: Matrix, features: SpectralFeatures, splits: Int = 200,
    groupLimit: Int = largestGroup, using stream: inout RandomStream
  ) {
    count = spectra.rowCount
    self.features = features
    var spectra = spectra
    if count > Self.largestSet {
      spectra = spectra.rows(Array(stream.permutation(count)[0..<Self.largestSet]))
    }
    let all = features.features(of: spectra)
    guard let distribution = FeatureDistribution(all), distribution.variance > 0 else { return nil }
    let scale = Float((Double(all.columnCount) / distribution.variance).squareRoot())
    let deviation = MeanDeviation(around: meanSpectrum(of: spectra))
    let real = Measures(spectra, all, scale: scale, deviation)
    self.scale = scale
    self.deviation = deviation
    self.real = real
    nearestDistance = meanNearestDistance(within: all)
    guard nearestDistance > 0, real.noise.allSatisfy({ $0 > 0 }),
      let null = RealAgainstRealNull(
        count: spectra.rowCount, groupSize: min(spectra.rowCount / 2, groupLimit),
        splits: splits, using: &stream,
        comparison: { Self.compare(real.group($1), to: real.group($0)) })
    else { return nil }
    self.null = null
  }

  /// Measures a generated set of at least as many spectra as a group of the null has.
  ///
  /// Groups of the null's size are drawn from both sets and compared, several times, and the mean is
  /// returned. Only the nearest neighbours are sought among all real spectra: a copy of any must be
  /// found. Returns nil when a value is not finite.
  public func quality(
    of generated: Matrix, using stream: inout RandomStream
  ) -> SyntheticQuality? {
    let size = null.groupSize
    precondition(
      generated.rowCount >= size, "\(generated.rowCount) generated spectra, groups of \(size)")
    let synthetic = Measures(
      generated, features.features(of: generated), scale: scale, deviation)
    var draws: [SyntheticQuality] = []
    for _ in 0..<Self.drawCount {
      let ours = Array(stream.permutation(real.count)[0..<size])
      let theirs = Array(stream.permutation(synthetic.count)[0..<size])
      guard let draw = Self.compare(synthetic.group(theirs), to: real.group(ours)) else {
        return nil
      }
      draws.append(draw)
    }
    var quality = SyntheticQuality(meanOf: draws)
    quality.nearestNeighbourRatio =
      meanNearestDistance(from: synthetic.features, to: real.features) / nearestDistance
    return quality.isFinite ? quality : nil
  }

  /// How far the spectra of a generated set keep from each other: the mean distance of the features to
  /// the nearest other one, over that of as many real spectra.
  ///
  /// About 1 for a good set of any mean; 0 for one that repeats a few spectra, even where these
  /// differ as the real ones do. Draws groups as ``quality(of:using:)`` does.
  public func spacing(of generated: Matrix, using stream: inout RandomStream) -> Double {
    let size = null.groupSize
    let synthetic = features.features(of: generated)
    var (ours, theirs) = (0.0, 0.0)
    for _ in 0..<Self.drawCount {
      let numbers = Array(stream.permutation(real.count)[0..<size])
      ours += meanNearestDistance(within: real.features.rows(numbers))
      let others = Array(stream.permutation(generated.rowCount)[0..<size])
      theirs += meanNearestDistance(within: synthetic.rows(others))
    }
    return theirs / ours
  }

  private static func compare(_ generated: Measures, to real: Measures) -> SyntheticQuality? {
    guard let a = FeatureDistribution(real.features),
      let b = FeatureDistribution(generated.features), let frechet = a.frechetDistance(to: b)
    else { return nil }
    let shift = generated.mean(\.shift) - real.mean(\.shift)
    let level = generated.mean(\.level) - real.mean(\.level)
    let tilt = generated.mean(\.tilt) - real.mean(\.tilt)
    let quality = SyntheticQuality(
      frechetDistance: frechet,
      kernelDistance: Evaluation.kernelDistance(real.scaled, generated.scaled),
      noiseRatio: generated.medianNoise / real.medianNoise,
      noiseSpreadRatio: spread(ofNoiseLevels: generated.noise)
        / spread(ofNoiseLevels: real.noise),
      diversity: meanPairwiseDistance(of: generated.features)
        / meanPairwiseDistance(of: real.features),
      coverage: Evaluation.coverage(
        of: real.features, by: generated.features, neighbours: min(5, real.count - 1)),
      nearestNeighbourRatio: meanNearestDistance(from: generated.features, to: real.features)
        / meanNearestDistance(within: real.features),
      energyShift: shift,
      background: (level * level + tilt * tilt / 3).squareRoot())
    return quality.isFinite ? quality : nil
  }

  /// What is known of each spectrum of a set.
  private struct Measures {
    let features: Matrix
    /// Features in units of the real ones' root mean variance.
    let scaled: Matrix
    let noise: [Double]
    let deviations: [MeanDeviation.Value]

    init(_ spectra: Matrix, _ features: Matrix, scale: Float, _ deviation: MeanDeviation) {
      self.features = features
      scaled = Matrix(rows: features.rowCount, elements: features.elements)
      scaled.multiply(by: scale)
      noise = noiseLevels(of: spectra)
      deviations = deviation.values(of: spectra)
    }

    private init(_ other: Measures, rows: [Int]) {
      features = other.features.rows(rows)
      scaled = other.scaled.rows(rows)
      noise = rows.map { other.noise[$0] }
      deviations = rows.map { other.deviations[$0] }
    }

    var count: Int { features.rowCount }

    var medianNoise: Double { quantile(0.5, of: noise.sorted()) }

    func group(_ rows: [Int]) -> Measures { Measures(self, rows: rows) }

    func mean(_ part: (MeanDeviation.Value) -> Double) -> Double {
      deviations.reduce(0) { $0 + part($1) } / Double(deviations.count)
    }
  }
}
