internal import CCrypto

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
    guard let context = EVP_MD_CTX_new() else { fatalError("libcrypto is out of memory") }
    defer { EVP_MD_CTX_free(context) }
    var digest = [UInt8](repeating: 0, count: 32)
    var isGood = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while isGood {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      isGood = EVP_DigestUpdate(context, buffer, count) == 1
    }
    guard ferror(file) == 0 else {
      throw SpectrumFileError(
        .cannotRead, path: path, "\(path) cannot be read to its end; check the disk")
    }
    isGood = isGood && EVP_DigestFinal_ex(context, &digest, nil) == 1
    precondition(isGood, "libcrypto has no SHA-256")
    let digits = Array("0123456789abcdef")
    return digest.reduce(into: "") {
      $0.append(digits[Int($1 >> 4)])
      $0.append(digits[Int($1 & 15)])
    }
  }
}
