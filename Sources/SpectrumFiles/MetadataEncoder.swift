internal import HDF5
internal import Spectra

/// Writes HyperSpy's dictionaries; the counterpart of ``MetadataDecoder``.
struct MetadataEncoder {
  /// What could not be written, in words.
  private(set) var losses: [String] = []

  /// Writes all members of a tree into an empty group.
  mutating func write(_ tree: MetadataTree, to group: Group) throws {
    for (key, value) in tree.members { try write(value, key: key, to: group) }
  }

  /// Makes a group that holds `old` hold `new`: what is equal stays as it stands, bit for bit.
  mutating func update(_ group: Group, from old: MetadataTree, to new: MetadataTree) throws {
    for (key, value) in old.members where new[key] != value {
      if case .tree = value, case .tree? = new[key] { continue }
      try Self.remove(key, from: group)
    }
    for (key, value) in new.members where old[key] != value {
      if case .tree(let oldTree)? = old[key], case .tree(let newTree) = value {
        try update(group.group(key), from: oldTree, to: newTree)
      } else {
        try write(value, key: key, to: group)
      }
    }
  }

  /// Removes a value in whatever form it is stored.
  private static func remove(_ key: String, from group: Group) throws {
    for (name, _) in try group.attributes() where MetadataKey(attribute: name).key == key {
      try group.removeAttribute(name)
    }
    for member in try group.members {
      let stored =
        member.kind == .group
        ? MetadataKey(group: member.name) : MetadataKey(dataset: member.name)
      let isShapes = member.name == "_ragged_shapes_\(key)"
      if stored.key == key || isShapes { try group.unlink(member.name) }
    }
  }

  private mutating func write(_ value: MetadataValue, key: String, to group: Group) throws {
    switch value {
    case .tree(let tree): try write(tree, to: group.createGroup(Self.linkName(key)))
    case .string(let text): try group.setAttribute(key, .string(text))
    case .bool(let truth): try group.setAttribute(key, .bool(truth))
    case .integer(let number): try group.setAttribute(key, .integer(number))
    case .real(let number): try group.setAttribute(key, .real(number))
    case .complex(let real, let imaginary):
      try group.setAttribute(key, .complex(real, imaginary))
    case .none: try group.setAttribute(key, .string("_None_"))
    // HDF5 has no opaque value of no bytes; HyperSpy, too, writes an empty text.
    case .bytes(let bytes) where bytes.isEmpty: try group.setAttribute(key, .string(""))
    case .bytes(let bytes): try group.setAttribute("_bs_\(key)", .bytes(bytes, tag: ""))
    case .list(let members): try write(members, "list", key: key, to: group)
    case .tuple(let members): try write(members, "tuple", key: key, to: group)
    // A data set that lies in one piece would keep HyperSpy from loading the file lazily: a single
    // number goes into an attribute, an array of none becomes an empty list.
    case .array(let shape, let values) where shape.isEmpty:
      try group.setAttribute(key, .real(values[0]))
    case .integerArray(let shape, let values) where shape.isEmpty:
      try group.setAttribute(key, .integer(values[0]))
    case .array(let shape, _) where shape.contains(0),
      .integerArray(let shape, _) where shape.contains(0):
      try write([], "list", key: key, to: group)
    case .array(let shape, let values):
      try create(key, .float64, shape: shape, in: group).write(values)
    case .integerArray(let shape, let values):
      try create(key, .int64, shape: shape, in: group).write(values)
    case .opaque(let what):
      losses.append(
        "\(group.path)/\(key) (\(what)) was not written: it can only be carried from a file")
    }
  }

  // MARK: Sequences

  /// Writes a list or tuple: as a data set when its members are all texts, truth values, whole
  /// numbers or real numbers, as a group of numbered members otherwise.
  ///
  /// The numbers get leading zeros, because HyperSpy sorts them as texts.
  private mutating func write(
    _ members: [MetadataValue], _ type: String, key: String, to group: Group
  ) throws {
    let name = Self.linkName(key)
    if members.isEmpty {
      try group.setAttribute("_\(type)_empty_\(key)", .string("_None_"))
    } else if let texts = Self.all(
      members, { if case .string(let text) = $0 { text } else { nil } })
    {
      try group.createStringDataset("_\(type)_\(name)", texts)
    } else if let truths = Self.all(
      members, { if case .bool(let truth) = $0 { truth } else { nil } })
    {
      try create("_\(type)_\(name)", .bool, shape: [truths.count], in: group).write(truths)
    } else if let numbers = Self.all(
      members, { if case .integer(let number) = $0 { number } else { nil } })
    {
      try create("_\(type)_\(name)", .int64, shape: [numbers.count], in: group).write(numbers)
    } else if let numbers = Self.all(
      members, { if case .real(let number) = $0 { number } else { nil } })
    {
      try create("_\(type)_\(name)", .float64, shape: [numbers.count], in: group).write(numbers)
    } else {
      let child = try group.createGroup("_\(type)_\(members.count)_\(name)")
      let width = String(members.count - 1).count
      for (index, member) in members.enumerated() {
        let digits = String(index)
        let padding = String(repeating: "0", count: width - digits.count)
        try write(member, key: padding + digits, to: child)
      }
    }
  }

  private static func all<Value>(
    _ members: [MetadataValue], _ extract: (MetadataValue) -> Value?
  ) -> [Value]? {
    let values = members.compactMap(extract)
    return values.count == members.count ? values : nil
  }

  private func create(
    _ name: String, _ type: NumberType, shape: [Int], in group: Group
  ) throws -> Dataset {
    try group.createDataset(
      Self.linkName(name), type: type, shape: shape, chunk: shape, deflate: 4, shuffle: true,
      fletcher32: true)
  }

  /// A key as the name of a link: `/` and a lone `.` mean something else there.
  private static func linkName(_ key: String) -> String {
    key == "." ? "_" : String(key.map { $0 == "/" ? "-" : $0 })
  }
}
