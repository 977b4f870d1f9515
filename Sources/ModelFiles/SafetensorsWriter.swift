public import LinearAlgebra
public import SpectrumFiles

/// Writes one safetensors file, atomically: until the end, and after any failure, an old file of the
/// name stays as it is.
public final class SafetensorsWriter {
  private let file: AtomicFile

  /// The final name.
  public var path: String { file.path }

  /// Checks that a file of this name can be written; creates nothing.
  ///
  /// - Throws: ``SpectrumFileError`` when the folder is not there or may not be written.
  public init(writing path: String) throws(SpectrumFileError) {
    file = try AtomicFile(writing: path)
  }

  /// Writes the file and puts it in place; once.
  ///
  /// Tensors follow each other by name: the same archive gives the same bytes.
  ///
  /// - Throws: ``SpectrumFileError`` when the disk is full or the file cannot be put in place.
  public func write(_ archive: TensorArchive) throws(SpectrumFileError) {
    let ordered = archive.tensors.values.sorted { $0.name < $1.name }
    try file.write { put in
      SafetensorsFile.start(of: archive, ordered).withUnsafeBytes(put)
      for tensor in ordered { tensor.elements.withUnsafeBytes(put) }
    }
  }
}
