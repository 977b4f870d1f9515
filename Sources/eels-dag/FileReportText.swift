/// The report as a person reads it.
extension FileReport {
  /// Several lines of text.
  ///
  /// - Parameter isComplete: whether to show original metadata that fill more than a screen, too.
  /// - Returns: the text.
  func text(isComplete: Bool) -> String {
    var lines = ["\(file): \(format), \(Text.bytes(bytes))"]
    lines += warnings.map { "  warning: \($0)" }
    for signal in signals { lines += [""] + signal.lines(isComplete: isComplete) }
    return lines.joined(separator: "\n")
  }
}

extension FileReport.SignalReport {
  /// Original metadata of so many lines are shown only where all is asked for.
  private static let longest = 40

  fileprivate func lines(isComplete: Bool) -> [String] {
    let kind = classes != nil ? "labels" : signalType.isEmpty ? "signal" : "\(signalType) signal"
    let shape = shape.map(String.init).joined(separator: " × ")
    var lines = ["\(title.isEmpty ? name : title) (\(kind), \(shape), \(elementType))"]
    lines += axes.map { "  axis \($0.line)" }
    if let classes {
      lines += classes.map {
        "  class \($0.name): \(Text.count($0.spectra, "spectrum", "spectra"))"
      }
      if let unlabelled, unlabelled > 0 {
        lines.append("  without a class: \(Text.count(unlabelled, "spectrum", "spectra"))")
      }
    }
    lines.append("  stored as \(storage)")
    if let provenance { lines += Self.made(provenance) }
    lines += Self.training(metadata)
    lines += Self.tree(metadata, "metadata")
    let original = Self.tree(originalMetadata, "original metadata")
    if isComplete || original.count <= Self.longest { return lines + original }
    return lines + ["  original metadata: \(original.count - 1) lines, which --verbose shows"]
  }

  private var storage: String {
    let ratio = storedBytes > 0 ? Double(bytes) / Double(storedBytes) : 1
    let chunks =
      chunks.map { "chunks of " + $0.map(String.init).joined(separator: " × ") } ?? "one piece"
    let filters = filters.isEmpty ? "" : ", " + filters.joined(separator: " + ")
    return "\(chunks)\(filters); \(Text.bytes(bytes)) in \(Text.bytes(storedBytes)) "
      + "(\(Text.number(ratio, digits: 2)) : 1)"
  }

  private static func made(_ record: JSONValue) -> [String] {
    guard case .object(let members) = record, case .string(let command)? = members["command"],
      case .string(let version)? = members["version"], case .string(let date)? = members["date"]
    else { return [] }
    var lines = ["  made by eels-dag \(version) \(command) on \(date)"]
    if case .bool(true)? = members["synthetic"] {
      lines.append("  synthetic: no microscope recorded these spectra")
    }
    if case .integer(let seed)? = members["seed"] { lines.append("  seed \(seed)") }
    lines += settings(members)
    guard case .array(let inputs)? = members["inputs"] else { return lines }
    for case .object(let input) in inputs {
      guard case .string(let file)? = input["file"], case .string(let digest)? = input["sha256"]
      else { continue }
      lines.append("  from \(file), SHA-256 \(digest)")
    }
    return lines
  }

  /// What preprocessing chose and flagged.
  private static func settings(_ record: [String: JSONValue]) -> [String] {
    guard record["command"] == .string("preprocess"),
      case .object(let settings)? = record["settings"]
    else { return [] }
    var lines: [String] = []
    for (key, name) in [("backgroundReason", "background"), ("componentReason", "PCA components")] {
      if case .string(let reason)? = settings[key] { lines.append("  \(name): \(reason)") }
    }
    guard case .object(let quality)? = record["quality"], !quality.isEmpty else { return lines }
    let counts = quality.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.brief)" }
    return lines + ["  flagged spectra: " + counts.joined(separator: ", ")]
  }

  /// How the generators of synthetic spectra were trained.
  private static func training(_ metadata: JSONValue) -> [String] {
    guard case .object(let members) = metadata, case .object(let own)? = members[Provenance.branch],
      case .object(let classes)? = own["training"]
    else { return [] }
    return classes.sorted { $0.key < $1.key }.compactMap { key, value in
      guard case .object(let record) = value, let name = record["name"],
        let outcome = record["outcome"], let iterations = record["iterations"]
      else { return nil }
      let ratios = [
        ("final_frechet_distance", "Fréchet distance"), ("frechet_threshold", "threshold"),
        ("final_noise_ratio", "noise ×"), ("final_diversity", "diversity ×"),
        ("final_nearest_neighbour_ratio", "nearest neighbour ×"),
      ].compactMap { key, words in record[key].map { "\(words) \($0.brief)" } }
      return
        "  generator of \(name.brief): stopping criterion \(outcome.brief), \(iterations.brief) "
        + "iterations; " + ratios.joined(separator: ", ")
    }
  }

  /// A metadata tree, one line a value; the records of this program have lines of their own.
  private static func tree(_ value: JSONValue, _ name: String, depth: Int = 1) -> [String] {
    let indent = String(repeating: "  ", count: depth)
    switch value {
    case .object(let members):
      let shown = members.filter { depth > 1 || $0.key != Provenance.branch }
      if shown.isEmpty { return [] }
      return ["\(indent)\(name)"]
        + shown.sorted { $0.key < $1.key }.flatMap { tree($0.value, $0.key, depth: depth + 1) }
    case .array(let members) where members.allSatisfy(\.isScalar):
      let shown = members.prefix(12).map(\.brief).joined(separator: ", ")
      return ["\(indent)\(name): [\(shown)\(members.count > 12 ? ", …" : "")]"]
    case .array(let members):
      return ["\(indent)\(name)"]
        + members.enumerated().flatMap { tree($0.element, "\($0.offset)", depth: depth + 1) }
    default:
      return ["\(indent)\(name): \(value.brief)"]
    }
  }
}

extension FileReport.AxisReport {
  fileprivate var line: String {
    var text = "\(name ?? "(no name)"): \(size)"
    text += role == "signal" ? " channels" : " positions"
    guard let first, let last else {
      return text + (kind == "function" ? ", a function" : ", coordinates that are no numbers")
    }
    let unit = units.map { $0.isEmpty ? "" : " \($0)" } ?? ""
    text += ", \(Text.number(first, digits: 6)) to \(Text.number(last, digits: 6))\(unit)"
    if let scale { text += " by \(Text.number(scale, digits: 6))" } else { text += ", not uniform" }
    return text
  }
}

extension JSONValue {
  fileprivate var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  fileprivate var brief: String {
    switch self {
    case .null: return "none"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .number(let value): return Text.number(value, digits: 6)
    case .string(let text):
      let line = text.replacing("\r\n", with: " ").replacing("\n", with: " ")
      return line.count > 160 ? line.prefix(157) + "…" : line
    case .array(let members): return "\(members.count) members"
    case .object(let members): return "\(members.count) members"
    }
  }
}
