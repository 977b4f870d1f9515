/// Names that every reader of NeXus accepts, for names that may be anything.
///
/// NeXus allows letters, digits and underscores, no digit first (the strictest rule of its history:
/// https://manual.nexusformat.org/datarules.html). Every other character, a first digit, and the
/// underscore before a `u` become `_uHEX_` with the number of their Unicode scalar: `axis-0` is
/// `axis_u2d_0`. Whoever reads from left to right finds the old name again.
enum NeXusName {
  /// The name that stands for `name`.
  static func escaped(_ name: String) -> String {
    // Marks of the groups themselves: the name is taken.
    if name == "NX_class" { return "_u4e_X_class" }
    let scalars = Array(name.unicodeScalars)
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      let isPlain =
        switch scalar {
        case "0"..."9": index > 0
        case "_": index + 1 == scalars.count || scalars[index + 1] != "u"
        default: isLetter(scalar)
        }
      if isPlain {
        result.unicodeScalars.append(scalar)
      } else {
        result += "_u\(String(scalar.value, radix: 16))_"
      }
    }
    return result
  }

  /// The name for which `name` stands.
  static func unescaped(_ name: String) -> String {
    var result = ""
    var rest = Substring(name)
    while let mark = rest.firstRange(of: "_u") {
      result += rest[..<mark.lowerBound]
      let after = rest[mark.upperBound...]
      if let end = after.firstIndex(of: "_"), let number = UInt32(after[..<end], radix: 16),
        let scalar = Unicode.Scalar(number)
      {
        result.unicodeScalars.append(scalar)
        rest = after[after.index(after: end)...]
      } else {
        // No name of ours.
        result += "_u"
        rest = after
      }
    }
    return result + rest
  }

  /// True for the name of a file that is to be NeXus alone.
  static func isEnding(of path: String) -> Bool {
    let name = path.lowercased()
    return name.hasSuffix(".nxs") || name.hasSuffix(".nexus")
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }
}
