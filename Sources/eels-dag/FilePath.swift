#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the commands need to know about a path.
enum FilePath {
  /// Refuses an output that is one of the inputs: they may be the only copy.
  static func checkOutput(_ output: String, isNotOneOf inputs: [String]) throws {
    let resolved = resolve(output)
    for input in inputs where resolve(input) == resolved {
      throw Refusal(
        "\(output) is the input: give the output another name (it may be the only copy)", .usage)
    }
  }

  /// The size of a file; 0 when there is none.
  static func size(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_size) : 0
  }

  private static func resolve(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path()
  }
}
