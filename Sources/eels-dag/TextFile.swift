import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A text that appears in a file as a whole or not at all.
enum TextFile {
  /// Writes a text to a file, in place of an older one.
  ///
  /// Throws ``SpectrumFileError``; the old file is then as it was.
  static func write(_ text: String, to path: String) throws {
    let temporary = try TemporaryFile(for: path)
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary.path))
    } catch {
      temporary.discard()
      throw Refusal("\(path) cannot be written: is there room on the disk?", .temporary)
    }
    try temporary.commit()
  }
}
