internal import LinearAlgebra

/// Trains a ``TwoBranchNetwork`` on real or synthetic spectra, or on both.
///
/// One cycle of the learning rate, which ends at 0, in as many steps whatever there is to learn from; the
/// network is the moving average of the weights. With validation spectra it is the average of the smallest
/// validation loss, and training stops early after ``TwoBranchSettings/patience`` looks without a smaller
/// one. Validation spectra should be real: a network has learned the synthetic ones too well to be told by them
/// when to stop.
///
/// Without them the whole cycle is trained on all spectra. To hold out a fifth of the real ones and stop early
/// costs more than it gains: on `simulate wl`, 125 a class, 0.7 points of accuracy with real spectra alone
/// and 0.1 with synthetic ones beside them (Documentation/Classification.md).
public struct TwoBranchTrainer: Sendable {
  /// The settings.
  public var settings: TwoBranchSettings
  /// The seed of all random numbers.
  public var seed: UInt64

  /// Creates a trainer.
  public init(settings: TwoBranchSettings = TwoBranchSettings(), seed: UInt64) {
    self.settings = settings
    self.seed = seed
  }

  private enum Use {
    static let holdingOut: UInt64 = 0
    static let training: UInt64 = 1
  }

  /// Trains a network on one thread; the same seed gives the same network.
  ///
  /// All sets have the same classes and channels. Real ones may be none where there are synthetic ones.
  /// Throws when a number is no longer finite.
  public func train(
    real: Examples, synthetic: Examples? = nil, validation: Examples? = nil
  ) throws(TwoBranchError) -> TwoBranchNetwork {
    for other in [synthetic, validation].compactMap(\.self) {
      precondition(
        other.classNames == real.classNames
          && other.spectra.columnCount == real.spectra.columnCount,
        "\(other.spectra.columnCount) channels of \(other.classNames) beside "
          + "\(real.spectra.columnCount) of \(real.classNames)")
    }
    let stream = RandomStream(seed: seed)
    var (training, held) = (real, validation)
    if validation == nil && settings.heldOutShare > 0 {
      var own = stream.split(Use.holdingOut)
      (training, held) = holdOut(of: real, using: &own)
    }
    if held?.count == 0 { held = nil }
    let run = TwoBranchRun(
      real: training, synthetic: synthetic, settings: settings, stream: stream.split(Use.training))
    var best: (evaluation: TwoBranchRecord.Evaluation, weights: [Tensor])?
    var evaluations: [TwoBranchRecord.Evaluation] = []
    var losses = 0.0
    for step in 1...settings.steps {
      let loss = run.step(learningRate: settings.rate(ofStep: step - 1))
      guard loss.isFinite else { throw TwoBranchError.diverged(step: step) }
      losses += Double(loss)
      let isLast = step == settings.steps
      guard let held, isLast || step % settings.evaluationInterval == 0 else { continue }
      let (validationLoss, accuracy) = run.validate(on: held)
      let evaluation = TwoBranchRecord.Evaluation(
        step: step, trainingLoss: losses / Double(step - (evaluations.last?.step ?? 0)),
        loss: validationLoss, accuracy: accuracy)
      evaluations.append(evaluation)
      losses = 0
      if best.map({ validationLoss < $0.evaluation.loss }) ?? true {
        best = (evaluation, run.weights)
      }
      let since = evaluations.count { $0.step > best?.evaluation.step ?? 0 }
      if since >= settings.patience { break }
    }
    guard run.firstNonFinite == nil else { throw TwoBranchError.diverged(step: settings.steps) }
    return TwoBranchNetwork(
      classNames: real.classNames, channelCount: real.spectra.columnCount,
      record: TwoBranchRecord(
        settings: settings, realCount: training.count, syntheticCount: synthetic?.count ?? 0,
        validationCount: held?.count ?? 0, steps: best?.evaluation.step ?? settings.steps,
        evaluations: evaluations),
      weights: best?.weights ?? run.weights)
  }

  /// Real spectra to train on, and to validate with; of a class of one, that one trains.
  private func holdOut(
    of real: Examples, using stream: inout RandomStream
  ) -> (Examples, Examples) {
    var rest: [Int] = []
    var held: [Int] = []
    for label in real.classNames.indices {
      let members = real.spectra(ofClass: label)
      let share = Int((settings.heldOutShare * Double(members.count)).rounded())
      let count = min(max(1, share), max(members.count - 1, 0))
      let order = stream.permutation(members.count).map { members[$0] }
      held += order[..<count]
      rest += order[count...]
    }
    return (real.taking(rest.sorted()), real.taking(held.sorted()))
  }
}

/// Why a network could not be trained.
public enum TwoBranchError: Error, Equatable, CustomStringConvertible {
  /// A number became infinite or NaN.
  case diverged(step: Int)

  /// The sentence.
  public var description: String {
    switch self {
    case .diverged(let step):
      "Training of the neural network diverged at step \(step): check that all spectra are normalised to "
        + "their maximum."
    }
  }
}
