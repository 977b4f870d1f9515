internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A file that becomes visible under its final name in one step, or not at all.
///
/// The bytes go to `.name.partial-HOST-PID-RANDOM` in the folder of the final name. Committing brings
/// them to the disk (fsync), renames and brings the folder to the disk: after a crash at any moment
/// the final name means the old file or the complete new one. What a killed process of this machine left
/// under such a name goes when the next one writes the same file.
package final class TemporaryFile {
  /// Where the bytes go.
  package let path: String
  /// The final name; a symbolic link is followed, so that the link stays.
  let destination: String
  private let slot: Int?
  private var isPending = true
  private let writing = BackgroundWriting()

  /// Chooses the temporary name; creates nothing.
  ///
  /// - Throws: ``SpectrumFileError`` when the folder is not there or may not be written, or when
  ///   the name stands for a write-protected file or for anything but an ordinary file.
  package init(for path: String) throws(SpectrumFileError) {
    destination = Self.resolved(path)
    let (folder, name) = Self.split(destination)
    guard !name.isEmpty || destination.hasSuffix("/") else {
      throw SpectrumFileError(
        .cannotWrite, path: path, "the file to write has an empty name; give it one")
    }
    var status = stat()
    if stat(destination, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR:
        throw SpectrumFileError(
          .cannotWrite, path: path, "\(path) is a folder; give the name of a file in it")
      default:
        throw SpectrumFileError(
          .cannotWrite, path: path, "\(path) is not an ordinary file; give another name")
      }
      // Renaming would replace it all the same; what nobody may write is protected even from root.
      guard status.st_mode & 0o222 != 0, access(destination, W_OK) == 0 else {
        throw SpectrumFileError(
          .cannotWrite, path: path,
          "\(path) is write-protected; give another name, or allow writing to it")
      }
    }
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw SpectrumFileError(
        .cannotWrite, path: path, "\(path) cannot be written: there is no folder \(folder); make it"
      )
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw SpectrumFileError(
        .cannotWrite, path: path,
        "\(path) cannot be written: the folder \(folder) is read-only; choose another one")
    }
    // Not a number of the physics: two writers of one process must not meet.
    let random = UInt32.random(in: 0 ... .max)
    let place = folder == "/" ? "/" : folder + "/"
    // File names end at 255 bytes.
    let stem = "." + String(decoding: name.utf8.prefix(200), as: UTF8.self) + Self.mark
    Self.removeLeftovers(in: place, stem)
    self.path = place + stem + "\(getpid())-\(String(random, radix: 16))"
    slot = TemporaryFileTable.register(self.path)
  }

  deinit { discard() }

  /// Puts the finished, closed file in place.
  ///
  /// - Throws: ``SpectrumFileError``; the old file is then as it was.
  package func commit() throws(SpectrumFileError) {
    precondition(isPending, "\(destination) was committed or discarded before")
    var status = stat()
    if stat(destination, &status) == 0 { chmod(path, status.st_mode & 0o7777) }
    guard writing.wasGood(), Self.synchronise(path), rename(path, destination) == 0 else {
      let code = errno
      let reason = String(cString: strerror(code))
      discard()
      throw SpectrumFileError(
        code == ENOSPC || code == EDQUOT ? .noSpace : .cannotWrite, path: destination,
        "\(destination) cannot be written: \(reason.lowercased()); nothing was changed")
    }
    // Some network file systems cannot synchronise a folder; the file itself is safe by then.
    _ = Self.synchronise(Self.split(destination).folder)
    finish()
  }

  /// Begins to bring to the disk what was written so far, so that ``commit()`` need not wait for all of
  /// it.
  func startWriting() { writing.start(path) }

  /// Removes the temporary file.
  package func discard() {
    guard isPending else { return }
    unlink(path)
    finish()
  }

  /// What stands between the final name and the number of the process: a digest of the machine's name,
  /// for processes of several machines may write into one folder.
  private static let mark: String = {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    // FNV-1a, 32 bits.
    let digest = name.prefix { $0 != 0 }.reduce(UInt32(2_166_136_261)) {
      ($0 ^ UInt32(UInt8(bitPattern: $1))) &* 16_777_619
    }
    return ".partial-\(String(digest, radix: 16))-"
  }()

  /// Removes the temporary files of this final name whose processes are gone.
  private static func removeLeftovers(in folder: String, _ stem: String) {
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    var leftovers: [String] = []
    while let entry = readdir(entries) {
      // Not as the array that it is declared as: the entry may end before that does.
      guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
      let name = String(
        cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
      guard name.hasPrefix(stem) else { continue }
      let numbers = name.dropFirst(stem.count).split(separator: "-")
      guard numbers.count == 2, let process = pid_t(numbers[0]), process > 0 else { continue }
      if kill(process, 0) != 0, errno == ESRCH { leftovers.append(folder + name) }
    }
    for leftover in leftovers { unlink(leftover) }
  }

  private func finish() {
    isPending = false
    if let slot { TemporaryFileTable.release(slot) }
  }

  fileprivate static func synchronise(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    let result = fsync(descriptor)
    let code = errno
    close(descriptor)
    errno = code
    return result == 0
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
  }
}

/// The temporary files of this process, in a form that a signal handler may use.
///
/// Fixed buffers of C strings, never freed; an empty string is a free slot. A writer beyond the
/// last slot is not in the table: its file goes when it is discarded, but not by a signal.
enum TemporaryFileTable {
  private static let slots = 16
  private static let length = 4096
  // The buffer lives as long as the process and is written under the lock only; a signal handler
  // reads it, and sees a name only after its first byte, written last, is there.
  nonisolated(unsafe) private static let names: UnsafeMutablePointer<CChar> = {
    let names = UnsafeMutablePointer<CChar>.allocate(capacity: slots * length)
    names.initialize(repeating: 0, count: slots * length)
    return names
  }()
  private static let lock = Mutex(())

  static func register(_ path: String) -> Int? {
    let bytes = path.utf8CString
    guard bytes.count > 1, bytes.count <= length else { return nil }
    return lock.withLock { _ in
      guard let slot = (0..<slots).first(where: { names[$0 * length] == 0 }) else { return nil }
      for index in bytes.indices.dropFirst() { names[slot * length + index] = bytes[index] }
      names[slot * length] = bytes[0]
      return slot
    }
  }

  static func release(_ slot: Int) {
    lock.withLock { _ in names[slot * length] = 0 }
  }

  /// Removes all of them; calls nothing but `unlink`.
  static func removeAll() {
    for slot in 0..<slots where names[slot * length] != 0 { unlink(names + slot * length) }
  }
}

/// Brings a growing file to the disk while it is being written.
///
/// The system reports a failure to write once: what is seen here has to be kept.
private final class BackgroundWriting: Sendable {
  private let state = Mutex<(isRunning: Bool, code: CInt)>((false, 0))
  private let group = DispatchGroup()
  // A thread of its own: one that waits in the common pool would be replaced there by another.
  private let queue = DispatchQueue(label: "to the disk")

  /// Starts, unless the last start is still at work.
  func start(_ path: String) {
    let isFree = state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard isFree else { return }
    queue.async(group: group) { [self] in
      let code = TemporaryFile.synchronise(path) ? 0 : errno
      state.withLock { $0 = (false, $0.code == 0 ? code : $0.code) }
    }
  }

  /// Waits for the end; false, and `errno` says why, when anything could not be written.
  func wasGood() -> Bool {
    group.wait()
    let code = state.withLock { $0.code }
    errno = code
    return code == 0
  }
}
