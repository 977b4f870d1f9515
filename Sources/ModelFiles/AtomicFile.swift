internal import SpectrumFiles

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A file whose bytes are written at once: until the end, and after any failure, an old file of the name
/// stays as it is.
final class AtomicFile {
  /// The final name.
  let path: String
  private let temporary: TemporaryFile

  /// Checks that a file of this name can be written; creates nothing.
  init(writing path: String) throws(SpectrumFileError) {
    self.path = path
    temporary = try TemporaryFile(for: path)
  }

  /// Writes what `body` puts, piece after piece, and puts the file in place; once.
  func write(
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
