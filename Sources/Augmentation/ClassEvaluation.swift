public import Evaluation
internal import LinearAlgebra

/// How the generated spectra of a class compare with its real ones.
///
/// Measured as in training (``QualityReference``), in components that the real spectra of all classes on
/// an energy axis share, but of real spectra of the user's choice, which may be others than those that
/// trained the generator.
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
  /// The paper's metrics.
  public let paper: PaperComparison

  /// Compares the generated spectra of classes with the real ones; all share one energy axis.
  ///
  /// `synthetic` holds, for every real set, that of the same class. Throws when the real spectra of a class
  /// leave nothing to compare with, or a measure is not finite.
  public static func evaluate(
    _ synthetic: [TrainingSet], against real: [TrainingSet],
    criterion: StoppingCriterion = StoppingCriterion(), seed: UInt64, threads: Int
  ) throws -> [ClassEvaluation] {
    precondition(
      synthetic.map(\.name) == real.map(\.name), "other classes than \(real.map(\.name))")
    let design = DAGDesign()
    let basis = try SharedBasis(of: real, design: design)
    let components = basis.matrix.rows(0..<min(design.featureCount, basis.componentCount))
    // Nobody writes into these.
    nonisolated(unsafe) let pairs = Array(zip(synthetic, real))
    nonisolated(unsafe) let shared = components
    return try concurrentMap(real.count, threads: threads) { index in
      try ClassEvaluation(
        pairs[index].0, against: pairs[index].1, components: shared, criterion: criterion,
        stream: RandomStream(seed: seed).split(UInt64(index)))
    }
  }

  private init(
    _ synthetic: TrainingSet, against real: TrainingSet, components: Matrix,
    criterion: StoppingCriterion, stream: RandomStream
  ) throws(TrainingError) {
    let mean = meanSpectrum(of: real.measured).map(Float.init)
    let features = SpectralFeatures(
      mean: Matrix(rows: 1, elements: mean), components: components)
    var (splits, draws) = (stream.split(0), stream.split(1))
    guard
      let reference = QualityReference(real: real.spectra, features: features, using: &splits)
    else { throw .nothingToLearn(name: real.name) }
    let least = reference.null.groupSize
    guard synthetic.spectra.rowCount >= least else {
      throw .tooFewSpectra(
        name: synthetic.name, count: synthetic.spectra.rowCount, minimum: least)
    }
    var pairs = stream.split(2)
    guard let quality = reference.quality(of: synthetic.spectra, using: &draws),
      let paper = PaperComparison(
        of: synthetic.spectra, against: real.spectra, largestGroup: least, using: &pairs)
    else { throw .notComparable(name: real.name) }
    name = real.name
    realCount = real.spectra.rowCount
    syntheticCount = synthetic.spectra.rowCount
    groupSize = least
    self.quality = quality
    spacing = reference.spacing(of: synthetic.spectra, using: &draws)
    nullLow = reference.null.quantiles(0.025)
    nullHigh = reference.null.quantiles(0.975)
    limits = criterion.limits(reference.null)
    verdict = Verdict(quality, spacing: spacing, limits: limits)
    shortcomings = limits.shortcomings(of: quality)
    self.paper = paper
  }
}
