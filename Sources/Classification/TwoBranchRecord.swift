/// How a ``TwoBranchNetwork`` was trained.
public struct TwoBranchRecord: Codable, Sendable, Equatable {
  /// One look at the validation spectra.
  public struct Evaluation: Codable, Sendable, Equatable {
    /// The steps done.
    public let step: Int
    /// The mean loss of the batches since the last look.
    public let trainingLoss: Double
    /// The loss on the validation spectra, every class weighing alike.
    public let loss: Double
    /// The share of the validation spectra whose class was found.
    public let accuracy: Double
  }

  /// The settings.
  public let settings: TwoBranchSettings
  /// The number of real spectra that trained.
  public let realCount: Int
  /// The number of synthetic spectra that trained.
  public let syntheticCount: Int
  /// The number of validation spectra.
  public let validationCount: Int
  /// The steps after which the weights were taken.
  public let steps: Int
  /// The looks at the validation spectra, in order.
  public let evaluations: [Evaluation]
}
