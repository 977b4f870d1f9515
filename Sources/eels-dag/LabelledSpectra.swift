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
    /// Where the spectra come from: indices in the flattened navigation space of their file.
    var members: [Int]
  }

  /// The classes, in the order of the labels.
  let classes: [Class]
  /// The energy axis that all share.
  let energyAxis: Axis
  /// The files read.
  let inputs: [Provenance.Input]
  /// What a person should know about the choice of spectra.
  let remarks: [String]
  /// Which spectra of a class were taken.
  let selection: TrainingSelection
  /// What the first file says of microscope and sample.
  let microscope: MetadataTree

  /// Reads files; a file without labels is one class.
  ///
  /// Spectra that preprocessing flagged as unusable, and spectra without a class, are left out.
  init(
    _ paths: [String], labels: String?, selection: TrainingSelection, seed: UInt64, threads: Int
  ) throws {
    var classes: [Class] = []
    var inputs: [Provenance.Input] = []
    var remarks: [String] = []
    var axis: Axis?
    var microscope = MetadataTree()
    for path in paths {
      let file = try SpectrumFile(reading: path, threads: threads)
      for warning in file.warnings { Console.warn("\(path): \(warning)") }
      let signal = try file.spectra()
      let ownAxis = try Self.energyAxis(of: signal, path)
      if let axis, axis.uniform != ownAxis.uniform {
        throw Refusal(
          "\(path) has another energy axis than \(paths[0]); bring the files to one axis "
            + "('eels-dag preprocess --crop A:B'), or augment them one by one")
      }
      if axis == nil {
        axis = ownAxis
        if case .tree(let tree)? = signal.header.metadata["Acquisition_instrument"] {
          microscope["Acquisition_instrument"] = .tree(tree)
        }
        if case .tree(let tree)? = signal.header.metadata["Sample"] {
          microscope["Sample"] = .tree(tree)
        }
      }
      inputs.append(try Provenance.Input(digesting: path, metadata: signal.header.metadata))
      let own = try Self.labels(of: file, signal, labels)
      if own.isImplied {
        remarks.append(
          "\(path) has no labels: all its spectra are one class, \(own.labels.classNames[0])")
      }
      if let labels {
        inputs.append(try Provenance.Input(digesting: labels, metadata: MetadataTree()))
      }
      let usable = try QualityMap.usable(in: file, for: signal)
      let skipped = usable.count { !$0 }
      if skipped > 0 {
        remarks.append(
          "\(path): \(Text.count(skipped, "spectrum is", "spectra are")) left out, flagged as "
            + "unusable by preprocessing")
      }
      for index in own.labels.classNames.indices {
        let all = own.labels.spectra(ofClass: index).filter { usable[$0] }
        let name = own.labels.classNames[index]
        if all.isEmpty {
          remarks.append("\(path): \(name) has no usable spectra and is left out")
          continue
        }
        if classes.contains(where: { $0.trainingSet.name == name }) {
          throw Refusal(
            "two classes are called \(name); give the files' classes different names")
        }
        let number = selection.number(of: all.count)
        var stream = RandomStream(seed: seed).split(Use.selection).split(UInt64(classes.count))
        let members =
          number == all.count
          ? all : stream.permutation(all.count).prefix(number).map { all[$0] }.sorted()
        let spectra = try Self.gather(members, from: signal)
        classes.append(
          Class(trainingSet: try TrainingSet(name: name, spectra: spectra), members: members))
        remarks.append(
          "\(name): training on \(number) of \(Text.count(all.count, "spectrum", "spectra"))")
      }
    }
    guard let axis, !classes.isEmpty else {
      throw Refusal("no spectrum has a class: check the labels, -1 means none")
    }
    self.classes = classes
    self.energyAxis = axis
    self.inputs = inputs
    self.remarks = remarks
    self.selection = selection
    self.microscope = microscope
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
      return (try SpectrumFile(reading: given).labels(fitting: header), false)
    }
    if let labels = try file.labels(for: signal) { return (labels, false) }
    let name = header.title.isEmpty ? "spectra" : header.title
    let values = [Int32](repeating: 0, count: header.spectrumCount)
    return (Labels(classNames: [name], values: values, axes: header.navigationAxes), true)
  }

  /// Reads the spectra of ascending indices, block by block.
  private static func gather(_ members: [Int], from signal: StoredSignal) throws -> Matrix {
    let channels = signal.header.channelCount
    let spectra = Matrix(rows: members.count, columns: channels)
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
    return spectra
  }
}
