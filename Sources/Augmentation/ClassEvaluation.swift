public import Evaluation
public import LinearAlgebra

/// How the generated spectra of a class compare with its real ones.
///
/// Measured as in training (``QualityReference``), but against real spectra of the user's choice, which may
/// be others than those that trained the generator, and in components of real and synthetic spectra of all
/// classes on an energy axis together, as many of each. Noisy spectra scatter more along components that
/// contain their own noise than others of the same kind do: components of the real ones alone would make
/// any other set look too uniform.
public struct ClassEvaluation: Codable, Sendable, Equatable {
  /// The name of the class.
  public let name: String
  /// The number of real spectra compared.
  public let realCount: Int
  /// The number of generated spectra compared.
  public let syntheticCount: Int
  /// The number of spectra in each group that was compared.
  public let groupSize: Int
  /// What is wrong, in one word.
  public let verdict: Verdict
  /// What is wrong, in words; nothing when all measures lie within their limits.
  public let shortcomings: [String]
  /// The measures.
  public let quality: SyntheticQuality
  /// ``QualityReference/spacing(of:using:)``.
  public let spacing: Double
  /// Below this lie 2.5 % of the comparisons of real groups.
  public let nullLow: SyntheticQuality
  /// Above this lie 2.5 % of the comparisons of real groups.
  public let nullHigh: SyntheticQuality
  /// Within what the measures must lie.
  public let limits: QualityLimits
  /// The paper's metrics, where they were asked for.
  public let paper: PaperComparison?

  /// Compares the generated spectra of classes with the real ones; all share one energy axis.
  ///
  /// `synthetic` holds, for every real set, that of the same class, and `training`, n × L, the real
  /// spectra from which the generator learned, where these are known: copies are then sought among
  /// them. Throws when the real spectra of a class
  /// leave nothing to compare with, or a measure is not finite.
  public static func evaluate(
    _ synthetic: [TrainingSet], against real: [TrainingSet], training: [Matrix?]? = nil,
    paperMetrics: Bool = false, criterion: StoppingCriterion = StoppingCriterion(), seed: UInt64,
    threads: Int
  ) throws -> [ClassEvaluation] {
    precondition(
      synthetic.map(\.name) == real.map(\.name), "other classes than \(real.map(\.name))")
    let design = DAGDesign()
    var sets: [TrainingSet] = []
    var choice = RandomStream(seed: seed).split(.max)
    for pair in zip(real, synthetic) {
      let count = min(pair.0.spectra.rowCount, pair.1.spectra.rowCount)
      for set in [pair.0, pair.1] {
        let some = Array(choice.permutation(set.spectra.rowCount)[0..<count])
        sets.append(try set.subset(some, least: 1))
      }
    }
    let basis = try SharedBasis(of: sets, design: design)
    let components = basis.matrix.rows(0..<min(design.featureCount, basis.componentCount))
    // Nobody writes into these.
    nonisolated(unsafe) let pairs = Array(zip(synthetic, real))
    nonisolated(unsafe) let shared = components
    nonisolated(unsafe) let training = training
    return try concurrentMap(real.count, threads: threads) { index in
      try ClassEvaluation(
        pairs[index].0, against: pairs[index].1, training: training?[index] ?? nil,
        components: shared, paperMetrics: paperMetrics,
        criterion: criterion, stream: RandomStream(seed: seed).split(UInt64(index)))
    }
  }

  /// Distributions of fewer spectra say nothing.
  private static let smallestGroup = 5

  private init(
    _ synthetic: TrainingSet, against real: TrainingSet, training: Matrix?, components: Matrix,
    paperMetrics: Bool,
    criterion: StoppingCriterion, stream: RandomStream
  ) throws(TrainingError) {
    let mean = meanSpectrum(of: real.measured).map(Float.init)
    let features = SpectralFeatures(
      mean: Matrix(rows: 1, elements: mean), components: components)
    var (splits, draws) = (stream.split(0), stream.split(1))
    let limit = min(synthetic.spectra.rowCount, QualityReference.largestGroup)
    guard limit >= Self.smallestGroup else {
      throw .tooFewSpectra(name: synthetic.name, count: limit, minimum: Self.smallestGroup)
    }
    guard
      let reference = QualityReference(
        real: real.spectra, features: features, groupLimit: limit, using: &splits)
    else { throw .nothingToLearn(name: real.name) }
    guard var quality = reference.quality(of: synthetic.spectra, using: &draws) else {
      throw .notComparable(name: real.name)
    }
    var pairs = stream.split(2)
    paper =
      paperMetrics
      ? PaperComparison(
        of: synthetic.spectra, against: real.spectra, largestGroup: reference.null.groupSize,
        using: &pairs) : nil
    if paperMetrics && paper == nil { throw .notComparable(name: real.name) }
    name = real.name
    realCount = real.spectra.rowCount
    syntheticCount = synthetic.spectra.rowCount
    groupSize = reference.null.groupSize
    if let training, training.rowCount > 1 {
      let theirs = features.features(of: training)
      let own = meanNearestDistance(within: theirs)
      if own > 0 {
        quality.nearestNeighbourRatio =
          meanNearestDistance(from: features.features(of: synthetic.spectra), to: theirs) / own
      }
    }
    self.quality = quality
    spacing = reference.spacing(of: synthetic.spectra, using: &draws)
    nullLow = reference.null.quantiles(0.025)
    nullHigh = reference.null.quantiles(0.975)
    limits = criterion.limits(reference.null)
    verdict = Verdict(quality, spacing: spacing, limits: limits)
    shortcomings = limits.shortcomings(of: quality)
  }
}
