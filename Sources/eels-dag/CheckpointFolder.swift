import Augmentation
import LinearAlgebra
import ModelFiles
import SpectrumFiles
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The checkpoints of one training, a safetensors file a class in one folder.
final class CheckpointFolder: CheckpointStore {
  /// What must be the same for a training to go on to the same bytes.
  struct Run: Codable, Equatable {
    /// SHA-256 digest of the names and spectra of all classes.
    var spectra: String
    /// The design.
    var design: DAGDesign
    /// The seed.
    var seed: UInt64
    /// SHA-256 digest of the model file that classes start from; nil for none.
    var start: String?
    /// The program and its version.
    var program = EELSDAG.creator

    init(_ classes: [TrainingSet], design: DAGDesign, seed: UInt64, start: String?) {
      let digest = SHA256()
      for item in classes {
        Array("\(item.name)\0\(item.spectra.rowCount)\0".utf8).withUnsafeBytes(digest.update)
        for start in stride(from: 0, to: item.spectra.rowCount, by: 1024) {
          item.spectra.rows(start..<min(start + 1024, item.spectra.rowCount)).elements
            .withUnsafeBytes(digest.update)
        }
      }
      spectra = digest.finish()
      self.design = design
      self.seed = seed
      self.start = start
    }

    /// The first difference, in words.
    func difference(from other: Run) -> String? {
      // Another seed may also choose other spectra.
      if seed != other.seed { return "another seed, \(seed)" }
      if spectra != other.spectra { return "other training spectra" }
      if design != other.design { return "another design" }
      if start != other.start {
        return start == nil
          ? "a training without --init"
          : other.start == nil ? "a training with --init" : "another model of --init"
      }
      if program != other.program { return "another version, \(program)" }
      return nil
    }
  }

  private static let runKey = "eels_dag.run"
  private let folder: String
  private let run: Run
  /// The class files written or found so far.
  private let known = Mutex<Set<Int>>([])

  /// Takes a folder for a new training, making it; refuses one that holds checkpoints.
  init(creating folder: String, run: Run) throws {
    self.folder = folder
    self.run = run
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Refusal(
        "the folder \(folder) cannot be made; give --checkpoint another one", .temporary)
    }
    if !Self.files(in: folder).isEmpty {
      throw Refusal(
        "\(folder) holds the checkpoints of an earlier training: go on with it (--resume \(folder)), "
          + "or give --checkpoint another folder", .usage)
    }
    // Before the training: what cannot be written must not cost its hours.
    _ = try ModelFileWriter(writing: path(ofClass: 0))
  }

  /// Takes the folder of a training that goes on; refuses one of another training, or of none.
  init(resuming folder: String, run: Run, classes: Int) throws {
    self.folder = folder
    self.run = run
    if Self.files(in: folder).isEmpty {
      throw Refusal("\(folder) holds no checkpoint; begin with --checkpoint \(folder)")
    }
    for index in 0..<classes { _ = try load(class: index) }
    _ = try ModelFileWriter(writing: path(ofClass: 0))
  }

  func load(class index: Int) throws -> TensorArchive? {
    let path = path(ofClass: index)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let checkpoint = try SafetensorsFile.read(path)
    let other: Run
    do {
      other = try checkpoint.decode(from: Self.runKey)
    } catch {
      throw Refusal("\(path) is no checkpoint of this version of eels-dag: \(error)")
    }
    if let difference = other.difference(from: run) {
      throw Refusal(
        "\(path) is a checkpoint of \(difference): resume with the same input, labels, options and "
          + "seed, or train anew with --checkpoint and another folder")
    }
    known.withLock { _ = $0.insert(index) }
    return checkpoint
  }

  func save(_ checkpoint: TensorArchive, class index: Int) throws {
    var checkpoint = checkpoint
    try checkpoint.encode(run, as: Self.runKey)
    try ModelFileWriter(writing: path(ofClass: index)).write(checkpoint)
    known.withLock { _ = $0.insert(index) }
  }

  /// Says how to go on after an interruption.
  var interruption: Refusal {
    let hasAny = known.withLock { !$0.isEmpty }
    return Refusal(
      hasAny
        ? "interrupted; go on with the same command and --resume \(folder) in place of --checkpoint"
        : "interrupted before the first iteration; \(folder) holds no checkpoint", .interrupted)
  }

  /// What is said beside the message when the training of the class `index` diverged.
  func remark(onDivergenceOf index: Int) -> String {
    known.withLock { $0.contains(index) }
      ? " The last good checkpoint is kept: \(path(ofClass: index))."
      : " No checkpoint of it had been written."
  }

  private func path(ofClass index: Int) -> String { "\(folder)/class_\(index).safetensors" }

  private static func files(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.hasPrefix("class_") && $0.hasSuffix(".safetensors")
    }
  }
}
