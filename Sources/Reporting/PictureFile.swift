#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The formats that pictures are written in.
package enum PictureFormat: Sendable {
  /// Pixels, ``Canvas/pixelsPerPoint`` to a point.
  case png
  /// Lines and texts that a vector program can edit.
  case svg

  /// The format that the ending of the file's name asks for.
  package init(path: String) throws(ReportingError) {
    let name = path.lowercased()
    if name.hasSuffix(".png") {
      self = .png
    } else if name.hasSuffix(".svg") {
      self = .svg
    } else {
      throw .unknownFormat(path: path)
    }
  }
}

/// Writes a file as a whole or not at all.
enum PictureFile {
  /// Writes `bytes` to a temporary file beside `path`, has it on the disk, and renames it to `path`.
  ///
  /// A file that was there before stays untouched until the new one is complete.
  ///
  /// - Throws: ``ReportingError/cannotWrite(path:reason:)``; the temporary file is then removed.
  static func save(_ bytes: [UInt8], to path: String) throws(ReportingError) {
    let temporary = "\(path).\(getpid()).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path, errno) }
    var error: Int32 = 0
    func check(_ succeeded: Bool) {
      if !succeeded && error == 0 { error = errno }
    }
    check(send(bytes, to: descriptor))
    if error == 0 { check(fsync(descriptor) == 0) }
    check(close(descriptor) == 0)
    if error == 0 { check(rename(temporary, path) == 0) }
    guard error == 0 else {
      unlink(temporary)
      throw failure(path, error)
    }
  }

  private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        write(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private static func failure(_ path: String, _ error: Int32) -> ReportingError {
    .cannotWrite(path: path, reason: String(cString: strerror(error)))
  }
}
