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
    case preset(PaperPreset, isApart: Bool)
    case file(Classes)
  }

  /// Classes that several threads read and nobody changes.
  struct Classes: Sendable {
    nonisolated(unsafe) let groups: [[StudyClass]]
  }

  /// A preset; of spectra that are kept `apart`, the first half of the acquisitions trains.
  init(_ preset: PaperPreset, isApart: Bool) {
    name = preset.rawValue
    inputs = []
    content = .preset(preset, isApart: isApart)
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
    case .preset(let preset, _):
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

  /// The classes, for a seed.
  func classes(seed: UInt64) throws -> Classes {
    switch content {
    case .file(let classes): classes
    case .preset(let preset, let isApart):
      Classes(
        groups: try preset.sets.enumerated().map { index, parameters in
          let simulation = SpectrumSetSimulation(
            parameters, stream: RandomStream(seed: seed).split(UInt64(index)), threads: 1)
          return try Self.classes(of: simulation, isApart: isApart)
        })
    }
  }

  /// What `simulate` would write, without the spectra that `augment` would leave out.
  private static func classes(
    of simulation: SpectrumSetSimulation, isApart: Bool
  ) throws -> [StudyClass] {
    let preprocessor = try Preprocessor(
      simulation, options: SimulatedSets.preprocessing(of: simulation.parameters), threads: 1)
    var image = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &image)
    let labels = simulation.labels
    let acquisitions = simulation.acquisitionNumbers.map(Int.init)
    let last = acquisitions.max() ?? 0
    return try labels.classNames.enumerated().map { label, name in
      let members = labels.spectra(ofClass: label).filter {
        report.flags[$0].isDisjoint(with: .unusable)
      }
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
