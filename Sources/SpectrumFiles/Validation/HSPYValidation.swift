internal import HDF5

/// Looks for breaches of ``ValidationRule/hspy``.
struct HSPYValidation {
  /// What was found, in the order of the file.
  private(set) var findings: [Finding] = []
  private var version = FormatVersion(major: 1, minor: 0)

  private static let renamed = FormatVersion(major: 1, minor: 2)
  private static let navigates = FormatVersion(major: 2, minor: 1)
  private static let binsAxes = FormatVersion(major: 3, minor: 1)

  /// Looks at a file.
  init(_ root: Group) throws {
    guard case .group? = try kind(of: "Experiments", in: root) else {
      find(.experiments, "/", "only \(try root.members.map(\.name).joined(separator: ", "))")
      return
    }
    let experiments = try root.group("Experiments")
    var groups: [Group] = []
    var seen: Set<ObjectIdentity> = []
    for member in try experiments.members {
      switch member.kind {
      case .group, .softLink:
        guard let group = try ExperimentGroup.group(member, of: experiments) else {
          find(.link, "/Experiments/\(member.name)", "a link that leads to no group")
          continue
        }
        guard case .dataset? = try kind(of: "data", in: group),
          try seen.insert(group.identity).inserted
        else { continue }
        groups.append(group)
      case .externalLink(let file, _):
        find(.link, "/Experiments/\(member.name)", "a link into \(file)")
      case .dataset, .datatype, .other: continue
      }
    }
    try lookAtVersion(root, groups)
    if groups.isEmpty { find(.signal, "/Experiments", "no such group") }
    for group in groups { try look(at: group) }
  }

  private mutating func find(_ rule: ValidationRule, _ object: String, _ found: String) {
    findings.append(Finding(rule: rule, object: object, found: found))
  }

  private func kind(of name: String, in group: Group) throws -> Member.Kind? {
    try group.members.first { $0.name == name }?.kind
  }

  // MARK: The file

  private mutating func lookAtVersion(_ root: Group, _ groups: [Group]) throws {
    let isNew = try groups.contains { try $0.contains("metadata") }
    let isOld = try groups.contains { try $0.contains("mapped_parameters") }
    switch try root.attribute("file_format_version") {
    case nil:
      if isNew {
        version = .current
        find(.formatVersion, "/", "no such attribute, but metadata of a later version than 1.0")
      }
    case let stored?:
      guard let known = FormatVersion(stored) else {
        version = .current
        return find(.formatVersion, "/@file_format_version", Self.words(stored))
      }
      version = known
      if version > .current { find(.formatNewer, "/@file_format_version", "\(version)") }
      let claimsOld = version < Self.renamed
      if claimsOld && isNew && !isOld || !claimsOld && isOld && !isNew {
        find(
          .formatTrue, "/@file_format_version",
          "\(version), but \(claimsOld ? "metadata" : "mapped_parameters")")
        // What follows is judged by what is there.
        version = claimsOld ? .current : FormatVersion(major: 1, minor: 1)
      }
    }
  }

  // MARK: A signal

  private mutating func look(at group: Group) throws {
    let isPackaged = try group.attribute("package") != nil
    if isPackaged, try group.attribute("package_version") == nil {
      find(.package, group.path, "package alone")
    }
    let names =
      version < Self.renamed
      ? ["mapped_parameters", "original_parameters"] : ["metadata", "original_metadata"]
    for (name, rule) in zip(names, [ValidationRule.metadata, .originalMetadata])
    where try !group.contains(name) {
      find(rule, group.path, "no \(name)")
    }
    if version >= Self.renamed, try group.contains("metadata") { try lookAtMetadata(of: group) }
    let data = try group.dataset("data")
    try look(at: data, in: group)
    let navigation = try lookAtAxes(of: group, shape: data.shape)
    try lookAtResults(of: group, positions: navigation)
    try lookAtDictionaries(in: group)
  }

  private mutating func lookAtMetadata(of group: Group) throws {
    let entries = [
      ("General", "title", ValidationRule.title), ("Signal", "signal_type", .signalType),
    ]
    for (branch, key, rule) in entries {
      let path = "metadata/\(branch)"
      guard try group.contains(path), let value = try group.group(path).attribute(key) else {
        find(rule, "\(group.path)/\(path)", "no \(key)")
        continue
      }
      if case .string = value { continue }
      find(rule, "\(group.path)/\(path)@\(key)", Self.words(value))
    }
  }

  private mutating func look(at data: Dataset, in group: Group) throws {
    switch data.elementKind {
    case .number, .compound: break
    case .opaque: find(.dataType, data.path, "bytes")
    case .string: find(.dataType, data.path, "texts")
    case .other(let what): find(.dataType, data.path, what)
    case .variableLength:
      let name =
        version < FormatVersion(major: 3, minor: 3) ? "ragged_shapes" : "_ragged_shapes_data"
      if try !group.contains(name) { find(.raggedShapes, group.path, "no \(name)") }
    }
    if data.shape.isEmpty { find(.dataShape, data.path, "a single value") }
    if data.shape.contains(0) { find(.dataEmpty, data.path, "the shape \(data.shape)") }
    for filter in data.filters where filter.id > 6 {
      find(.filter, data.path, "\(filter.name) (\(filter.id))")
    }
  }

  // MARK: Axes

  /// Looks at the axes; the number of positions, where every axis says whether it navigates.
  private mutating func lookAtAxes(of group: Group, shape: [Int]) throws -> Int? {
    var groups: [Group] = []
    for index in shape.indices {
      guard case .group? = try kind(of: "axis-\(index)", in: group) else { break }
      groups.append(try group.group("axis-\(index)"))
    }
    let list = "_list_\(shape.count)_axes"
    if groups.count < shape.count, try group.contains(list) {
      let members = try group.group(list)
      groups = try members.members.map(\.name).sorted().map { try members.group($0) }
    }
    if groups.count < shape.count {
      find(.axes, group.path, "\(groups.count) axes for \(shape.count) dimensions")
    }
    let isRecorded =
      try group.contains("metadata/Signal")
      && group.group("metadata/Signal").attribute("record_by") != nil
    var positions: Int? = 1
    var signalAxes: [Group] = []
    for (axis, count) in zip(groups, shape) {
      let navigates = try look(at: axis, count: count, mayBeSilent: isRecorded)
      if navigates == false { signalAxes.append(axis) }
      positions = navigates.flatMap { isNavigation in
        positions.map { isNavigation ? $0 * count : $0 }
      }
    }
    try lookAtBinning(of: group, signalAxes)
    return positions
  }

  /// Looks at what says whether the signal axes are binned: one of two places, or both.
  private mutating func lookAtBinning(of group: Group, _ axes: [Group]) throws {
    let places = try axes.filter { try $0.attribute("is_binned") != nil }
    let isNew = version >= Self.binsAxes
    let parent = "metadata/Signal"
    let signal = try group.contains(parent) ? group.group(parent) : nil
    guard let stored = try signal?.attribute("binned") else {
      if try signal?.attribute("signal_type")?.text == "EELS" {
        for axis in places where try axis.attribute("is_binned")?.truth == false {
          find(.binnedEELS, "\(axis.path)@is_binned", "false")
        }
      }
      // Below 1.2 the metadata stand elsewhere.
      if !isNew, version >= Self.renamed, let axis = places.first {
        find(.binnedPlace, "\(axis.path)@is_binned", "version \(version)")
      }
      return
    }
    let object = "\(group.path)/\(parent)@binned"
    guard case .bool(let truth) = stored else {
      return find(.binned, object, Self.words(stored))
    }
    for axis in places where try axis.attribute("is_binned")?.truth == !truth {
      find(.binnedAgrees, "\(axis.path)@is_binned", "\(!truth), but binned is \(truth)")
    }
    if isNew { find(.binnedPlace, object, "version \(version)") }
  }

  private mutating func look(at axis: Group, count: Int, mayBeSilent: Bool) throws -> Bool? {
    var navigates: Bool?
    switch try axis.attribute("navigate") {
    case .bool(let value)?: navigates = value
    case nil:
      if version >= Self.navigates && !mayBeSilent {
        find(.axisNavigateMissing, axis.path, "no navigate")
      }
    case let value?: find(.axisNavigate, "\(axis.path)@navigate", Self.words(value))
    }
    switch try axis.attribute("is_binned") {
    case nil, .bool?: break
    case let value?: find(.axisBinned, "\(axis.path)@is_binned", Self.words(value))
    }
    for name in ["name", "units", "expression", "_type"] {
      guard let value = try axis.attribute(name) else { continue }
      if case .string(let text) = value {
        if ["name", "units"].contains(name), text == "_None_" {
          find(.axisNameless, "\(axis.path)@\(name)", text)
        }
        continue
      }
      find(.axisText, "\(axis.path)@\(name)", Self.words(value))
    }
    try lookAtCalibration(of: axis, count: count)
    return navigates
  }

  private mutating func lookAtCalibration(of axis: Group, count: Int) throws {
    let type = try axis.attribute("_type")?.text ?? "UniformDataAxis"
    switch type {
    case "UniformDataAxis":
      try lookAtSize(of: axis, count: count)
      try lookAtScale(of: axis)
    case "DataAxis":
      guard case .dataset? = try kind(of: "axis", in: axis) else {
        return find(.axisType, axis.path, "a DataAxis without axis")
      }
      let dataset = try axis.dataset("axis")
      guard case .number(let number) = dataset.elementKind, !number.isComplex,
        dataset.shape == [count]
      else {
        return find(.axisPoints, dataset.path, "the shape \(dataset.shape) for \(count) channels")
      }
      let points = try dataset.readDoubles()
      let steps = zip(points.dropFirst(), points).map { $0 - $1 }
      if !steps.allSatisfy({ $0 > 0 }) && !steps.allSatisfy({ $0 < 0 }) {
        find(.axisOrder, dataset.path, "coordinates that turn or stand still")
      }
    case "FunctionalDataAxis":
      guard try axis.attribute("expression") != nil, case .group? = try kind(of: "x", in: axis)
      else { return find(.axisType, axis.path, "a FunctionalDataAxis without expression or x") }
      let x = try axis.group("x")
      try lookAtSize(of: x, count: count)
      try lookAtScale(of: x)
    default: find(.axisType, "\(axis.path)@_type", type)
    }
  }

  private mutating func lookAtSize(of axis: Group, count: Int) throws {
    let size = try axis.attribute("size")
    if size?.number == Double(count) { return }
    find(
      .axisSize, axis.path,
      size.map { "the size \(Self.words($0)) for \(count) channels" } ?? "no size")
  }

  private mutating func lookAtScale(of axis: Group) throws {
    for name in ["scale", "offset"] {
      guard let value = try axis.attribute(name) else { continue }
      if let number = value.number, number.isFinite, name == "offset" || number != 0 { continue }
      find(.axisCalibration, "\(axis.path)@\(name)", Self.words(value))
    }
  }

  // MARK: Results and dictionaries

  private mutating func lookAtResults(of group: Group, positions: Int?) throws {
    guard case .group? = try kind(of: "learning_results", in: group) else { return }
    let results = try group.group("learning_results")
    func shape(_ name: String) throws -> [Int]? {
      guard case .dataset? = try kind(of: name, in: results) else { return nil }
      return try results.dataset(name).shape
    }
    if let loadings = try shape("loadings"), let factors = try shape("factors"),
      loadings.count != 2 || factors.count != 2 || loadings[1] != factors[1]
    {
      find(
        .loadings, "\(results.path)/loadings", "the shape \(loadings) beside factors of \(factors)")
    }
    if let labels = try shape("cluster_labels"), let positions,
      labels.count != 2 || labels[1] != positions
    {
      find(
        .clusterLabels, "\(results.path)/cluster_labels",
        "the shape \(labels) for \(positions) positions")
    }
  }

  /// Looks at everything below a signal: arrays in one piece, and lists that HyperSpy would sort anew.
  private mutating func lookAtDictionaries(in group: Group, depth: Int = 0) throws {
    guard depth < MetadataDecoder.greatestDepth else { return }
    let attributes = try group.attributes().map(\.name)
    let members = try group.members
    if MetadataKey(group: group.path.split(separator: "/").last.map(String.init) ?? "").isSequence {
      let names = attributes + members.map(\.name)
      let keys = names.map { MetadataKey(dataset: $0).key ?? $0 }.filter { Int($0) != nil }
      if keys.count > 10, Set(keys.map(\.count)).count > 1 {
        find(.listOrder, group.path, "\(keys.count) members")
      }
    }
    for member in members {
      switch member.kind {
      case .group: try lookAtDictionaries(in: group.group(member.name), depth: depth + 1)
      case .dataset:
        let dataset = try group.dataset(member.name)
        // Texts are read at once, also when all else is left in the file.
        if dataset.chunkShape == nil, dataset.elementKind != .string {
          find(.chunks, dataset.path, "an array in one piece")
        }
      case .datatype, .softLink, .externalLink, .other: continue
      }
    }
  }

  // MARK: Words

  /// A value in a few words.
  static func words(_ value: AttributeValue) -> String {
    switch value {
    case .string(let text): "the text \(text.prefix(40).debugDescription)"
    case .strings(let texts): "a list of \(texts.count) \(texts.count == 1 ? "text" : "texts")"
    case .bool(let truth): "the truth value \(truth)"
    case .integer(let number): "the integer \(number)"
    case .real(let number): "the number \(number)"
    case .complex: "a complex number"
    case .bytes: "bytes"
    case .numbers(let numbers, _): "an array of \(numbers.count)"
    case .empty: "nothing"
    case .unreadable(let what): what
    }
  }
}

extension MetadataKey {
  /// True for a list or tuple.
  fileprivate var isSequence: Bool {
    switch self {
    case .list, .tuple: true
    default: false
    }
  }
}
