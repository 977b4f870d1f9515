import Spectra
import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What made a file: program, settings with all defaults resolved, seed, inputs.
///
/// Stored as JSON text in the signal's `metadata.eels_dag.provenance`, where it survives a load and
/// save in HyperSpy; described by `Schemas/provenance.schema.json`.
struct Provenance: Codable, Equatable {
  /// A file that was read.
  struct Input: Codable, Equatable {
    /// Its name without folders.
    var file: String
    /// Its SHA-256 digest, hexadecimal.
    var sha256: String
    /// Its size.
    var bytes: UInt64
    /// What made it, where it says so.
    var provenance: JSONValue?
  }

  /// Always `eels-dag`.
  var program = "eels-dag"
  /// The program's version.
  var version = EELSDAG.version
  /// The command's name.
  var command: String
  /// When, UTC, ISO 8601.
  var date: String
  /// The settings, defaults resolved.
  var settings: JSONValue
  /// The seed of all random numbers; absent where none were used.
  var seed: UInt64?
  /// The files that were read.
  var inputs: [Input]
  /// Numbers of spectra by what is noteworthy about them.
  var quality: [String: Int]
  /// True for spectra that no microscope recorded.
  var synthetic: Bool

  /// The branch of the metadata tree that holds records.
  static let branch = "eels_dag"

  init(
    command: String, settings: some Encodable, seed: UInt64? = nil, inputs: [Input] = [],
    quality: [String: Int] = [:], synthetic: Bool
  ) throws {
    self.command = command
    self.settings = try JSONValue(encoding: settings)
    self.seed = seed
    self.inputs = inputs
    self.quality = quality
    self.synthetic = synthetic
    date = Self.now.ISO8601Format()
  }

  /// Now, or the moment that `SOURCE_DATE_EPOCH` names so that a build can be repeated byte for byte.
  private static var now: Date {
    let text = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"]
    return text.flatMap(Double.init).map(Date.init(timeIntervalSince1970:)) ?? Date()
  }

  /// Puts the record, and what people look for first, into a metadata tree in place of an older one.
  func write(into metadata: inout MetadataTree) throws {
    var record = MetadataTree([
      "provenance": .string(try JSONValue.text(self)),
      "version": .string(version),
      "command": .string(command),
      "synthetic": .bool(synthetic),
    ])
    if let seed { record["seed"] = .integer(Int64(seed)) }
    if let input = inputs.first { record["input_sha256"] = .string(input.sha256) }
    metadata[Self.branch] = .tree(record)
  }

  /// Refuses an output that exists and is one of the files from which the inputs were made, which may
  /// be the only copy.
  static func checkOutput(_ path: String, from inputs: [Input]) throws {
    let size = FilePath.size(path)
    guard size > 0 else { return }
    var ancestors = inputs.compactMap(\.provenance)
    while let record = ancestors.popLast() {
      guard case .object(let members) = record, case .array(let files)? = members["inputs"] else {
        continue
      }
      for case .object(let file) in files {
        if let earlier = file["provenance"] { ancestors.append(earlier) }
        if file["bytes"] == .integer(Int64(size)), case .string(let digest)? = file["sha256"],
          try FileDigest.sha256(ofFile: path) == digest
        {
          throw Refusal(
            "\(path) is what the input was made from: give the output another name (it may be the "
              + "only copy)", .usage)
        }
      }
    }
  }

  /// Whether a metadata tree says that no microscope recorded the spectra.
  static func isSynthetic(_ metadata: MetadataTree) -> Bool {
    metadata[path: [branch, "synthetic"]] == .bool(true)
  }

  /// The record in a metadata tree, if there is one.
  static func record(in metadata: MetadataTree) -> JSONValue? {
    metadata.string(branch, "provenance").flatMap(JSONValue.init(text:))
  }
}

extension Provenance.Input {
  /// Describes a file that was read, its digest left out; `metadata` is that of the signal used.
  init(_ path: String, metadata: MetadataTree) {
    self.init(
      file: URL(filePath: path).lastPathComponent, sha256: "", bytes: FilePath.size(path),
      provenance: Provenance.record(in: metadata))
  }

  /// Describes a model file that was read.
  init(_ model: TrainedModel, from path: String) throws {
    self.init(
      file: URL(filePath: path).lastPathComponent, sha256: try FileDigest.sha256(ofFile: path),
      bytes: FilePath.size(path), provenance: try JSONValue(encoding: model.provenance))
  }

  /// Describes a file that was read; `metadata` is that of the signal used.
  init(digesting path: String, metadata: MetadataTree) throws {
    self.init(path, metadata: metadata)
    sha256 = try FileDigest.sha256(ofFile: path)
  }
}
