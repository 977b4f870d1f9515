import ArgumentParser
import Augmentation
import LinearAlgebra
import Preprocessing
import Spectra
import SpectrumFiles

/// Which spectra of a class train its generator.
enum TrainingSelection: Encodable, Equatable {
  case all
  case fraction(Double)
  case count(Int)

  /// What `--train-fraction` or `--train-count` ask for, where a class needs `least` spectra.
  init(fraction: Double?, count: Int?, least: Int) throws {
    if fraction != nil && count != nil {
      throw ValidationError("--train-fraction and --train-count exclude each other.")
    }
    if let fraction, !(fraction > 0 && fraction <= 1) {
      throw ValidationError("--train-fraction is \(fraction); give a number above 0, at most 1.")
    }
    if let count, count < least {
      throw ValidationError("--train-count is \(count); a class needs at least \(least).")
    }
    self = fraction.map { .fraction($0) } ?? count.map { .count($0) } ?? .all
  }

  /// The number taken of a class of `size` spectra.
  func number(of size: Int) -> Int {
    switch self {
    case .all: size
    case .fraction(let share): min(max(Int((share * Double(size)).rounded()), 1), size)
    case .count(let count): min(count, size)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .all: try container.encode("all")
    case .fraction(let share): try container.encode(["fraction": share])
    case .count(let count): try container.encode(["count": count])
    }
  }
}

/// The spectra of some files, sorted into classes: what `augment` trains on.
struct LabelledSpectra {
  /// The uses of the seed beside the training's own, which are numbered from 0.
  enum Use {
    static let selection: UInt64 = 0x5345_4C45_4354
    static let sampling: UInt64 = 0x5341_4D50_4C45
  }

  /// One class.
  struct Class {
    /// The name and the spectra.
    var trainingSet: TrainingSet
    /// Where the spectra come from, in their order.
    var origins: [TrainingOrigin]
  }

  /// The classes on one energy axis.
  struct Group {
    /// The energy axis that they share.
    var energyAxis: Axis
    /// What their first spectra say of microscope and sample.
    var microscope: MetadataTree
    /// The classes, in the order of the labels.
    var classes: [Class]
  }

  /// One group an energy axis, in the order of the files.
  let groups: [Group]
  /// The files read.
  let inputs: [Provenance.Input]
  /// What a person should know about the files.
  let notes: [String]
  /// How many spectra of each class were taken.
  let choices: [String]
  /// The classes that stand for a file without labels.
  let impliedClasses: [String]
  /// Which spectra of a class were taken.
  let selection: TrainingSelection

  /// What a person should know about the choice of spectra.
  var remarks: [String] { notes + choices }
  /// The files read that hold spectra, and not labels alone, in their order.
  var spectrumInputs: [Provenance.Input] {
    Set(classes.flatMap(\.origins).map(\.input)).sorted().map { inputs[$0] }
  }
  /// The number of the acquisition of each spectrum, class after class: each set of spectra of a file is taken for
  /// one.
  var acquisitionNumbers: [[Int]] {
    var seen: [String] = []
    return classes.map { item in
      item.origins.flatMap { origin in
        let name = "\(origin.input) \(origin.signal)"
        let number = seen.firstIndex(of: name) ?? seen.count
        if number == seen.count { seen.append(name) }
        return Array(repeating: number, count: origin.spectra.count)
      }
    }
  }
  /// The classes of all groups.
  var classes: [Class] { groups.flatMap(\.classes) }

  /// A set of spectra with its labels.
  private struct Source {
    var signal: StoredSignal
    /// The file's name, and its number among the inputs.
    var path: String
    var input: Int
    var axis: Axis
    var labels: Labels
    var usable: [Bool]

    /// Where a spectrum lies, in words: the slowest axis first, as in an array.
    func place(of spectrum: Int) -> String {
      var rest = spectrum
      var indices: [Int] = []
      for count in signal.header.navigationShape.reversed() {
        indices.insert(rest % count, at: 0)
        rest /= count
      }
      let position = indices.map(String.init).joined(separator: ", ")
      return "the spectrum at [\(position)] of \(path)"
    }
  }

  /// Spectra of one class in one set: all that are usable.
  private struct Portion {
    var source: Source
    var spectra: [Int]
  }

  /// Reads files; a file without labels is one class.
  ///
  /// Spectra that preprocessing flagged as unusable, and spectra without a class, are left out. Classes
  /// of one name on one energy axis are one class, which needs `least` spectra. Of a class that is not
  /// taken as a whole, the spectra of the numbers `preferred` are taken first.
  init(
    _ paths: [String], labels: String?, selection: TrainingSelection,
    preferring preferred: (String) -> Set<Int> = { _ in [] }, seed: UInt64,
    least: Int = TrainingSet.minimumSpectra, threads: Int
  ) throws {
    var inputs: [Provenance.Input] = []
    var remarks: [String] = []
    var choices: [String] = []
    var implied: [String] = []
    var sources: [Source] = []
    for path in paths {
      let file = try SpectrumFile(reading: path, threads: threads)
      for warning in file.warnings { Console.warn("\(path): \(warning)") }
      let sets = try Self.labelledSets(of: file)
      if labels != nil && sets.count > 1 {
        throw Refusal(
          "\(path) holds \(sets.count) sets of spectra with labels of their own: leave out --labels"
        )
      }
      let input = inputs.count
      inputs.append(try Provenance.Input(digesting: path, metadata: sets[0].header.metadata))
      if let labels {
        inputs.append(try Provenance.Input(digesting: labels, metadata: MetadataTree()))
      }
      for signal in sets {
        let own = try Self.labels(of: file, signal, labels)
        let name = sets.count == 1 ? path : "\(path), \(signal.header.title)"
        if own.isImplied {
          implied.append(own.labels.classNames[0])
          remarks.append(
            "\(name) has no labels: all its spectra are one class, \(own.labels.classNames[0])")
        }
        let usable = try QualityMap.usable(in: file, for: signal)
        let skipped = usable.count { !$0 }
        if skipped > 0 {
          remarks.append(
            "\(name): \(Text.count(skipped, "spectrum is", "spectra are")) left out, flagged as "
              + "unusable by preprocessing")
        }
        let source = Source(
          signal: signal, path: path, input: input, axis: try Self.energyAxis(of: signal, path),
          labels: own.labels, usable: usable)
        for (index, label) in own.labels.classNames.enumerated()
        where Self.usable(source, ofClass: index).isEmpty {
          remarks.append("\(name): \(label) has no usable spectra and is left out")
        }
        sources.append(source)
      }
    }
    var groups: [Group] = []
    var number = 0
    for sources in Self.grouped(sources) {
      var classes: [Class] = []
      for (name, portions) in Self.classes(of: sources) {
        if let other = groups.first(where: { $0.classes.contains { $0.trainingSet.name == name } })
        {
          throw Refusal(
            "the class \(name) is there on two energy axes, \(Self.extent(other.energyAxis)) and "
              + "\(Self.extent(sources[0].axis)): bring the files to one axis ('eels-dag preprocess "
              + "--crop A:B'), or give the classes different names")
        }
        var stream = RandomStream(seed: seed).split(Use.selection).split(UInt64(number))
        classes.append(
          try Self.choose(
            name, of: portions, selection, preferring: preferred(name), least,
            using: &stream, &choices))
        number += 1
      }
      if !classes.isEmpty {
        groups.append(
          Group(
            energyAxis: sources[0].axis, microscope: Self.microscope(of: sources[0].signal),
            classes: classes))
      }
    }
    guard !groups.isEmpty else {
      throw Refusal("no spectrum has a class: check the labels, -1 means none")
    }
    if groups.count > 1 {
      let parts = groups.map {
        "\($0.classes.map(\.trainingSet.name).joined(separator: ", ")) on \(Self.extent($0.energyAxis))"
      }
      remarks.append("\(groups.count) energy axes: " + parts.joined(separator: "; "))
    }
    self.groups = groups
    self.inputs = inputs
    notes = remarks
    self.choices = choices
    impliedClasses = implied
    self.selection = selection
  }

  /// The sets of spectra of a file; of several, those that have labels.
  private static func labelledSets(of file: SpectrumFile) throws -> [StoredSignal] {
    let sets = try file.spectrumSets()
    if sets.count == 1 { return sets }
    let labelled = try sets.filter { try file.labels(for: $0) != nil }
    return labelled.isEmpty ? [try file.spectra()] : labelled
  }

  /// Sources that share an energy axis, to a hundredth of a channel.
  private static func grouped(_ sources: [Source]) -> [[Source]] {
    var axes: [UniformAxis?] = []
    for axis in sources.map(\.axis.uniform) where !axes.contains(where: { isSame($0, axis) }) {
      axes.append(axis)
    }
    return axes.map { axis in sources.filter { isSame($0.axis.uniform, axis) } }
  }

  /// Whether two energy axes are the same, to a hundredth of a channel.
  static func isSame(_ first: Axis, _ second: Axis) -> Bool {
    isSame(first.uniform, second.uniform)
  }

  private static func isSame(_ first: UniformAxis?, _ second: UniformAxis?) -> Bool {
    guard let first, let second, first.count == second.count else { return false }
    return [0, first.count - 1].allSatisfy { abs(first[$0] - second[$0]) < first.scale / 100 }
  }

  /// The first and the last energy in words.
  static func extent(_ axis: Axis) -> String {
    guard let axis = axis.uniform else { return "no axis" }
    let ends = [axis[0], axis[axis.count - 1]].map { Text.number($0, digits: 6) }
    return "\(ends[0]) to \(ends[1]) eV in \(axis.count) channels"
  }

  /// The classes of some sources by name, in the order of their first spectra.
  private static func classes(of sources: [Source]) -> [(name: String, portions: [Portion])] {
    var classes: [(name: String, portions: [Portion])] = []
    for source in sources {
      for (index, name) in source.labels.classNames.enumerated() {
        let spectra = usable(source, ofClass: index)
        if spectra.isEmpty { continue }
        let portion = Portion(source: source, spectra: spectra)
        if let place = classes.firstIndex(where: { $0.name == name }) {
          classes[place].portions.append(portion)
        } else {
          classes.append((name, [portion]))
        }
      }
    }
    return classes
  }

  private static func usable(_ source: Source, ofClass index: Int) -> [Int] {
    source.labels.spectra(ofClass: index).filter { source.usable[$0] }
  }

  /// Chooses and reads the training spectra of a class.
  private static func choose(
    _ name: String, of portions: [Portion], _ selection: TrainingSelection,
    preferring preferred: Set<Int>, _ least: Int, using stream: inout RandomStream,
    _ choices: inout [String]
  ) throws -> Class {
    let all = portions.indices.flatMap { index in
      portions[index].spectra.map { (portion: index, spectrum: $0) }
    }
    let number = selection.number(of: all.count)
    if case .fraction(let share) = selection, number < least, all.count >= least {
      throw Refusal(
        "--train-fraction \(share) takes \(number) of the \(all.count) spectra of \(name), and at "
          + "least \(least) are needed: give a larger fraction", .usage)
    }
    var order = number == all.count ? Array(all.indices) : stream.permutation(all.count)
    if !preferred.isEmpty {
      order =
        order.filter { preferred.contains(all[$0].spectrum) }
        + order.filter { !preferred.contains(all[$0].spectrum) }
    }
    let chosen = order.prefix(number).sorted().map { all[$0] }
    let spectra = Matrix(rows: number, columns: portions[0].source.signal.header.channelCount)
    var row = 0
    var origins: [TrainingOrigin] = []
    for (index, portion) in portions.enumerated() {
      let own = chosen.filter { $0.portion == index }.map(\.spectrum)
      if own.isEmpty { continue }
      try gather(own, from: portion.source.signal, into: spectra.rows(row..<row + own.count))
      row += own.count
      origins.append(
        TrainingOrigin(
          input: portion.source.input, signal: portion.source.signal.header.title, spectra: own))
    }
    let total = Text.count(all.count, "spectrum", "spectra")
    choices.append(
      "\(name): taking \(number) of \(total)"
        + (portions.count > 1 ? ", put together from \(portions.count) inputs" : ""))
    do {
      return Class(
        trainingSet: try TrainingSet(
          name: name, spectra: spectra,
          energyStep: portions[0].source.signal.header.energyStep, least: least),
        origins: origins)
    } catch let error {
      switch error {
      case .notFinite(_, let row), .notNormalised(_, let row, _):
        let bad = chosen[row]
        throw Refusal("\(error) It is \(portions[bad.portion].source.place(of: bad.spectrum)).")
      default: throw error
      }
    }
  }

  private static func microscope(of signal: StoredSignal) -> MetadataTree {
    var microscope = MetadataTree()
    for key in ["Acquisition_instrument", "Sample"] {
      if case .tree(let tree)? = signal.header.metadata[key] { microscope[key] = .tree(tree) }
    }
    return microscope
  }

  private static func energyAxis(of signal: StoredSignal, _ path: String) throws -> Axis {
    guard let axis = signal.header.signalAxes.first, axis.uniform != nil else {
      throw Refusal("\(path) has no uniform energy axis; interpolate it in HyperSpy first")
    }
    guard let uniform = axis.uniform, uniform.scale > 0 else {
      throw Refusal("\(path) has a falling energy axis; reverse it in HyperSpy first")
    }
    return axis
  }

  /// The labels of a file: given, its own, or one class for all.
  private static func labels(
    of file: SpectrumFile, _ signal: StoredSignal, _ given: String?
  ) throws -> (labels: Labels, isImplied: Bool) {
    let header = signal.header
    if let given {
      return (try LabelFile.labels(in: given, of: header).labels, false)
    }
    if let labels = try file.labels(for: signal) { return (labels, false) }
    let name = header.title.isEmpty ? "spectra" : header.title
    let values = [Int32](repeating: 0, count: header.spectrumCount)
    return (Labels(classNames: [name], values: values, axes: header.navigationAxes), true)
  }

  /// Reads the spectra of ascending indices, block by block, into as many rows.
  private static func gather(
    _ members: [Int], from signal: StoredSignal, into spectra: Matrix
  ) throws {
    var row = 0
    var start = 0
    while row < members.count {
      let end = min(start + signal.preferredBlockCount, signal.header.spectrumCount)
      if members[row] < end {
        let block = try signal.read(start..<end)
        while row < members.count, members[row] < end {
          spectra.rows(row..<(row + 1)).copy(from: Array(block.spectrum(members[row] - start)))
          row += 1
        }
      }
      start = end
    }
  }
}
