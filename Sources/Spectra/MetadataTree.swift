/// A value in a ``MetadataTree``: everything that HyperSpy's metadata can hold.
public indirect enum MetadataValue: Sendable, Equatable, Codable {
  /// A dictionary.
  case tree(MetadataTree)
  /// A text.
  case string(String)
  /// A truth value.
  case bool(Bool)
  /// A whole number of any width.
  case integer(Int64)
  /// A real number.
  case real(Double)
  /// A complex number.
  case complex(real: Double, imaginary: Double)
  /// Python's `None`.
  case none
  /// A byte string.
  case bytes([UInt8])
  /// A Python list; members in order.
  case list([MetadataValue])
  /// A Python tuple; members in order.
  case tuple([MetadataValue])
  /// An array of real numbers, row-major.
  case array(shape: [Int], values: [Double])
  /// An array of whole numbers, row-major.
  case integerArray(shape: [Int], values: [Int64])
  /// Something the tree does not take apart (a nested signal, a ragged array, a marker set):
  /// what it is, in words. It is carried from file to file as it stands.
  case opaque(String)
}

/// A tree of named values in a fixed order: HyperSpy's `metadata` and `original_metadata`.
public struct MetadataTree: Sendable, Equatable, Codable {
  /// The members, in order.
  public private(set) var members: [(key: String, value: MetadataValue)]

  /// Creates an empty tree.
  public init() { members = [] }

  /// Creates a tree from pairs; a later pair replaces an earlier one of the same key.
  public init(_ pairs: KeyValuePairs<String, MetadataValue>) {
    members = []
    for (key, value) in pairs { self[key] = value }
  }

  /// Creates a tree of many members, whose keys must differ.
  public init(members: [(key: String, value: MetadataValue)]) {
    precondition(Set(members.map(\.key)).count == members.count, "two members of one key")
    self.members = members
  }

  /// The value of a direct member; assigning nil removes it.
  public subscript(key: String) -> MetadataValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (nil, let value?): members.append((key, value))
      case (let index?, nil): members.remove(at: index)
      case (nil, nil): break
      }
    }
  }

  /// The value at a path such as `["General", "title"]`; assigning creates the trees on the way.
  public subscript(path path: [String]) -> MetadataValue? {
    get {
      guard let key = path.first, let value = self[key] else { return nil }
      if path.count == 1 { return value }
      guard case .tree(let child) = value else { return nil }
      return child[path: Array(path.dropFirst())]
    }
    set {
      guard let key = path.first else { return }
      if path.count == 1 {
        self[key] = newValue
        return
      }
      var child = MetadataTree()
      if case .tree(let existing)? = self[key] { child = existing }
      child[path: Array(path.dropFirst())] = newValue
      self[key] = .tree(child)
    }
  }

  /// The text at a path; nil when there is none or it is not a text.
  public func string(_ path: String...) -> String? {
    if case .string(let text)? = self[path: path] { text } else { nil }
  }

  /// The number at a path; nil when there is none or it is not a real or whole number.
  public func number(_ path: String...) -> Double? {
    switch self[path: path] {
    case .real(let value)?: value
    case .integer(let value)?: Double(value)
    default: nil
    }
  }

  /// True when the tree has no members.
  public var isEmpty: Bool { members.isEmpty }

  /// One member in a coded tree, which keeps their order.
  private struct Member: Codable {
    var key: String
    var value: MetadataValue
  }

  /// Reads the members in order.
  public init(from decoder: any Decoder) throws {
    self.init()
    for member in try [Member](from: decoder) { self[member.key] = member.value }
  }

  /// Writes the members in order.
  public func encode(to encoder: any Encoder) throws {
    try members.map { Member(key: $0.key, value: $0.value) }.encode(to: encoder)
  }

  /// Two trees are equal when they hold the same values under the same keys in the same order.
  public static func == (left: MetadataTree, right: MetadataTree) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
  }
}
