public import Evaluation

/// What happened while one class's generator was trained; the same for the same seed, whatever the
/// number of threads.
public struct TrainingRecord: Codable, Sendable, Equatable {
  /// How training ended.
  public enum Outcome: String, Codable, Sendable {
    /// The chosen snapshot meets the stopping criterion, with fresh spectra.
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
  /// The Fréchet distance to stay below: a quantile between halves of the real set.
  public let threshold: Double
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
  /// What is wrong with it, in words; nothing when it meets the stopping criterion.
  public let shortcomings: [String]

  /// How training ended.
  public var outcome: Outcome { shortcomings.isEmpty ? .reached : .notReached }
}
