public import Evaluation

/// What happened while one class's generator was trained; the same for the same seed, whatever the
/// number of threads.
public struct TrainingRecord: Codable, Sendable, Equatable {
  /// How training ended.
  public enum Outcome: String, Codable, Sendable {
    /// The chosen snapshot meets the stopping rule: the calibrated one with fresh spectra.
    case reached
    /// No snapshot met it; the best was taken all the same.
    case notReached = "not reached"
  }

  /// One evaluation.
  public struct Evaluation: Codable, Sendable, Equatable {
    /// The iterations done.
    public let iteration: Int
    /// The discriminator's loss, mean since the last evaluation.
    public let discriminatorLoss: Double
    /// The generator's loss, mean since the last evaluation.
    public let generatorLoss: Double
    /// The generated spectra against the real ones.
    public let quality: SyntheticQuality
    /// The variance of the generator's noise over what was estimated before training.
    public let noiseFactor: Float

    /// Creates a record of one evaluation.
    package init(
      iteration: Int, discriminatorLoss: Double, generatorLoss: Double, quality: SyntheticQuality,
      noiseFactor: Float
    ) {
      self.iteration = iteration
      self.discriminatorLoss = discriminatorLoss
      self.generatorLoss = generatorLoss
      self.quality = quality
      self.noiseFactor = noiseFactor
    }
  }

  /// The class.
  public let name: String
  /// The number of training spectra.
  public let spectrumCount: Int
  /// The number of channels.
  public let channelCount: Int
  /// The amplitudes taken from the spectra.
  public let calibration: Calibration
  /// The number of shared components.
  public let componentCount: Int
  /// The smoothing of the shared components, channels.
  public let smoothing: Double
  /// Within what the measures of the quality must lie.
  public let limits: QualityLimits
  /// The median Fréchet distance between halves of the real set.
  public let nullMedian: Double
  /// The number of spectra in a half, and in each group that is compared.
  public let groupSize: Int
  /// All evaluations in order.
  public let evaluations: [Evaluation]
  /// The iterations done in all.
  public let iterations: Int
  /// The evaluation whose snapshot was taken.
  public let chosen: Evaluation
  /// The chosen snapshot's quality, from spectra drawn afresh.
  public let quality: SyntheticQuality
  /// What is wrong with it, in words; nothing when all measures lie within their limits.
  public let shortcomings: [String]
  /// Whether the generator adds noise when spectra are drawn.
  public let samplesNoise: Bool
  /// The rule that ended the training.
  public let rule: StoppingCriterion.Rule
  /// The paper's metrics of one batch of the chosen snapshot; only where they are the rule.
  public let paper: Paper?
  /// What was said while training, in order.
  public let warnings: [Warning]
  /// The generator that the training started from; nil for random weights.
  public let start: Start?

  /// The generator that a training started from.
  public struct Start: Codable, Sendable, Equatable {
    /// The SHA-256 digest of its file.
    public let origin: String
    /// The iterations that it was trained for.
    public let iterations: Int
  }

  /// The paper's metrics and what they are compared with.
  public struct Paper: Codable, Sendable, Equatable {
    /// Of one batch.
    public let metrics: PaperMetrics
    /// Between batches of real spectra.
    public let limits: PaperLimits
  }

  /// A sign that training leads nowhere.
  public struct Warning: Codable, Sendable, Equatable {
    /// The iterations done.
    public let iteration: Int
    /// What is the matter.
    public let text: String
  }

  /// How training ended, by its rule.
  public var outcome: Outcome {
    let isReached = paper.map { $0.limits.admit($0.metrics) } ?? shortcomings.isEmpty
    return isReached ? .reached : .notReached
  }
}
