import Augmentation
import Classification
import LinearAlgebra
import Studies

/// The test that counts for synthetic spectra whose generators learned from some of the real ones:
/// classifiers learn from these, from the synthetic ones or from both, and tell all other real spectra.
struct PaperProtocol {
  /// A classifier that has learned, and what it told.
  struct Outcome {
    var judge: Judge
    /// What it learned from.
    var learned: String
    var confusion: ConfusionMatrix
  }

  /// The real spectra alone, the synthetic ones alone, both, for every kind of classifier.
  let outcomes: [Outcome]

  /// Nil where it cannot be done: fewer than two classes, energy axes of different numbers of channels, real
  /// spectra that do not say which of them trained the generators, or too few of either part.
  init?(
    _ pairs: EvaluatedClasses, training: [String: Set<Int>], seed: UInt64, threads: Int
  ) throws {
    var groups: [[TrainingSet]] = []
    var tested: [Matrix] = []
    for group in pairs.groups {
      var sets: [TrainingSet] = []
      for (real, places) in zip(group.real, group.places) {
        let learned = training[real.name] ?? []
        let rows = places.indices.filter { learned.contains(places[$0]) }
        let others = places.indices.filter { !learned.contains(places[$0]) }
        if rows.count < TrainingSet.minimumSpectra || others.isEmpty { return nil }
        sets.append(try TrainingSet(name: real.name, spectra: real.spectra.rows(rows)))
        tested.append(real.spectra.rows(others))
      }
      groups.append(sets)
    }
    let synthetic = pairs.groups.flatMap(\.synthetic).map(\.spectra)
    let channels = Set(tested.map(\.columnCount))
    if tested.count < 2 || channels.count > 1 { return nil }
    let trial = Trial(groups, seed: seed, threads: threads)
    let (made, test) = (trial.examples(synthetic), trial.examples(tested))
    let settings = trial.machineSettings()
    outcomes = try Judge.allCases.flatMap { judge in
      try [("real", nil, true), ("synthetic", made, false), ("both", made, true)].map {
        learned, synthetic, withReal in
        let classifier = try trial.classifier(
          judge, synthetic: synthetic, withReal: withReal, settings: settings)
        return Outcome(
          judge: judge, learned: learned,
          confusion: ConfusionMatrix(
            truth: test.classes,
            predictions: classifier.predictions(of: test.spectra, threads: threads),
            classNames: test.classNames))
      }
    }
  }
}
