import Augmentation
import Classification
import LinearAlgebra
import Spectra
import SpectrumFiles

/// The spectra that a classifier learns from and those that test it, their classes matched by name.
///
/// No spectrum that trains the classifier, or one of the generators whose spectra train it, is tested.
struct ClassificationData {
  /// Measured spectra, and simulated ones that stand for such.
  let real: Examples
  /// Spectra that generators drew.
  let generated: Examples
  /// The spectra to test on.
  let test: Examples
  /// One energy axis for each group of classes, with the classes' names.
  let groups: [ClassifierModel.Group]
  /// All files, each once.
  let inputs: [Provenance.Input]
  /// What a person should know, in sentences.
  let remarks: [String]
  /// What a person should know even when all else is silent.
  let warnings: [String]
  /// Spectra of the test files that trained a generator.
  let leftOutForGenerators: Int
  /// Others that train the classifier.
  let leftOutForClassifier: Int

  /// Which spectra of a set an index of a file names.
  private struct Place: Hashable {
    var digest: String
    var signal: String
    var spectrum: Int
  }

  /// Reads files.
  ///
  /// `labels` are those of the one real training file, and of the test file where that is the same;
  /// `testLabels` those of the one test file.
  init(
    train: [String], test: [String], labels: String?, testLabels: String?,
    selection: TrainingSelection, seed: UInt64, threads: Int
  ) throws {
    var generators: [GeneratedFile] = []
    var realPaths: [String] = []
    for path in train {
      if let file = try GeneratedFile(reading: path) {
        generators.append(file)
      } else {
        realPaths.append(path)
      }
    }
    if realPaths.isEmpty && selection != .all {
      throw Refusal(
        "--train-count and --train-fraction choose among real spectra, and --train names none",
        .usage)
    }
    if labels != nil && realPaths.count != 1 {
      throw Refusal(
        "--labels goes with one real file of --train; \(realPaths.count) are given: the labels of the "
          + "file to test on go with --test-labels", .usage)
    }
    let isSame = test.count == 1 && realPaths.count == 1 && FilePath.areSame(realPaths[0], test[0])
    let testLabels = testLabels ?? (isSame ? labels : nil)
    func read(
      _ paths: [String], _ labels: String? = nil, _ selection: TrainingSelection = .all, least: Int
    ) throws -> LabelledSpectra? {
      if paths.isEmpty { return nil }
      let spectra = try LabelledSpectra(
        paths, labels: labels, selection: selection, seed: seed, least: least, threads: threads)
      try Self.refuseTwins(spectra, paths)
      return spectra
    }
    let real = try read(realPaths, labels, selection, least: 2)
    let generated = try read(generators.map(\.path), least: 2)
    if let generated,
      let stranger = real?.impliedClasses.first(where: { name in
        !generated.classes.contains { $0.trainingSet.name == name }
      })
    {
      throw Refusal(
        "real spectra to learn from have no labels and would be one class, \(stranger), which the "
          + "synthetic ones do not know: name the file with their labels (--labels)")
    }
    guard let tests = try read(test, testLabels, least: 1) else {
      throw Refusal("--test names no file", .usage)
    }

    groups = try Self.groups(of: [real, generated].compactMap(\.self))
    try Self.check(tests, against: groups)
    let names = groups.flatMap(\.classNames)
    guard names.count > 1 else {
      throw Refusal(
        "there is only one class to learn, \(names.joined()): give spectra of at least two with "
          + "--train (labelled files; without labels a file is one class)")
    }
    let rows = groups[0].energyAxis.count
    self.real = Self.examples(real?.classes ?? [], names, channels: rows)
    self.generated = Self.examples(generated?.classes ?? [], names, channels: rows)

    var remarks = (real?.remarks ?? []).map { "training: \($0)" }
    remarks += (generated?.remarks ?? []).map { "training, synthetic: \($0)" }
    remarks += tests.notes.map { "test: \($0)" }
    if groups.count > 1 {
      remarks.append(
        "classes on \(groups.count) energy axes are told apart together, channel by channel: energies "
          + "differ between them")
    }
    let own = try Self.places(of: real, tests: tests, test)
    let learned = try Self.learned(by: generators, from: tests)
    var kept: [LabelledSpectra.Class] = []
    var left = (generators: 0, classifier: 0)
    for item in tests.classes {
      let places = item.origins.flatMap { origin in
        origin.spectra.map {
          Place(
            digest: tests.inputs[origin.input].sha256, signal: origin.signal, spectrum: $0)
        }
      }
      let theirs = learned.mapValues { files in
        files.reduce(into: Set<Int>()) { $0.formUnion($1.among(item.trainingSet.name)) }
      }
      let rows = places.indices.filter { row in
        if theirs[places[row].digest]?.contains(places[row].spectrum) ?? false {
          left.generators += 1
          return false
        }
        if own.contains(places[row]) {
          left.classifier += 1
          return false
        }
        return true
      }
      if rows.isEmpty {
        remarks.append("test: no spectrum of \(item.trainingSet.name) is left, all of them train")
        continue
      }
      var rest = item
      rest.trainingSet = try item.trainingSet.subset(rows, least: 1)
      kept.append(rest)
    }
    if kept.isEmpty {
      throw Refusal(
        "no spectrum is left to test on: all of \(test.joined(separator: ", ")) train the classifier or "
          + "the generators; train on fewer (--train-count) or test on another file")
    }
    if left.generators + left.classifier > 0 {
      let why = [
        left.generators > 0
          ? "\(Text.count(left.generators, "spectrum", "spectra")) from which the generators of "
            + "\(generators.map(\.path).joined(separator: ", ")) learned" : nil,
        left.classifier > 0
          ? "\(Text.count(left.classifier, "spectrum", "spectra")) from which the classifier learns"
          : nil,
      ]
      remarks.append("left out of the test: " + why.compactMap(\.self).joined(separator: ", and "))
    }
    self.test = Self.examples(kept, names, channels: rows)
    leftOutForGenerators = left.generators
    leftOutForClassifier = left.classifier
    let all = [real, generated, tests].compactMap { $0?.inputs }.flatMap(\.self)
    inputs = all.enumerated().filter { index, input in
      !all[..<index].contains { $0.sha256 == input.sha256 }
    }.map(\.element)
    self.remarks = remarks
    warnings = try Self.warnings(tests, test, real: real, generators: generators)
  }

  // MARK: Classes and axes

  /// The classes of the training files on their energy axes, in the order of the files.
  private static func groups(of sets: [LabelledSpectra]) throws -> [ClassifierModel.Group] {
    var groups: [ClassifierModel.Group] = []
    for group in sets.flatMap(\.groups) {
      let names = group.classes.map(\.trainingSet.name)
      if let known = groups.first(where: { known in
        names.contains(where: known.classNames.contains)
          && !LabelledSpectra.isSame(known.energyAxis, group.energyAxis)
      }) {
        throw Refusal(
          "\(names.first(where: known.classNames.contains) ?? "") is there on two energy axes, "
            + "\(LabelledSpectra.extent(known.energyAxis)) and "
            + "\(LabelledSpectra.extent(group.energyAxis)): bring the training files to one axis "
            + "('eels-dag preprocess --crop A:B')")
      }
      if let place = groups.firstIndex(where: {
        LabelledSpectra.isSame($0.energyAxis, group.energyAxis)
      }) {
        groups[place].classNames += names.filter { !groups[place].classNames.contains($0) }
      } else {
        groups.append(ClassifierModel.Group(energyAxis: group.energyAxis, classNames: names))
      }
    }
    if let other = groups.first(where: { $0.energyAxis.count != groups[0].energyAxis.count }) {
      throw Refusal(
        "\(groups[0].classNames.joined(separator: ", ")) and "
          + "\(other.classNames.joined(separator: ", ")) lie on energy axes of "
          + "\(groups[0].energyAxis.count) and \(other.energyAxis.count) channels: classify each axis on "
          + "its own, or bring the files to one axis ('eels-dag preprocess --crop A:B')")
    }
    return groups
  }

  /// Refuses test spectra of classes or energies that the training files do not have.
  private static func check(
    _ tests: LabelledSpectra, against groups: [ClassifierModel.Group]
  ) throws {
    for group in tests.groups {
      for name in group.classes.map(\.trainingSet.name) {
        guard let own = groups.first(where: { $0.classNames.contains(name) }) else {
          let known = groups.flatMap(\.classNames).joined(separator: ", ")
          throw Refusal(
            "the class \(name) of the test spectra is not among those to learn, \(known): add it to "
              + "--train, or take its label (-1) from the test file")
        }
        guard LabelledSpectra.isSame(own.energyAxis, group.energyAxis) else {
          throw Refusal(
            "the test spectra of \(name) lie on another energy axis, "
              + "\(LabelledSpectra.extent(group.energyAxis)), than those to learn from, "
              + "\(LabelledSpectra.extent(own.energyAxis)): bring both to one axis ('eels-dag "
              + "preprocess --crop A:B', or interpolate in HyperSpy)")
        }
      }
    }
  }

  private static func examples(
    _ classes: [LabelledSpectra.Class], _ names: [String], channels: Int
  ) -> Examples {
    let sets = classes.map(\.trainingSet)
    let spectra = Matrix(rows: sets.reduce(0) { $0 + $1.spectra.rowCount }, columns: channels)
    var labels: [Int] = []
    for set in sets {
      guard let label = names.firstIndex(of: set.name) else { continue }
      let rows = labels.count..<labels.count + set.spectra.rowCount
      spectra.rows(rows).copy(from: set.spectra)
      labels += [Int](repeating: label, count: rows.count)
    }
    return Examples(spectra: spectra, classes: labels, classNames: names)
  }

  // MARK: What must not be tested

  /// The spectra that train the classifier and lie in a file that is tested.
  private static func places(
    of real: LabelledSpectra?, tests: LabelledSpectra, _ paths: [String]
  ) throws -> Set<Place> {
    guard let real else { return [] }
    let tested = Set(tests.spectrumInputs.map(\.sha256))
    if real.selection == .all,
      let both = real.spectrumInputs.first(where: { tested.contains($0.sha256) })
    {
      throw Refusal(
        "\(both.file) is to train and to test: what it learned by heart would be counted as known; "
          + "train on a part of it with --train-count or --train-fraction, then the rest of it tests",
        .usage)
    }
    return Set(
      real.classes.flatMap(\.origins).flatMap { origin in
        origin.spectra.map {
          Place(digest: real.inputs[origin.input].sha256, signal: origin.signal, spectrum: $0)
        }
      })
  }

  /// By digest of a tested file, the spectra from which generators learned.
  private static func learned(
    by generators: [GeneratedFile], from tests: LabelledSpectra
  ) throws -> [String: [LearnedSpectra]] {
    var learned: [String: [LearnedSpectra]] = [:]
    for file in generators {
      for input in tests.spectrumInputs {
        switch file.learned(fromFileOf: input.sha256) {
        case .nothing: break
        case .unknown:
          throw Refusal(
            "\(file.path) was made from \(input.file), and which of its spectra the generators "
              + "learned from is not recorded there: test on another file, or give the file that "
              + "'eels-dag augment' or 'generate' wrote")
        case .spectra(let spectra): learned[input.sha256, default: []].append(spectra)
        }
      }
    }
    return learned
  }

  /// Refuses a file that is named twice, whose spectra would count twice.
  private static func refuseTwins(_ spectra: LabelledSpectra, _ paths: [String]) throws {
    // A file of labels stands behind its one file of spectra.
    let inputs = spectra.inputs.prefix(paths.count)
    for (index, input) in inputs.enumerated() {
      if let twin = inputs[..<index].firstIndex(where: { $0.sha256 == input.sha256 }) {
        throw Refusal(
          "\(paths[twin]) and \(paths[index]) are the same file: name it once", .usage)
      }
    }
  }

  private static func warnings(
    _ tests: LabelledSpectra, _ paths: [String], real: LabelledSpectra?,
    generators: [GeneratedFile]
  ) throws -> [String] {
    var warnings: [String] = []
    for path in paths where try GeneratedFile(reading: path) != nil {
      warnings.append(
        "\(path) holds synthetic spectra: how well these are told apart says nothing about measured ones"
      )
    }
    for input in tests.spectrumInputs {
      let kin = input.ancestors.union([input.sha256])
      for other in real?.spectrumInputs ?? [] where other.sha256 != input.sha256 {
        if !kin.isDisjoint(with: other.ancestors.union([other.sha256])) {
          warnings.append(
            "\(other.file) and \(input.file) were made from the same measurement: the same spectra may "
              + "train and test")
        }
      }
      for file in generators where file.learned(fromFileOf: input.sha256) == .nothing {
        if !kin.isDisjoint(with: file.ancestors) {
          warnings.append(
            "the generators of \(file.path) learned from what was made from the same measurement as "
              + "\(input.file): they may have seen spectra that are tested")
        }
      }
    }
    return warnings
  }
}
