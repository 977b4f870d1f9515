internal import HDF5
internal import Spectra

/// Looks for breaches of ``ValidationRule/nexus``.
///
/// What stands in no NXentry, such as HyperSpy's `/Experiments` in a file for both, is not NeXus's concern.
struct NeXusValidation {
  /// What was found, in the order of the file.
  private(set) var findings: [Finding] = []
  private var seen: Set<ObjectIdentity> = []

  /// Looks at a file.
  init(_ root: Group) throws {
    try lookAtDefault(of: root)
    let entries = try NeXusTree.entries(of: root)
    if entries.isEmpty { find(.nexusEntry, "/", "no such group") }
    for entry in entries {
      try look(at: entry, depth: 0)
      try lookAtHidden(in: entry)
    }
  }

  private mutating func find(_ rule: ValidationRule, _ object: String, _ found: String) {
    findings.append(Finding(rule: rule, object: object, found: found))
  }

  private mutating func look(at group: Group, depth: Int) throws {
    guard depth < MetadataDecoder.greatestDepth, try seen.insert(group.identity).inserted else {
      return
    }
    try lookAtDefault(of: group)
    let kind = try NeXusTree.nexusClass(of: group)
    if kind == nil { find(.nexusClass, group.path, "no NX_class") }
    if kind == "NXdata" { try lookAtData(group) }
    for member in try group.members {
      let path = "\(group.path)/\(member.name)"
      if !Self.isName(member.name) { find(.nexusName, path, "\(member.name.debugDescription)") }
      switch member.kind {
      case .group: try look(at: group.group(member.name), depth: depth + 1)
      case .dataset:
        let dataset = try group.dataset(member.name)
        if dataset.elementKind == .string, dataset.elementCount > 1, try dataset.isFixedSize {
          find(
            .nexusTextArray, path, "\(dataset.elementCount) texts of \(dataset.elementSize) bytes")
        }
      case .datatype, .softLink, .externalLink, .other: continue
      }
    }
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else {
      return false
    }
    return name.unicodeScalars.allSatisfy {
      $0 == "_" || ("0"..."9").contains($0) || ("a"..."z").contains($0) || ("A"..."Z").contains($0)
    }
  }

  private mutating func lookAtDefault(of group: Group) throws {
    guard let value = try group.attribute("default") else { return }
    let name = value.text ?? ""
    if try name == "." || !name.isEmpty && group.contains(name) { return }
    let path = group.path == "/" ? "/" : group.path
    find(.nexusDefault, "\(path)@default", HSPYValidation.words(value))
  }

  // MARK: Data

  private mutating func lookAtData(_ group: Group) throws {
    guard let signal = try NeXusTree.signal(of: group) else {
      return find(.nexusSignal, group.path, "no signal")
    }
    if let value = try group.attribute("signal") {
      let name = value.text ?? ""
      if try name.isEmpty || NeXusTree.dataset(name, of: group) == nil {
        return find(.nexusSignal, "\(group.path)@signal", HSPYValidation.words(value))
      }
    } else if try signal.attribute("signal") != nil {
      find(.nexusSignalOld, signal.path, "signal as an attribute of the data set")
    } else {
      return find(.nexusSignal, group.path, "no attribute signal")
    }
    try lookAtAxes(of: group, signal)
  }

  private mutating func lookAtAxes(of group: Group, _ signal: Dataset) throws {
    if let value = try signal.attribute("axes"), try group.attribute("axes") == nil {
      return find(.nexusSignalOld, "\(signal.path)@axes", HSPYValidation.words(value))
    }
    var names: [String]
    switch try group.attribute("axes") {
    case nil: return
    case .strings(let list)?: names = list
    case .string(let text)?:
      names = [text]
      if text.contains(where: { ":, ".contains($0) }) {
        return find(.nexusAxesList, "\(group.path)@axes", "the text \(text.debugDescription)")
      }
    case let value?:
      return find(.nexusAxesList, "\(group.path)@axes", HSPYValidation.words(value))
    }
    let rank = signal.shape.count
    let isComplete = try names.allSatisfy {
      try $0 == "." || group.attribute("\($0)_indices") != nil
    }
    if names.count != rank && !isComplete {
      find(.nexusAxesCount, "\(group.path)@axes", "\(names.count) names for \(rank) dimensions")
      return
    }
    for (index, name) in names.enumerated() where name != "." {
      try lookAtAxis(name, listed: index, of: group, signal)
    }
  }

  private mutating func lookAtAxis(
    _ name: String, listed index: Int, of group: Group, _ signal: Dataset
  ) throws {
    var places = [index]
    switch try group.attribute("\(name)_indices") {
    case nil: break
    case .numbers(let numbers, _)?: places = numbers.map { Int($0) }
    case let value?: places = [value.wholeNumber.map { Int(clamping: $0) } ?? -1]
    }
    guard places.allSatisfy(signal.shape.indices.contains) else {
      return find(
        .nexusAxisIndices, "\(group.path)@\(name)_indices",
        "\(places) for \(signal.shape.count) dimensions")
    }
    guard let axis = try NeXusTree.anyDataset(name, of: group) else {
      return find(.nexusAxisMissing, group.path, "no \(name)")
    }
    // An axis along several dimensions has a number for every combination; readers differ.
    guard places.count == 1 else { return }
    let count = signal.shape[places[0]]
    guard case .number(let type) = axis.elementKind, !type.isComplex,
      [count, count + 1].contains(axis.elementCount)
    else {
      return find(.nexusAxisLength, axis.path, "the shape \(axis.shape) for \(count) channels")
    }
    let values = try axis.readDoubles()
    guard values.allSatisfy(\.isFinite) else {
      return find(.nexusAxisFinite, axis.path, "NaN or infinity")
    }
    switch NeXusAxes.calibration(values, storedAs: type) {
    case .uniform(let uniform) where uniform.scale > 0: break
    case .uniform: find(.nexusAxisSteps, axis.path, "falling coordinates")
    case .points, .function: find(.nexusAxisSteps, axis.path, "unequal steps")
    }
  }

  private mutating func lookAtHidden(in entry: Group) throws {
    guard try entry.contains(HiddenExperiment.name) else { return }
    let path = "\(entry.path)/\(HiddenExperiment.name)"
    guard let hidden = try HiddenExperiment(in: entry) else {
      return find(.nexusHyperSpy, path, "not the attributes that tell how to move it back")
    }
    if try hidden.data(of: entry) == nil { find(.nexusHyperSpy, path, "no data") }
  }
}
