import Augmentation
import Classification
import LinearAlgebra
import Spectra
import Studies

/// The test that counts for synthetic spectra whose generators learned from some of the real ones:
/// classifiers learn from these, from the synthetic ones or from both, and tell all other real spectra.
struct PaperProtocol {
  /// A classifier that has learned, and what it told.
  struct Outcome {
    var judge: Judge
    /// What it learned from.
    var learned: String
    /// The classes of the tested spectra, and those that it told.
    var truth: [Int]
    var predictions: [Int]
    var classNames: [String]

    /// How often spectra of each class were taken for each class.
    var confusion: ConfusionMatrix {
      ConfusionMatrix(truth: truth, predictions: predictions, classNames: classNames)
    }
  }

  /// The real spectra alone, the synthetic ones alone, both, for every kind of classifier; none where it
  /// cannot be done.
  let outcomes: [Outcome]
  /// Why it cannot be done.
  let obstacle: String?

  /// Trains and tests.
  init(_ pairs: EvaluatedClasses, seed: UInt64, threads: Int) throws {
    let names = pairs.groups.flatMap(\.real).map(\.name)
    let learned = pairs.groups.flatMap(\.learned)
    obstacle = Self.obstacle(pairs, names, learned)
    if obstacle != nil {
      outcomes = []
      return
    }
    let trial = Trial(
      try pairs.groups.map { group in
        try zip(group.real, group.learned).map { real, learned in
          try real.subset(learned.rows)
        }
      }, seed: seed, threads: threads)
    let made = trial.examples(pairs.groups.flatMap(\.synthetic).map(\.spectra))
    let test = trial.examples(
      zip(pairs.groups.flatMap(\.real), learned).map { $0.spectra.rows($1.others) })
    let settings = trial.machineSettings()
    outcomes = try Judge.allCases.flatMap { judge in
      try [("real", nil, true), ("synthetic", made, false), ("both", made, true)].map {
        learned, synthetic, withReal in
        let classifier = try trial.classifier(
          judge, synthetic: synthetic, withReal: withReal, settings: settings)
        return Outcome(
          judge: judge, learned: learned, truth: test.classes,
          predictions: classifier.predictions(of: test.spectra, threads: threads),
          classNames: test.classNames)
      }
    }
  }

  private static func obstacle(
    _ pairs: EvaluatedClasses, _ names: [String], _ learned: [EvaluatedClasses.Learned]
  ) -> String? {
    if names.count < 2 { return "there is one class" }
    if Set(pairs.groups.map(\.energyAxis.count)).count > 1 {
      return "the energy axes have different numbers of channels"
    }
    if learned.allSatisfy(\.rows.isEmpty) {
      return
        "the synthetic file does not say from which of these real spectra its generators learned"
    }
    for (name, item) in zip(names, learned) {
      if item.rows.count < TrainingSet.minimumSpectra {
        return "the generators learned from only \(item.rows.count) of the real spectra of \(name)"
      }
      if item.others.isEmpty {
        return "all real spectra of \(name) trained the generators; keep some back (augment "
          + "--train-count or --train-fraction)"
      }
    }
    return nil
  }
}
