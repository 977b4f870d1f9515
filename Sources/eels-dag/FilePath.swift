#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the commands need to know about a path.
enum FilePath {
  /// Refuses an output that is one of the inputs, which may be the only copy, or another output.
  ///
  /// Links are followed: two names of one file are the same.
  static func check(outputs: [String], inputs: [String] = []) throws {
    for (index, output) in outputs.enumerated() {
      if inputs.contains(where: { areSame($0, output) }) {
        throw Refusal(
          "\(output) is the input: give the output another name (it may be the only copy)", .usage)
      }
      if outputs[..<index].contains(where: { areSame($0, output) }) {
        throw Refusal(
          "\(output) is named for two outputs: give each a name of its own", .usage)
      }
    }
  }

  /// Refuses an output whose name HyperSpy could not open.
  static func checkEnding(of path: String) throws {
    let endings = [".hspy", ".h5", ".hdf5", ".nxs"]
    guard endings.contains(where: { path.lowercased().hasSuffix($0) }) else {
      throw Refusal(
        "\(path): end the output's name with one of \(endings.joined(separator: ", ")): HSPY and NeXus "
          + "are written, and HyperSpy chooses its reader by the ending", .usage)
    }
  }

  /// Refuses a file in a folder that is not there or cannot be written, and in the place of one that is
  /// write-protected.
  static func checkFolder(of path: String) throws {
    let folder = split(path).folder
    guard access(folder, W_OK | X_OK) == 0 else {
      throw Refusal(
        "\(path) cannot be written: the folder \(folder) is not there or read-only; choose another "
          + "one", .temporary)
    }
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o222 != 0, access(path, W_OK) == 0
    else {
      throw Refusal(
        "\(path) is there, and is write-protected or no ordinary file: choose another name",
        .temporary)
    }
  }

  /// The size of a file; 0 when there is none.
  static func size(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_size) : 0
  }

  /// True for two names of one file, whether it exists or would be made.
  static func areSame(_ left: String, _ right: String) -> Bool {
    if let left = identity(left), let right = identity(right) { return left == right }
    let (left, right) = (split(left), split(right))
    guard left.name == right.name, let folder = identity(left.folder) else { return false }
    return folder == identity(right.folder)
  }

  /// Device and number of what a path leads to; nil when there is nothing.
  private static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return [UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino)]
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }
}
