import Classification
import LinearAlgebra
import ModelFiles
import Spectra
import SpectrumFiles

/// A classifier with what it needs to be applied to a file.
struct ClassifierModel {
  /// The classes on one energy axis.
  struct Group: Codable, Equatable {
    /// The energy axis of their spectra.
    var energyAxis: Axis
    /// Their names.
    var classNames: [String]
  }

  /// What the classifier is.
  var kind: ClassifierKind
  /// The classifier.
  var classifier: any Classifier
  /// One group an energy axis.
  var groups: [Group]
  /// The run that trained it.
  var provenance: Provenance

  /// Says what the file is, and counts changes of what it holds.
  private static let format = "eels-dag classifier 1"

  private enum Key {
    static let format = "eels_dag.format"
    static let kind = "eels_dag.classifier_kind"
    static let groups = "eels_dag.energy_axes"
    static let provenance = "eels_dag.provenance"
    static let classifier = "classifier"
  }

  init(kind: ClassifierKind, classifier: any Classifier, groups: [Group], provenance: Provenance) {
    self.kind = kind
    self.classifier = classifier
    self.groups = groups
    self.provenance = provenance
  }

  /// Reads a classifier's file.
  init(reading path: String) throws {
    let archive = try SafetensorsFile.read(path)
    do {
      let format = try archive.decode(String.self, from: Key.format)
      guard format == Self.format else {
        throw TensorArchiveError("it is “\(format)”, and this program reads “\(Self.format)”")
      }
      kind = try archive.decode(from: Key.kind)
      groups = try archive.decode(from: Key.groups)
      provenance = try archive.decode(from: Key.provenance)
      classifier = try kind.classifier(from: archive, key: Key.classifier)
      let channels = classifier.channelCount
      guard !groups.isEmpty, groups.flatMap(\.classNames) == classifier.classNames,
        groups.allSatisfy({ $0.energyAxis.count == channels && $0.energyAxis.uniform != nil })
      else { throw TensorArchiveError("its classes and energy axes do not fit the classifier") }
    } catch let error as TensorArchiveError {
      throw Refusal(
        "\(path) is no classifier that this version of eels-dag can read: \(error); train it again "
          + "('eels-dag classify --model')")
    }
  }

  /// The content of the classifier's file.
  func archive() throws(TensorArchiveError) -> TensorArchive {
    var archive = TensorArchive()
    try archive.encode(Self.format, as: Key.format)
    try archive.encode(kind, as: Key.kind)
    try archive.encode(groups, as: Key.groups)
    try archive.encode(provenance, as: Key.provenance)
    try kind.encode(classifier, into: &archive, key: Key.classifier)
    return archive
  }
}
