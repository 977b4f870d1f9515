internal import Evaluation
internal import LinearAlgebra

/// A baseline of one class, fitted to its spectra and measured against them (``ClassEvaluation``).
public struct FittedBaseline: Sendable {
  /// What the spectra are drawn from.
  public let model: any SpectrumModel
  /// The method.
  public let method: BaselineMethod
  /// The amplitudes that the class's own spectra set.
  public let calibration: Calibration
  /// Fresh spectra of the model against the spectra that it was made from.
  public let evaluation: ClassEvaluation

  /// What its spectra are drawn from, and the amplitudes that the class's own spectra set.
  public var calibrated: (model: any SpectrumModel, calibration: Calibration) {
    (model, calibration)
  }

  /// Whether its spectra are good.
  public var outcome: TrainingRecord.Outcome {
    evaluation.verdict == .good ? .reached : .notReached
  }

  /// Fits a method to every class of every group; the classes of a group share one energy axis.
  ///
  /// Classes are numbered group after group, and all that is random in the measures of a class comes from the
  /// split of its number: the number of threads changes nothing. Throws as ``Augmenter`` does when
  /// something is wrong with the sets.
  public static func fit(
    _ method: BaselineMethod, to groups: [[TrainingSet]],
    settings: BaselineSettings = BaselineSettings(), seed: UInt64, threads: Int
  ) throws -> [[FittedBaseline]] {
    var first = 0
    var fitted: [[FittedBaseline]] = []
    let design = DAGDesign()
    let models = try method.models(of: groups, settings: settings, threads: threads)
    for (group, models) in zip(groups, models) {
      let offset = first
      nonisolated(unsafe) let drawn = try models.indices.map { index in
        let stream = RandomStream(seed: seed).split(UInt64(offset + index))
          .split(GANTrainer.Use.evaluations)
        let spectra = Matrix(
          rows: design.stopping.confirmationCount, columns: models[index].model.channelCount)
        ParallelSampler(models[index].model, stream: stream, threads: threads)
          .sample(from: 0, into: spectra)
        return try TrainingSet(name: group[index].name, spectra: spectra)
      }
      let evaluations = try ClassEvaluation.evaluate(
        drawn, against: group, seed: seed, threads: threads)
      fitted.append(
        zip(models, evaluations).map { model, evaluation in
          FittedBaseline(
            model: model.model, method: method, calibration: model.calibration,
            evaluation: evaluation)
        })
      first += group.count
    }
    return fitted
  }
}

extension BaselineMethod {
  /// What the spectra of every class of every group are drawn from, and the amplitudes that the class's own
  /// spectra set.
  ///
  /// The classes of a group share one energy axis. Throws as ``Augmenter`` does.
  public func models(
    of groups: [[TrainingSet]], settings: BaselineSettings = BaselineSettings(), threads: Int
  ) throws -> [[(model: any SpectrumModel, calibration: Calibration)]] {
    let design = DAGDesign()
    try Augmenter.checkNames(groups.flatMap(\.self))
    return try groups.map { group in
      let basis = try SharedBasis(of: group, design: design)
      let limits = ClassShift.limits(of: group, design: design)
      // Nobody writes into these.
      nonisolated(unsafe) let sets = group
      return concurrentMap(sets.count, threads: threads) { index in
        let calibration = Calibration(
          of: sets[index], basis: basis, design: design, shiftLimit: limits[index])
        return (
          model(of: sets[index], calibration: calibration, settings, design: design), calibration
        )
      }
    }
  }

  /// What the spectra of a class are drawn from.
  fileprivate func model(
    of set: TrainingSet, calibration: Calibration, _ settings: BaselineSettings, design: DAGDesign
  ) -> any SpectrumModel {
    switch self {
    case .noiseShift:
      ShiftedSpectra(
        set, shift: settings.shiftShare * calibration.transformShift, noise: calibration.noise,
        share: settings.noiseShare)
    case .mixup: MixedSpectra(set, mixing: settings.mixing)
    case .pcaGaussian:
      GaussianSpectra(
        set, componentCount: settings.componentCount, widestSmoothing: design.widestSmoothing)
    case .smote: NeighbourSpectra(set, neighbourCount: settings.neighbourCount)
    }
  }
}
