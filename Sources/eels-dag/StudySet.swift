import Augmentation
import LinearAlgebra
import Preprocessing
import Simulation
import Spectra
import SpectrumFiles
import Studies

/// A set of labelled spectra to be studied: a preset, simulated anew for each seed, or a file.
struct StudySet: Sendable {
  /// The preset's name, or the file's without folders and ending.
  let name: String
  /// The SHA-256 digests of the files read.
  let inputs: [String]
  private let content: Content

  private enum Content: Sendable {
    case preset(PaperPreset, isApart: Bool, leaks: Bool)
    case file(Classes)
  }

  /// Classes that several threads read and nobody changes.
  struct Classes: Sendable {
    nonisolated(unsafe) let groups: [[StudyClass]]
  }

  /// A preset; of spectra that are kept `apart`, the first half of the acquisitions trains.
  ///
  /// Denoising takes the principal components of the training spectra, or of all where it `leaks`.
  init(_ preset: PaperPreset, isApart: Bool, leaks: Bool) {
    name = preset.rawValue
    inputs = []
    content = .preset(preset, isApart: isApart, leaks: leaks)
  }

  /// A file of labelled spectra, preprocessed, and where they test the file that does.
  init(
    reading path: String, labels: String?, tests: String? = nil, testLabels: String? = nil,
    threads: Int
  ) throws {
    let data = try LabelledSpectra(
      [path], labels: labels, selection: .all, seed: 0, threads: threads)
    for line in data.notes { Console.say(line) }
    let other = try tests.map {
      try LabelledSpectra(
        [$0], labels: testLabels, selection: .all, seed: 0, least: StudySplit.fewestTests,
        threads: threads)
    }
    for line in other?.notes ?? [] { Console.say(line) }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    name = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    inputs = (data.inputs + (other?.inputs ?? [])).map(\.sha256)
    content = .file(
      Classes(
        groups: try data.groups.map { group in
          try group.classes.map { item in
            guard let other, let tests else { return StudyClass(item.trainingSet) }
            let found = try other.tests(
              ofClass: item.trainingSet.name, on: group.energyAxis, file: tests)
            return try StudyClass(item.trainingSet, tests: found)
          }
        }))
  }

  /// The number of classes times that of channels.
  var size: Int {
    switch content {
    case .preset(let preset, _, _):
      preset.sets.reduce(0) { $0 + $1.classes.count * $1.energyAxis.count }
    case .file(let classes):
      classes.groups.flatMap(\.self).reduce(0) { $0 + $1.spectra.spectra.columnCount }
    }
  }

  /// Refuses a file that does not allow a study of so many training spectra of a class.
  func check(reserved: Int) throws {
    if case .file(let classes) = content {
      try Self.check(classes.groups, named: name, reserved: reserved)
    }
  }

  /// Refuses classes that do not allow a study of so many training spectra of each.
  static func check(_ groups: [[StudyClass]], named name: String, reserved: Int) throws {
    guard let obstacle = StudySplit.obstacle(groups, reserved: reserved) else { return }
    throw Refusal("\(name) cannot be studied: \(obstacle)")
  }

  /// The classes, for a seed and the largest number of training spectra of a class.
  func classes(seed: UInt64, reserved: Int) throws -> Classes {
    switch content {
    case .file(let classes): return classes
    case .preset(let preset, let isApart, let leaks):
      var first = 0
      let groups = try preset.sets.enumerated().map { index, parameters in
        let simulation = SpectrumSetSimulation(
          parameters, stream: RandomStream(seed: seed).split(UInt64(index)), threads: 1)
        var options = SimulatedSets.preprocessing(of: parameters)
        if options.components != .none && !leaks {
          options.foreignComponents = try Self.components(
            of: simulation, options: options, isApart: isApart
          ) { StudySplit.order(of: $0, ofClass: first + $1, seed: seed).prefix(reserved) }
        }
        first += parameters.classes.count
        return try Self.labelled(simulation, options: options, isApart: isApart).classes
      }
      return Classes(groups: groups)
    }
  }

  /// The principal components of the training spectra: of each class, of those that may train, the `chosen`
  /// ones, given their number and that of the class.
  private static func components(
    of simulation: SpectrumSetSimulation, options: PreprocessOptions, isApart: Bool,
    chosen: (Int, Int) -> ArraySlice<Int>
  ) throws -> PreprocessOptions.ForeignComponents? {
    // Which spectra train does not depend on the components.
    var plain = options
    plain.components = .none
    let (classes, members) = try labelled(simulation, options: plain, isApart: isApart)
    let training = classes.indices.flatMap { label in
      let mayTrain = classes[label].mayTrain
      return chosen(mayTrain.count, label).map { members[label][mayTrain[$0]] }
    }.sorted()
    var header = simulation.header
    header.axes[0] = .navigation("spectrum", count: training.count)
    let values = training.flatMap { simulation.read($0..<$0 + 1).values }
    let preprocessor = try Preprocessor(
      SpectrumImage(header: header, values: values), options: options, threads: 1)
    var denoised = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &denoised)
    guard let axis = preprocessor.outputHeader.energyAxis else { return nil }
    return report.components.map { .init($0, axis: axis) }
  }

  /// What `simulate` would write, without the spectra that `augment` would leave out, and which those are.
  private static func labelled(
    _ simulation: SpectrumSetSimulation, options: PreprocessOptions, isApart: Bool
  ) throws -> (classes: [StudyClass], members: [[Int]]) {
    let preprocessor = try Preprocessor(simulation, options: options, threads: 1)
    var image = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &image)
    let labels = simulation.labels
    let acquisitions = simulation.acquisitionNumbers.map(Int.init)
    let last = acquisitions.max() ?? 0
    let members = labels.classNames.indices.map { label in
      labels.spectra(ofClass: label).filter { report.flags[$0].isDisjoint(with: .unusable) }
    }
    let classes = try zip(labels.classNames, members).map { name, members in
      let spectra = Matrix(rows: members.count, columns: image.header.channelCount)
      for (row, member) in members.enumerated() {
        spectra.rows(row..<row + 1).copy(from: Array(image.spectrum(member)))
      }
      let set = try TrainingSet(
        name: name, spectra: spectra, energyStep: simulation.parameters.energyAxis.scale)
      return isApart
        ? StudyClass(set, acquisitions: members.map { acquisitions[$0] }, last: last)
        : StudyClass(set)
    }
    return (classes, members)
  }
}

extension LabelledSpectra {
  /// The spectra of a class, which test what others of the same energy axis taught.
  fileprivate func tests(ofClass name: String, on axis: Axis, file: String) throws -> Matrix {
    let places = groups.flatMap { group in group.classes.map { (group.energyAxis, $0.trainingSet) }
    }
    guard let place = places.first(where: { $0.1.name == name }) else {
      throw Refusal("\(file) holds no class “\(name)” to test on")
    }
    guard Self.isSame(place.0, axis) else {
      throw Refusal(
        "the energy axis of \(name) in \(file) is another than in the file that trains: preprocess both with the "
          + "same --crop")
    }
    return place.1.spectra
  }
}
