internal import Spectra

/// The tags of a DigitalMicrograph file: everything in it but the numbers of its images.
///
/// A file is a header and a tree of tags. All lengths and counts are big-endian, 4 bytes wide in
/// version 3 and 8 bytes in version 4 (`n` below); values are in the byte order that the header names.
///
///     header   version (4 bytes), size of what follows (n), byte order of values (4: 1 for little-endian)
///     group    sorted (1), open (1), number of tags (n), the tags
///     tag      kind (1: 20 for a group, 21 for a value), length of the name (2), name,
///              in version 4 the size of the rest (8), then a group, or a value
///     value    %%%%, length of the description (n), description (n each), the bytes
///
/// A description is a code: 2 to 12 for a number; 18 and a length for a text; 15, a length, the number
/// of fields and for each a length and a description for a structure; 20, the description of an element
/// and their number for an array. An array of unsigned 16-bit numbers is a text in UTF-16.
///
/// Gatan publishes no specification; this is what C. Boothroyd found by looking at files
/// (http://www.er-c.org/cbb/info/dmformat/). The tree is that of rosettasciio: nameless tags are
/// `TagGroup0`, … and `Data0`, …, dots are taken out of names, and the numbers of an image stand as
/// `size`, `size_bytes`, `offset` and `endian`.
///
/// No declared number is believed: none may exceed what the rest of the file can hold, and tags,
/// members and nesting have limits far above those of any microscope's file.
struct DigitalMicrographTags {
  /// 3 or 4.
  let version: Int
  /// True when the first byte of a number is its most significant one.
  let isBigEndian: Bool
  /// The tags.
  let root: MetadataTree
  /// What was left out, in words.
  let warnings: [String]

  /// True for the first bytes of a file of version 3 or 4.
  static func begin(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 16, bytes[..<3].allSatisfy({ $0 == 0 }) else { return false }
    let order = bytes[3] == 3 ? 8 : 12
    return (bytes[3] == 3 || bytes[3] == 4)
      && bytes[order..<(order + 3)].allSatisfy { $0 == 0 } && bytes[order + 3] <= 1
  }

  /// Reads the tags of a file whose first bytes are those of one.
  ///
  /// - Throws: ``SpectrumFileError`` when the file ends too early or contradicts itself.
  init(of file: ByteFile) throws(SpectrumFileError) {
    var parser = try TagParser(file)
    root = try parser.group(named: "", depth: 0)
    version = parser.version
    isBigEndian = parser.isBigEndian
    warnings = parser.warnings
  }
}

/// Reads tags one after the other.
private struct TagParser {
  let version: Int
  let isBigEndian: Bool
  private(set) var warnings: [String] = []

  private let file: ByteFile
  /// True when the file is shorter than its header says.
  private let isShort: Bool
  private var position: Int
  /// Bytes of the file around the position.
  private var window: [UInt8] = []
  private var windowStart = 0
  private var tagCount = 0
  private var memberCount = 0

  private static let windowLength = 1 << 16
  private static let deepestGroup = 64
  private static let deepestType = 8
  private static let mostTags = 1_000_000
  /// Arrays above this length stay arrays; below, they are lists, as in rosettasciio.
  private static let longestList = 1 << 16
  private static let longestText = 1 << 20
  /// All members of lists and arrays together.
  private static let mostMembers = 1 << 20

  init(_ file: ByteFile) throws(SpectrumFileError) {
    self.file = file
    let header = try file.read(0..<16)
    version = Int(header[3])
    isBigEndian = header[version == 3 ? 11 : 15] == 0
    position = version == 3 ? 12 : 16
    isShort = Self.bigEndian(header[4..<(position - 4)]) > UInt64(file.size - position)
  }

  // MARK: Groups

  /// Reads the tags of a group, from its first byte on.
  mutating func group(named name: String, depth: Int) throws(SpectrumFileError) -> MetadataTree {
    guard depth <= Self.deepestGroup else { throw damaged("its tags nest too deeply") }
    try skip(2)
    let count = try length()
    // A tag takes at least three bytes.
    guard count <= rest / 3 else {
      throw damaged("a group declares \(count) tags where \(rest) bytes are left")
    }
    tagCount += count
    guard tagCount <= Self.mostTags else {
      throw damaged("it declares more than \(Self.mostTags) tags")
    }
    var members: [(key: String, value: MetadataValue)] = []
    var places: [String: Int] = [:]
    var nameless = (groups: 0, values: 0)
    for _ in 0..<count {
      let kind = Self.bigEndian(try bytes(1))
      var key = Self.name(try bytes(Int(Self.bigEndian(bytes(2)))))
      let value: MetadataValue
      switch kind {
      case 20:
        if key.isEmpty {
          key = "TagGroup\(nameless.groups)"
          nameless.groups += 1
        }
        if version == 4 { try skip(8) }
        value = .tree(try group(named: key, depth: depth + 1))
      case 21:
        if key.isEmpty {
          key = "Data\(nameless.values)"
          nameless.values += 1
        }
        value = try self.value(isImage: name == "ImageData" && key == "Data", named: key)
      default: throw damaged("a tag is of the unknown kind \(kind)")
      }
      if let place = places[key] {
        members[place].value = value
      } else {
        places[key] = members.count
        members.append((key, value))
      }
    }
    return MetadataTree(members: members)
  }

  /// A name as rosettasciio gives it: UTF-8, else Latin-1, without dots; and without NUL, which no
  /// HDF5 name can hold.
  private static func name(_ bytes: ArraySlice<UInt8>) -> String {
    String(text(bytes).filter { $0 != "." && $0 != "\0" })
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  // MARK: Values

  /// How the bytes of a value are to be understood.
  private indirect enum ValueType {
    case number(ElementType)
    case text(length: Int)
    case structure([ValueType])
    case array(of: ValueType, count: Int)
  }

  /// Reads a value, from its mark on; of the numbers of an image only where they lie.
  private mutating func value(
    isImage: Bool, named name: String
  ) throws(SpectrumFileError) -> MetadataValue {
    if version == 4 { try skip(8) }
    guard try bytes(4).allSatisfy({ $0 == UInt8(ascii: "%") }) else {
      throw damaged("the value of \(name) does not begin where it should")
    }
    let number = try length()
    guard number <= rest / width else {
      throw damaged("the description of \(name) declares \(number) numbers, \(rest) bytes are left")
    }
    guard number > 0, number <= Self.longestList else {
      throw damaged("the description of \(name) declares \(number) numbers")
    }
    var description: [Int] = []
    for _ in 0..<number { description.append(try integer()) }
    var unread = description[...]
    let type = try self.type(&unread, named: name, depth: 0)
    guard let size = Self.size(type), size <= rest else {
      throw damaged("\(name) declares more bytes than the \(rest) that are left")
    }
    defer { position += size }
    if isImage {
      let count = if case .array(_, let count) = type { count } else { 1 }
      return .tree(
        MetadataTree([
          "size": .integer(Int64(count)), "endian": .string(isBigEndian ? "big" : "little"),
          "size_bytes": .integer(Int64(size)), "offset": .integer(Int64(position)),
        ]))
    }
    let members = Self.memberCount(type)
    guard memberCount + members <= Self.mostMembers else {
      warnings.append("the tag \(name) was left out: it holds \(members) numbers")
      return .opaque("\(members) numbers")
    }
    memberCount += members
    var values = ValueReader(bytes: try bytes(size, movingOn: false), isBigEndian: isBigEndian)
    return Self.decode(type, &values)
  }

  /// Reads a description.
  private func type(
    _ description: inout ArraySlice<Int>, named name: String, depth: Int
  ) throws(SpectrumFileError) -> ValueType {
    guard depth <= Self.deepestType else { throw damaged("the type of \(name) nests too deeply") }
    func next() throws(SpectrumFileError) -> Int {
      guard let number = description.popFirst(), number >= 0 else {
        throw damaged("the description of \(name) makes no sense")
      }
      return number
    }
    let code = try next()
    if let type = Self.numberTypes[code] { return .number(type) }
    switch code {
    case 18: return .text(length: try next())
    case 15:
      _ = try next()
      let count = try next()
      guard count <= description.count / 2 else {
        throw damaged("\(name) declares a structure of \(count) fields")
      }
      var fields: [ValueType] = []
      for _ in 0..<count {
        _ = try next()
        fields.append(try type(&description, named: name, depth: depth + 1))
      }
      return .structure(fields)
    case 20:
      let element = try type(&description, named: name, depth: depth + 1)
      return .array(of: element, count: try next())
    default: throw damaged("\(name) is of the unknown type \(code)")
    }
  }

  /// The codes of numbers.
  ///
  /// Truth values (8) and characters (9) are small whole numbers.
  private static let numberTypes: [Int: ElementType] = [
    2: .int16, 3: .int32, 4: .uint16, 5: .uint32, 6: .float32, 7: .float64, 8: .uint8, 9: .int8,
    10: .int8, 11: .int64, 12: .uint64,
  ]

  /// The bytes of a value; nil when they are too many to count.
  ///
  /// An element of an array takes one byte
  /// at least: nothing costs memory or time and no room in the file.
  private static func size(_ type: ValueType) -> Int? {
    switch type {
    case .number(let type): return type.byteCount
    case .text(let length): return length
    case .structure(let fields):
      var sum = 0
      for field in fields {
        guard let size = size(field) else { return nil }
        let (total, overflow) = sum.addingReportingOverflow(size)
        if overflow { return nil }
        sum = total
      }
      return sum
    case .array(let element, let count):
      guard let size = size(element), size > 0 || count == 0 else { return nil }
      let (product, overflow) = size.multipliedReportingOverflow(by: count)
      return overflow ? nil : product
    }
  }

  /// The numbers in a value.
  private static func memberCount(_ type: ValueType) -> Int {
    switch type {
    case .number: 1
    case .text(let length): length / 8
    case .structure(let fields): fields.map(memberCount).reduce(1, +)
    case .array(.number, let count): count > longestList ? count / 8 : count
    case .array(let element, let count): 1 + count * memberCount(element)
    }
  }

  private static func decode(_ type: ValueType, _ bytes: inout ValueReader) -> MetadataValue {
    switch type {
    case .number(let type): return bytes.number(type)
    case .text(let length): return .string(text(bytes.take(length)))
    case .structure(let fields): return .tuple(fields.map { decode($0, &bytes) })
    case .array(.number(.uint16), let count) where count > 0 && count <= longestText:
      let units = (0..<count).map { _ in UInt16(truncatingIfNeeded: bytes.unsigned(2)) }
      // What HDF5 cannot hold as a text, or is none, stays numbers.
      if !units.contains(0), let text = String(validating: units, as: UTF16.self) {
        return .string(text)
      }
      return .list(units.map { .integer(Int64($0)) })
    case .array(.number(let type), let count) where count > longestList:
      if type == .float32 || type == .float64 {
        return .array(
          shape: [count],
          values: (0..<count).map { _ in
            if case .real(let value) = bytes.number(type) { value } else { .nan }
          })
      }
      return .integerArray(
        shape: [count],
        values: (0..<count).map { _ in
          if case .integer(let value) = bytes.number(type) { value } else { .max }
        })
    case .array(let element, let count):
      return .list((0..<count).map { _ in decode(element, &bytes) })
    }
  }

  // MARK: Bytes

  /// The width of lengths.
  private var width: Int { version == 3 ? 4 : 8 }

  /// The bytes from the position to the end of the file.
  private var rest: Int { file.size - position }

  /// The next bytes.
  private mutating func bytes(
    _ count: Int, movingOn: Bool = true
  ) throws(SpectrumFileError) -> ArraySlice<UInt8> {
    guard count <= rest else { throw file.truncated }
    let start = position - windowStart
    if start < 0 || start + count > window.count {
      window = try file.read(position..<(position + min(max(count, Self.windowLength), rest)))
      windowStart = position
    }
    let first = position - windowStart
    if movingOn { position += count }
    return window[first..<(first + count)]
  }

  private mutating func skip(_ count: Int) throws(SpectrumFileError) {
    guard count <= rest else { throw file.truncated }
    position += count
  }

  private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The next whole number of the tree itself; it has a sign.
  private mutating func integer() throws(SpectrumFileError) -> Int {
    let value = Self.bigEndian(try bytes(width))
    return width == 4 ? Int(Int32(truncatingIfNeeded: value)) : Int(truncatingIfNeeded: value)
  }

  /// The next length or count.
  private mutating func length() throws(SpectrumFileError) -> Int {
    let value = try integer()
    guard value >= 0 else { throw damaged("it declares a length of \(value)") }
    return value
  }

  /// The error of a file that contradicts itself; one that is shorter than its header says is truncated.
  private func damaged(_ what: String) -> SpectrumFileError {
    if isShort { return file.truncated }
    return SpectrumFileError(
      .damaged, path: file.path,
      "\(file.path) is damaged: at byte \(position), \(what); export it again from DigitalMicrograph"
    )
  }
}

/// Takes numbers off bytes.
private struct ValueReader {
  var bytes: ArraySlice<UInt8>
  let isBigEndian: Bool

  mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }

  mutating func unsigned(_ count: Int) -> UInt64 {
    let taken = take(count)
    return isBigEndian
      ? taken.reduce(0) { $0 << 8 | UInt64($1) }
      : taken.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func number(_ type: ElementType) -> MetadataValue {
    let pattern = unsigned(type.byteCount)
    switch type {
    case .float32: return .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern))))
    case .float64: return .real(Double(bitPattern: pattern))
    case .int8: return .integer(Int64(Int8(truncatingIfNeeded: pattern)))
    case .int16: return .integer(Int64(Int16(truncatingIfNeeded: pattern)))
    case .int32: return .integer(Int64(Int32(truncatingIfNeeded: pattern)))
    case .int64: return .integer(Int64(truncatingIfNeeded: pattern))
    // What 64 bits with a sign cannot hold becomes a real number.
    default: return Int64(exactly: pattern).map { .integer($0) } ?? .real(Double(pattern))
    }
  }
}
