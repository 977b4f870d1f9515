import ArgumentParser
import Classification
import LinearAlgebra

/// The classifiers to choose from.
enum ClassifierKind: String, ExpressibleByArgument, CaseIterable, Codable {
  /// Support vector machines with a Gaussian kernel.
  case svm
  /// A neural network of a convolutional and a dense branch.
  case ann

  /// A classifier that has learned, and what is worth telling of how.
  struct Trained {
    var classifier: any Classifier
    /// The settings, for the record and the JSON document.
    var settings: JSONValue
    /// What was chosen, in sentences.
    var remarks: [String]
    /// What a person should know in any case.
    var warnings: [String]
  }

  /// Learns from real and generated spectra together; real ones choose the settings, where there are at
  /// least two of every class.
  func train(
    _ data: ClassificationData, using stream: RandomStream, threads: Int
  ) throws -> Trained {
    switch self {
    case .svm: try trainSupportVectors(data, using: stream, threads: threads)
    case .ann: try trainTwoBranches(data, using: stream)
    }
  }

  /// Writes a classifier of this kind.
  func encode(
    _ classifier: any Classifier, into archive: inout TensorArchive, key: String
  ) throws(TensorArchiveError) {
    try archive.encode(classifier, as: key)
  }

  /// Reads a classifier of this kind and checks that it fits together.
  func classifier(
    from archive: TensorArchive, key: String
  ) throws(TensorArchiveError) -> any Classifier {
    switch self {
    case .svm:
      let machine: SupportVectorMachine = try archive.decode(from: key)
      try machine.validate()
      return machine
    case .ann: return try archive.decode(TwoBranchNetwork.self, from: key)
    }
  }

  private func trainSupportVectors(
    _ data: ClassificationData, using stream: RandomStream, threads: Int
  ) throws -> Trained {
    var stream = stream
    let training = data.training
    let sizes = training.classNames.enumerated().map { label, name in
      (name: name, count: training.spectra(ofClass: label).count)
    }.sorted { $0.count > $1.count }
    let most = SupportVectorSettings.largestPair
    if sizes[0].count + sizes[1].count > most {
      throw Refusal(
        "\(sizes[0].name) and \(sizes[1].name) have \(sizes[0].count + sizes[1].count) spectra to learn "
          + "from; a support vector machine takes at most \(most) of two classes, for its memory grows with "
          + "the square: give fewer (--train-count, or augment --count)")
    }
    let grid = SupportVectorGrid()
    let (judges, flattered) = data.judges
    let settings = grid.chosen(on: judges, using: &stream, threads: threads)
    let machine = settings.fit(training, threads: threads)
    var remarks: [String] = []
    if settings.spectrumCount < judges.count {
      remarks.append(
        "the settings are chosen by \(settings.spectrumCount) of the \(judges.count) spectra, drawn at "
          + "random")
    }
    let best = settings.scores.map(\.correct).max() ?? 0
    remarks.append(
      "support vector machine: γ = \(Text.number(settings.steepness, digits: 3)), C = "
        + "\(Text.number(settings.penalty, digits: 3)) for \(settings.spectrumCount) spectra, "
        + "\(Text.percent(Double(best) / Double(settings.spectrumCount))) right in "
        + "\(grid.foldCount)-fold cross-validation; "
        + "\(machine.supportCount) of \(training.count) spectra are support vectors")
    let warnings =
      flattered.isEmpty
      ? []
      : [
        "the settings are chosen by synthetic spectra of \(flattered.joined(separator: ", ")), for want "
          + "of real ones: the accuracy of the cross-validation flatters them"
      ]
    return Trained(
      classifier: machine,
      settings: try JSONValue(
        encoding: SupportVectorRecord(
          penalty: settings.penalty, steepness: settings.steepness,
          spectra: settings.spectrumCount, folds: grid.foldCount, scores: settings.scores,
          fittedPenalty: machine.penalty, supportVectors: machine.supportCount)),
      remarks: remarks, warnings: warnings)
  }

  /// What was chosen and how.
  private struct SupportVectorRecord: Encodable {
    var penalty: Double
    var steepness: Double
    var spectra: Int
    var folds: Int
    var scores: [SupportVectorGrid.Score]
    var fittedPenalty: Double
    var supportVectors: Int
  }
}

extension ClassificationData {
  /// All spectra to learn from, the real ones first.
  var training: Examples { Examples(real, generated) }

  /// The spectra that choose settings: the real ones of every class, and generated ones of classes that
  /// have fewer than two real ones, which are named.
  var judges: (examples: Examples, classes: [String]) {
    let names = real.classNames
    let lacking = names.indices.filter { real.spectra(ofClass: $0).count < 2 }
    let own = real.classes.indices.filter { !lacking.contains(real.classes[$0]) }
    let others = generated.classes.indices.filter { lacking.contains(generated.classes[$0]) }
    return (
      Examples(real.taking(own), generated.taking(others)), lacking.map { names[$0] }
    )
  }
}
