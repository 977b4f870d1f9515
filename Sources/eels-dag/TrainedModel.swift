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
    /// Where its training spectra come from.
    var origins: [TrainingOrigin]
  }

  /// The classes on one energy axis.
  struct Group {
    /// The energy axis of the spectra.
    var energyAxis: Axis
    /// What the metadata say of microscope and sample.
    var microscope: MetadataTree
    /// The classes, in the order of the labels.
    var classes: [Class]
  }

  /// One group an energy axis.
  var groups: [Group]
  /// The run that trained them.
  var provenance: Provenance

  /// The classes of all groups: their number in this list names their random stream.
  var classes: [Class] { groups.flatMap(\.classes) }

  /// Says what the file is, and counts changes of what it holds.
  private static let format = "eels-dag model 3"

  private enum Key {
    static let format = "eels_dag.format"
    static let classes = "eels_dag.classes"
    static let axes = "eels_dag.energy_axes"
    static let microscopes = "eels_dag.microscopes"
    static let provenance = "eels_dag.provenance"
    static let origins = "eels_dag.training_spectra"
  }

  init(groups: [Group], provenance: Provenance) {
    self.groups = groups
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
      let names = try archive.decode([[String]].self, from: Key.classes)
      let origins = try archive.decode([[[TrainingOrigin]]].self, from: Key.origins)
      let axes = try archive.decode([Axis].self, from: Key.axes)
      let microscopes = try archive.decode([MetadataTree].self, from: Key.microscopes)
      provenance = try archive.decode(from: Key.provenance)
      guard origins.map(\.count) == names.map(\.count), axes.count == names.count,
        microscopes.count == names.count, !names.isEmpty, !names.contains(where: \.isEmpty)
      else { throw TensorArchiveError("its lists of classes, axes and training spectra differ") }
      groups = []
      for (index, axis) in axes.enumerated() {
        var classes: [Class] = []
        for (name, origins) in zip(names[index], origins[index]) {
          let generator: TrainedGenerator = try archive.decode(from: name)
          try generator.snapshot.validate()
          guard generator.name == name,
            generator.snapshot.components.basis.channelCount == axis.count
          else { throw TensorArchiveError("class “\(name)” does not fit the energy axis") }
          classes.append(Class(generator: generator, origins: origins))
        }
        groups.append(Group(energyAxis: axis, microscope: microscopes[index], classes: classes))
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
    try archive.encode(groups.map { $0.classes.map(\.generator.name) }, as: Key.classes)
    try archive.encode(groups.map { $0.classes.map(\.origins) }, as: Key.origins)
    try archive.encode(groups.map(\.energyAxis), as: Key.axes)
    try archive.encode(groups.map(\.microscope), as: Key.microscopes)
    try archive.encode(provenance, as: Key.provenance)
    for item in classes { try archive.encode(item.generator, as: item.generator.name) }
    return archive
  }

  /// The classes as a file of synthetic spectra has them.
  func synthetic(_ acquisitions: Acquisitions) -> [SyntheticFile.Group] {
    groups.map { group in
      SyntheticFile.Group(
        energyAxis: group.energyAxis, microscope: group.microscope,
        classes: group.classes.map {
          SyntheticFile.Class(
            name: $0.generator.name, model: $0.generator.snapshot,
            record: $0.generator.record.metadata(origins: $0.origins))
        }
      ).like(acquisitions, group.classes.map(\.generator.record.calibration))
    }
  }
}
