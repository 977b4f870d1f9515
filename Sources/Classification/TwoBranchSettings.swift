#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Every choice that shapes the training of a ``TwoBranchNetwork``.
public struct TwoBranchSettings: Codable, Sendable, Equatable {
  /// The examples of a step.
  public var batchSize = 64
  /// The steps of the whole cycle of the learning rate.
  public var steps = 900
  /// The highest learning rate of the cycle.
  public var learningRate = 2e-3
  /// The decay of all weights towards 0 (AdamW's λ).
  public var weightDecay = 1e-3
  /// The share of the units that is dropped in every step.
  ///
  /// Few noisy spectra want more; with thousands of synthetic ones beside them less is a little better.
  public var dropout = 0.5
  /// The decay a step of the moving average of the weights that is validated and kept.
  public var averageDecay = 0.98
  /// The share of the real spectra among the examples of a step, where there are synthetic ones, too.
  ///
  /// Few real ones are seen again and again: 125 beside 3,000 synthetic ones eight times each.
  public var realShare = 0.25
  /// The share of the real spectra of each class, at least one, that is held out for validation where no
  /// other spectra are given for it; with 0, all of them train.
  public var heldOutShare = 0.0
  /// The steps between two looks at the validation spectra.
  public var evaluationInterval = 25
  /// The looks without a smaller loss after which training stops.
  public var patience = 12

  /// The default choices.
  public init() {}

  /// The learning rate of a step, counted from 0.
  ///
  /// One cycle (Smith & Topin, arXiv 1708.07120): half a cosine from 1/25 of the highest rate to it during
  /// the first 30 % of the steps, half a cosine to 4e-6 of it, which is nothing, during the others.
  package func rate(ofStep step: Int) -> Double {
    let turn = 0.3 * Double(steps) - 1
    let x = Double(step)
    let (from, to, share) =
      x < turn
      ? (1 / 25.0, 1.0, x / turn)
      : (1.0, 1 / 25e4, min((x - turn) / (Double(steps) - 1 - turn), 1))
    return learningRate * (to + (from - to) / 2 * (1 + cos(.pi * share)))
  }
}
