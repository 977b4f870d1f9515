public import LinearAlgebra
public import SpectrumFiles

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Writes one file of networks, atomically: until the end, and after any failure, an old file of the name
/// stays as it is.
public final class ModelFileWriter {
  /// The final name.
  public let path: String
  private let temporary: TemporaryFile

  /// Checks that a file of this name can be written; creates nothing.
  ///
  /// - Throws: ``SpectrumFileError`` when the folder is not there or may not be written.
  public init(writing path: String) throws(SpectrumFileError) {
    self.path = path
    temporary = try TemporaryFile(for: path)
  }

  /// Writes an archive as safetensors and puts the file in place; once.
  ///
  /// Tensors follow each other in the order of their names, so that an archive gives the same bytes.
  /// - Throws: ``SpectrumFileError`` when the disk is full or the file cannot be put in place.
  public func write(_ archive: TensorArchive) throws(SpectrumFileError) {
    let ordered = archive.tensors.values.sorted { $0.name < $1.name }
    try write { put in
      SafetensorsFile.start(of: archive, ordered).withUnsafeBytes(put)
      for tensor in ordered { tensor.elements.withUnsafeBytes(put) }
    }
  }

  /// Writes a model as ONNX and puts the file in place; once.
  ///
  /// - Throws: ``SpectrumFileError`` when the disk is full or the file cannot be put in place.
  public func write(_ model: ONNXModel) throws(SpectrumFileError) {
    try write { put in model.bytes.withUnsafeBytes(put) }
  }

  /// Writes what `body` puts, piece after piece, and puts the file in place; once.
  private func write(
    _ body: (_ put: (UnsafeRawBufferPointer) -> Void) -> Void
  ) throws(SpectrumFileError) {
    guard let file = fopen(temporary.path, "wb") else { throw fault(errno) }
    var code: Int32 = 0
    body { bytes in
      if code == 0, fwrite(bytes.baseAddress, 1, bytes.count, file) != bytes.count { code = errno }
    }
    if fclose(file) != 0, code == 0 { code = errno }
    guard code == 0 else { throw fault(code) }
    try temporary.commit()
  }

  private func fault(_ code: Int32) -> SpectrumFileError {
    temporary.discard()
    return SpectrumFileError(
      code == ENOSPC || code == EDQUOT ? .noSpace : .cannotWrite, path: path,
      "\(path) cannot be written: \(String(cString: strerror(code)).lowercased()); nothing was "
        + "changed")
  }
}
