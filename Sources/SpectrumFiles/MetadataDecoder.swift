internal import HDF5
internal import Spectra

/// Reads HyperSpy's dictionaries: groups of attributes, data sets and groups, named by
/// ``MetadataKey``.
///
/// The tree's order is that of the file: attributes first, then data sets and groups.
struct MetadataDecoder {
  /// Arrays with more numbers than this are not taken apart.
  static let largestArray = 100_000
  /// Groups that lie deeper than this are not taken apart: a file can link a group into itself.
  static let greatestDepth = 64

  /// The tree that a group holds.
  ///
  /// - Parameters:
  ///   - group: the group.
  ///   - isHidden: whether it lies in a ``HiddenExperiment``, whose names are escaped.
  /// - Returns: the tree.
  /// - Throws: ``HDF5Error`` when the file is damaged.
  static func tree(of group: Group, isHidden: Bool = false) throws -> MetadataTree {
    try MetadataDecoder(isHidden: isHidden).tree(of: group, depth: 0)
  }

  private let isHidden: Bool

  private func tree(of group: Group, depth: Int) throws -> MetadataTree {
    var tree = MetadataTree()
    for (key, value) in try entries(of: group, depth: depth) { tree[key] = value }
    return tree
  }

  /// The name under which HyperSpy stored what is called `name` in the file.
  private func original(_ name: String) -> String { isHidden ? NeXusName.unescaped(name) : name }

  private func entries(
    of group: Group, depth: Int
  ) throws -> [(key: String, value: MetadataValue)] {
    var entries: [(key: String, value: MetadataValue)] = []
    for (name, stored) in try group.attributes() where !isHidden || name != "NX_class" {
      let key = MetadataKey(attribute: original(name))
      if let name = key.key { entries.append((name, Self.value(of: stored, as: key))) }
    }
    for member in try group.members {
      switch member.kind {
      case .group:
        let key = MetadataKey(group: original(member.name))
        guard let name = key.key else { continue }
        if depth >= Self.greatestDepth {
          entries.append((name, .opaque("group below depth \(Self.greatestDepth)")))
          continue
        }
        let child = try group.group(member.name)
        entries.append((name, try value(of: child, as: key, depth: depth + 1)))
      case .dataset:
        let key = MetadataKey(dataset: original(member.name))
        guard let name = key.key else { continue }
        do {
          entries.append((name, try Self.value(of: group.dataset(member.name), as: key)))
        } catch let error as HDF5Error where Self.isHarmless(error) {
          entries.append((name, .opaque(error.detail)))
        }
      case .datatype: entries.append((member.name, .opaque("data type")))
      case .other: entries.append((member.name, .opaque("unknown object")))
      case .softLink(let target): entries.append((member.name, .opaque("link to \(target)")))
      case .externalLink(let file, let target):
        entries.append((member.name, .opaque("link to \(target) in \(file)")))
      }
    }
    return entries
  }

  /// True when a value cannot be read but the file is sound.
  private static func isHarmless(_ error: HDF5Error) -> Bool {
    switch error.kind {
    case .refused, .wrongType, .filterUnavailable: true
    default: false
    }
  }

  // MARK: Attributes

  private static func value(of stored: AttributeValue, as key: MetadataKey) -> MetadataValue {
    switch (key, stored) {
    case (.emptyList, _): return .list([])
    case (.emptyTuple, _): return .tuple([])
    case (.bytes, .string(let text)): return .bytes(Array(text.utf8))
    case (.date, .string(let text)): return .string(isoDate(text) ?? text)
    case (.time, .string(let text)): return .string(isoTime(text) ?? text)
    default: break
    }
    switch stored {
    case .string("_None_"): return .none
    case .string(let text): return .string(text)
    case .strings(let texts): return .list(texts.map(MetadataValue.string))
    case .bool(let truth): return .bool(truth)
    case .integer(let number): return .integer(number)
    case .real(let number): return .real(number)
    case .complex(let real, let imaginary): return .complex(real: real, imaginary: imaginary)
    case .bytes(let bytes, _): return .bytes(bytes)
    case .numbers(let numbers, let shape): return .array(shape: shape, values: numbers)
    case .empty: return .opaque("empty attribute")
    case .unreadable(let what): return .opaque(what)
    }
  }

  /// `1991-10-01` of `datetime.date(1991, 10, 1)`.
  private static func isoDate(_ text: String) -> String? {
    guard let parts = arguments(text), parts.count == 3 else { return nil }
    return "\(padded(parts[0], 4))-\(padded(parts[1], 2))-\(padded(parts[2], 2))"
  }

  /// `12:00:00` of `datetime.time(12, 0)`.
  private static func isoTime(_ text: String) -> String? {
    guard let parts = arguments(text), (1...4).contains(parts.count) else { return nil }
    let fields = parts.prefix(3) + repeatElement(0, count: max(3 - parts.count, 0))
    let seconds = fields.map { padded($0, 2) }.joined(separator: ":")
    return parts.count == 4 && parts[3] != 0 ? seconds + "." + padded(parts[3], 6) : seconds
  }

  private static func arguments(_ call: String) -> [Int]? {
    guard let open = call.firstIndex(of: "("), let close = call.lastIndex(of: ")"), open < close
    else { return nil }
    let parts = call[call.index(after: open)..<close].split(separator: ",")
    let numbers = parts.compactMap { Int($0.filter { !$0.isWhitespace }) }
    return numbers.count == parts.count ? numbers : nil
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }

  // MARK: Groups

  private func value(
    of group: Group, as key: MetadataKey, depth: Int
  ) throws -> MetadataValue {
    switch key {
    case .list: .list(try sequence(of: group, depth: depth))
    case .tuple: .tuple(try sequence(of: group, depth: depth))
    case .signal: .opaque("signal")
    case .axes: .opaque("axes")
    default: .tree(try tree(of: group, depth: depth))
    }
  }

  /// The members of a sequence that is stored as a group, by number: HyperSpy itself sorts the
  /// numbers as texts, so that its lists of more than ten members come back in another order.
  private func sequence(of group: Group, depth: Int) throws -> [MetadataValue] {
    let entries = try entries(of: group, depth: depth)
    let numbered = entries.enumerated().sorted { left, right in
      (Int(left.element.key) ?? .max, left.offset) < (Int(right.element.key) ?? .max, right.offset)
    }
    return numbered.map(\.element.value)
  }

  // MARK: Data sets

  /// A value of a file that does not follow HyperSpy's dictionaries; nil for one that is not read.
  static func plainValue(of dataset: Dataset) throws -> MetadataValue? {
    do {
      if dataset.elementKind == .string {
        guard isSmall(dataset) else { return nil }
        let texts = try dataset.readStrings()
        return texts.count == 1 ? .string(texts[0]) : .list(texts.map(MetadataValue.string))
      }
      guard isSmall(dataset), case .number(let type) = dataset.elementKind else { return nil }
      switch (kind(of: type), dataset.elementCount) {
      case (.bool, 1): return .bool(try dataset.readIntegers()[0] != 0)
      case (.integer, 1): return .integer(try dataset.readIntegers()[0])
      case (.real, 1): return .real(try dataset.readDoubles()[0])
      case (.complex, _): return nil
      default:
        if case .opaque = try value(of: dataset, as: .plain("")) { return nil }
        return try value(of: dataset, as: .plain(""))
      }
    } catch let error as HDF5Error where isHarmless(error) {
      return nil
    }
  }

  /// The value of an attribute of such a file; nil for one that is not read.
  static func plainValue(of stored: AttributeValue) -> MetadataValue? {
    if case .opaque = value(of: stored, as: .plain("")) { return nil }
    return value(of: stored, as: .plain(""))
  }

  private static func value(of dataset: Dataset, as key: MetadataKey) throws -> MetadataValue {
    switch key {
    case .list:
      if let members = try sequence(of: dataset) { return .list(members) }
    case .tuple:
      if let members = try sequence(of: dataset) { return .tuple(members) }
    default:
      guard isSmall(dataset), case .number(let type) = dataset.elementKind else { break }
      switch kind(of: type) {
      case .integer:
        return .integerArray(shape: dataset.shape, values: try dataset.readIntegers())
      case .real: return .array(shape: dataset.shape, values: try dataset.readDoubles())
      case .bool, .complex: break
      }
    }
    return .opaque(description(of: dataset))
  }

  /// The members of a one-dimensional data set; nil when they are not texts or numbers.
  private static func sequence(of dataset: Dataset) throws -> [MetadataValue]? {
    guard dataset.shape.count == 1, isSmall(dataset) else { return nil }
    switch dataset.elementKind {
    case .string: return try dataset.readStrings().map(MetadataValue.string)
    case .number(let type):
      switch kind(of: type) {
      case .bool: return try dataset.readIntegers().map { .bool($0 != 0) }
      case .integer: return try dataset.readIntegers().map(MetadataValue.integer)
      case .real: return try dataset.readDoubles().map(MetadataValue.real)
      case .complex: return nil
      }
    default: return nil
    }
  }

  private static func isSmall(_ dataset: Dataset) -> Bool {
    dataset.elementCount <= largestArray
  }

  private enum NumberKind {
    case bool
    case integer
    case real
    case complex
  }

  private static func kind(of type: NumberType) -> NumberKind {
    switch type {
    case .bool: .bool
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: .integer
    case .float16, .float32, .float64: .real
    case .complex64, .complex128: .complex
    }
  }

  private static func description(of dataset: Dataset) -> String {
    let shape = dataset.shape.map(String.init).joined(separator: " × ")
    let of = shape.isEmpty ? "" : ", \(shape)"
    return switch dataset.elementKind {
    case .number(let type): "array of \(type)\(of)"
    case .string: "array of texts\(of)"
    case .variableLength: "ragged array\(of)"
    case .opaque: "bytes\(of)"
    case .compound(let names): "table of \(names.joined(separator: ", "))\(of)"
    case .other(let what): "\(what)\(of)"
    }
  }
}
