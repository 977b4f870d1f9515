#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Digests of whole files, for provenance.
public enum FileDigest {
  /// The SHA-256 digest (FIPS 180-4) of a file's bytes, 64 hexadecimal digits.
  ///
  /// Reads a megabyte at a time.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be read.
  public static func sha256(ofFile path: String) throws(SpectrumFileError) -> String {
    guard let file = fopen(path, "rb") else {
      let code = errno
      throw SpectrumFileError(
        code == ENOENT ? .missing : .cannotRead, path: path,
        "\(path) cannot be read: \(String(cString: strerror(code)).lowercased())")
    }
    defer { fclose(file) }
    let digest = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    guard ferror(file) == 0 else {
      throw SpectrumFileError(
        .cannotRead, path: path, "\(path) cannot be read to its end; check the disk")
    }
    return digest.finish()
  }
}
