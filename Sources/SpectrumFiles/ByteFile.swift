#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A file that is read at any place, by several threads at once if need be.
final class ByteFile: Sendable {
  /// The file.
  let path: String
  /// Its size in bytes, at the time of opening.
  let size: Int

  private let descriptor: Int32

  /// Opens an ordinary file.
  ///
  /// - Throws: ``SpectrumFileError`` of kind `missing` or `cannotRead`.
  init(reading path: String) throws(SpectrumFileError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR {
        throw SpectrumFileError(.missing, path: path, OtherFile.sentence(aboutMissing: path))
      }
      throw SpectrumFileError(
        .cannotRead, path: path,
        "\(path) cannot be read: \(String(cString: strerror(code)).lowercased())")
    }
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      size = 0
      let what =
        status.st_mode & S_IFMT == S_IFDIR
        ? "it is a folder; name a file in it" : "it is not an ordinary file"
      throw SpectrumFileError(.cannotRead, path: path, "\(path) cannot be read: \(what)")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads the bytes of a range within the file.
  ///
  /// - Throws: ``SpectrumFileError`` of kind `truncated` when the file ends before them, or
  ///   `cannotRead`.
  func read(_ range: Range<Int>) throws(SpectrumFileError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= size else { throw truncated }
    var failure: SpectrumFileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      do throws(SpectrumFileError) {
        try read(range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
        count = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Reads the whole file.
  ///
  /// - Throws: ``SpectrumFileError`` as ``read(_:)`` does.
  func readAll() throws(SpectrumFileError) -> [UInt8] { try read(0..<size) }

  /// Fills a buffer with the bytes from an offset on.
  ///
  /// - Throws: ``SpectrumFileError`` as ``read(_:)`` does.
  func read(
    _ offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SpectrumFileError) {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw truncated
      } else if errno != EINTR {
        throw SpectrumFileError(
          .cannotRead, path: path,
          "\(path) cannot be read: \(String(cString: strerror(errno)).lowercased()); check the disk"
        )
      }
    }
  }

  /// The error of a file that ends too early.
  var truncated: SpectrumFileError {
    SpectrumFileError(
      .truncated, path: path,
      "\(path) is truncated: it ends before its contents do; copy it again")
  }
}
