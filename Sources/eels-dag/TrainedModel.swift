import Augmentation
import LinearAlgebra
import ModelFiles
import Spectra
import SpectrumFiles

/// The generators of all classes of a run, with what their spectra need to become a file.
struct TrainedModel {
  /// One generator.
  struct Class {
    /// The generator and how it was trained.
    var generator: TrainedGenerator
    /// Its training spectra: indices in the flattened navigation space of their file.
    var members: [Int]
  }

  /// The classes, in the order of the labels.
  var classes: [Class]
  /// The energy axis of the spectra.
  var energyAxis: Axis
  /// What the metadata say of microscope and sample.
  var microscope: MetadataTree
  /// The run that trained them.
  var provenance: Provenance

  /// Says what the file is, and counts changes of what it holds.
  private static let format = "eels-dag model 1"

  private enum Key {
    static let format = "eels_dag.format"
    static let classes = "eels_dag.classes"
    static let axis = "eels_dag.energy_axis"
    static let microscope = "eels_dag.microscope"
    static let provenance = "eels_dag.provenance"
    static let members = "eels_dag.training_spectra"
  }

  init(
    classes: [Class], energyAxis: Axis, microscope: MetadataTree, provenance: Provenance
  ) {
    self.classes = classes
    self.energyAxis = energyAxis
    self.microscope = microscope
    self.provenance = provenance
  }

  /// Reads a model file.
  init(reading path: String) throws {
    let archive = try SafetensorsFile.read(path)
    do {
      let format = try archive.decode(String.self, from: Key.format)
      guard format == Self.format else {
        throw TensorArchiveError("it is “\(format)”, and this program reads “\(Self.format)”")
      }
      let names = try archive.decode([String].self, from: Key.classes)
      let members = try archive.decode([[Int]].self, from: Key.members)
      energyAxis = try archive.decode(from: Key.axis)
      microscope = try archive.decode(from: Key.microscope)
      provenance = try archive.decode(from: Key.provenance)
      guard members.count == names.count, !names.isEmpty else {
        throw TensorArchiveError("\(names.count) classes, training spectra of \(members.count)")
      }
      classes = []
      for (name, members) in zip(names, members) {
        let generator: TrainedGenerator = try archive.decode(from: name)
        try generator.snapshot.validate()
        guard generator.name == name,
          generator.snapshot.components.basis.channelCount == energyAxis.count
        else { throw TensorArchiveError("class “\(name)” does not fit the energy axis") }
        classes.append(Class(generator: generator, members: members))
      }
    } catch let error as TensorArchiveError {
      throw Refusal(
        "\(path) is no model that this version of eels-dag can read: \(error); train it again "
          + "('eels-dag augment --model')")
    }
  }

  /// The content of the model's file.
  func archive() throws(TensorArchiveError) -> TensorArchive {
    var archive = TensorArchive()
    try archive.encode(Self.format, as: Key.format)
    try archive.encode(classes.map(\.generator.name), as: Key.classes)
    try archive.encode(classes.map(\.members), as: Key.members)
    try archive.encode(energyAxis, as: Key.axis)
    try archive.encode(microscope, as: Key.microscope)
    try archive.encode(provenance, as: Key.provenance)
    for item in classes { try archive.encode(item.generator, as: item.generator.name) }
    return archive
  }

  /// The sampler of a class: its own split of the seed.
  func sampler(ofClass index: Int, seed: UInt64, threads: Int) -> ParallelSampler {
    let stream = RandomStream(seed: seed).split(LabelledSpectra.Use.sampling)
    return ParallelSampler(
      classes[index].generator.snapshot, stream: stream.split(UInt64(index)), threads: threads)
  }
}
