public import Augmentation
public import Classification
internal import Evaluation
internal import LinearAlgebra

/// One way to make spectra, or none, put to the test on one split.
public struct Experiment: Sendable {
  /// The real spectra.
  public let split: StudySplit
  /// The classifiers.
  public var judges = Judge.allCases
  /// What befalls the test spectra.
  public var variants = [TestVariant.clean]
  private var trial: Trial

  /// Creates an experiment; the design is that of generators.
  public init(
    _ split: StudySplit, design: DAGDesign = DAGDesign(), acquisitions: Acquisitions = .measured,
    seed: UInt64, threads: Int
  ) {
    self.split = split
    trial = Trial(split.training, design: design, seed: seed, threads: threads)
    trial.acquisitions = acquisitions
  }

  /// The settings of the SVM, chosen by the real training spectra; the same for all methods and designs.
  public func machineSettings() -> SupportVectorSettings { trial.machineSettings() }

  /// What came of an experiment.
  public struct Outcome: Codable, Sendable, Equatable {
    /// A class.
    public struct SpectrumClass: Codable, Sendable, Equatable {
      /// Its name.
      public let name: String
      /// The real training spectra.
      public let training: Int
      /// The test spectra.
      public let tested: Int
      /// The signal-to-noise ratio of its real spectra, trained on or not.
      public let signalToNoise: Double?
      /// The synthetic spectra; nil where there are none.
      public let synthetic: Synthetic?
    }

    /// The synthetic spectra of a class; the measures are of spectra as of the measured acquisitions.
    public struct Synthetic: Codable, Sendable, Equatable {
      /// Their signal-to-noise ratio.
      public let signalToNoise: Double?
      /// Whether all measures lie within their limits.
      public let isReached: Bool
      /// What is wrong with them.
      public let shortcomings: [String]
    }

    /// What a classifier made of the test spectra.
    public struct Told: Codable, Sendable, Equatable {
      /// The classifier.
      public let judge: Judge
      /// Whether it learned from the real training spectra, alone or beside synthetic ones.
      public let withReal: Bool
      /// What befell the test spectra.
      public let variant: TestVariant
      /// How many of each class were taken for which.
      public let confusion: ConfusionMatrix
    }

    /// The classes.
    public let classes: [SpectrumClass]
    /// What the classifiers told.
    public let told: [Told]
  }

  /// Makes spectra by a method, or none, lets the classifiers learn from them alone and beside the real
  /// ones, and tests them.
  ///
  /// `settings` are those of ``machineSettings()``. Throws as ``Trial`` does.
  public func outcome(
    of method: SyntheticMethod?, settings: @autoclosure () throws -> SupportVectorSettings
  ) throws -> Outcome {
    let synthetic = try method.map(synthetic)
    let conditions = synthetic == nil ? [true] : [false, true]
    var classifiers: [(judge: Judge, withReal: Bool, classifier: any Classifier)] = []
    for judge in judges {
      for withReal in conditions {
        classifiers.append(
          (
            judge, withReal,
            try trial.classifier(
              judge, synthetic: synthetic?.examples, withReal: withReal, settings: try settings())
          ))
      }
    }
    let noise =
      try variants.contains { if case .fewerCounts = $0 { true } else { false } }
      ? noise() : []
    var told: [Outcome.Told] = []
    for (number, variant) in variants.enumerated() {
      let stream = RandomStream(seed: trial.seed).split(Self.use).split(UInt64(number))
      let tests = variant.applied(to: split.tests, noise: noise, using: stream)
      for item in classifiers {
        let confusion = ConfusionMatrix(
          truth: tests.classes,
          predictions: item.classifier.predictions(of: tests.spectra, threads: trial.threads),
          classNames: tests.classNames)
        told.append(
          Outcome.Told(
            judge: item.judge, withReal: item.withReal, variant: variant, confusion: confusion))
      }
    }
    return Outcome(classes: classes(synthetic), told: told)
  }

  /// Spectra of all classes and what is said of those of each.
  private struct Synthetic {
    var examples: Examples
    var shortcomings: [[String]]
    var isReached: [Bool]
  }

  private func synthetic(by method: SyntheticMethod) throws -> Synthetic {
    let groups = split.training
    switch method {
    case .gan:
      let generators = try Augmenter(
        design: trial.design, seed: trial.seed, threads: trial.threads
      ).train(groups: groups)
      let records = generators.flatMap(\.self).map(\.record)
      return Synthetic(
        examples: examples(from: generators.map { $0.map(\.calibrated) }),
        shortcomings: records.map(\.shortcomings),
        isReached: records.map { $0.outcome == .reached })
    case .baseline(let method):
      let fitted = try FittedBaseline.fit(
        method, to: groups, seed: trial.seed, threads: trial.threads)
      let all = fitted.flatMap(\.self)
      return Synthetic(
        examples: examples(from: fitted.map { $0.map(\.calibrated) }),
        shortcomings: all.map(\.evaluation.shortcomings),
        isReached: all.map { $0.outcome == .reached })
    }
  }

  /// The spectra of the trial's acquisitions.
  private func examples(
    from groups: [[(model: any SpectrumModel, calibration: Calibration)]]
  ) -> Examples {
    trial.synthetic(
      from: groups.flatMap { trial.acquisitions.models($0) }, count: trial.networkCount)
  }

  /// The noise of every class, from its training spectra, as of a typical one.
  private func noise() throws -> [NoiseEstimate] {
    try split.training.flatMap { group in
      let basis = try SharedBasis(of: group, design: DAGDesign())
      return group.map { NoiseEstimate(of: $0.spectra, outside: basis) }
    }
  }

  private func classes(_ synthetic: Synthetic?) -> [Outcome.SpectrumClass] {
    split.training.flatMap(\.self).enumerated().map { label, set in
      let made = synthetic.map { synthetic in
        let examples = synthetic.examples.taking(synthetic.examples.spectra(ofClass: label))
        return Outcome.Synthetic(
          signalToNoise: PaperMetrics.signalToNoise(of: examples.spectra),
          isReached: synthetic.isReached[label],
          shortcomings: synthetic.shortcomings[label])
      }
      return Outcome.SpectrumClass(
        name: set.name, training: set.spectra.rowCount,
        tested: split.tests.spectra(ofClass: label).count,
        signalToNoise: split.signalToNoise[label], synthetic: made)
    }
  }

  /// The use of the seed for the noise of test spectra.
  private static let use: UInt64 = 0x5445_5354_4E4F
}
