public import SpectrumFiles

/// Writes one ONNX file, atomically: until the end, and after any failure, an old file of the name stays
/// as it is.
public final class ONNXWriter {
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
  /// - Throws: ``SpectrumFileError`` when the disk is full or the file cannot be put in place.
  public func write(_ model: ONNXModel) throws(SpectrumFileError) {
    try file.write { put in model.bytes.withUnsafeBytes(put) }
  }
}
