internal import HDF5

/// The version of the HSPY format, as far as it decides how a file is read.
struct FormatVersion: Comparable, CustomStringConvertible {
  /// The version that is written, and the highest that is known.
  static let current = FormatVersion(major: 3, minor: 3)

  var major: Int
  var minor: Int

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `3.3`, in text or as a number; nil when it is neither.
  init?(_ value: AttributeValue) {
    let text: String
    switch value {
    case .string(let string): text = string
    case .real(let number): text = String((number * 100).rounded() / 100)
    case .integer(let number): text = String(number)
    default: return nil
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first, let major = Int(first) else { return nil }
    guard let minor = parts.count > 1 ? Int(parts[1]) : 0 else { return nil }
    self.init(major: major, minor: minor)
  }

  var description: String { "\(major).\(minor)" }

  static func < (left: FormatVersion, right: FormatVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
