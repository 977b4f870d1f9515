internal import CHDF5

/// What the elements of a dataset or an attribute are.
public enum ElementKind: Sendable, Equatable {
  /// Numbers of any byte order, or truth values.
  case number(NumberType)
  /// Texts of fixed or variable length.
  case string
  /// Sequences of various lengths: ragged arrays.
  case variableLength
  /// Bytes whose meaning the file does not know, with their tag.
  case opaque(tag: String)
  /// Records with these members, for example RGBA.
  case compound([String])
  /// Anything else, in words.
  case other(String)

  /// In words, for messages.
  var words: String {
    switch self {
    case .number(let type): type.rawValue
    case .string: "text"
    case .variableLength: "arrays of various lengths"
    case .opaque(let tag): tag.isEmpty ? "opaque bytes" : "opaque bytes (\(tag))"
    case .compound(let names): "records of \(names.joined(separator: ", "))"
    case .other(let words): words
    }
  }
}

extension ElementKind {
  /// Reads the kind off an HDF5 datatype.
  init(of type: hid_t, at site: CallSite) throws(HDF5Error) {
    let size = try Self.size(of: type, at: site)
    switch H5T_class_t(try site.call { H5Tget_class(type).rawValue }) {
    case H5T_INTEGER:
      let signed = try site.call { H5Tget_sign(type).rawValue } == H5T_SGN_2.rawValue
      let number = Self.integer(size, signed: signed)
      self = number.map { .number($0) } ?? .other("\(size)-byte integers")
    case H5T_FLOAT: self = try Self.real(type, size, site)
    case H5T_STRING: self = .string
    case H5T_ENUM:
      self = try Self.isTruth(type, site) ? .number(.bool) : .other("an enumeration")
    case H5T_VLEN: self = .variableLength
    case H5T_OPAQUE: self = .opaque(tag: try Self.tag(of: type, at: site))
    case H5T_COMPOUND: self = try Self.compound(type, size, site)
    case H5T_REFERENCE: self = .other("references to objects")
    case H5T_BITFIELD: self = .other("bit fields")
    case H5T_ARRAY: self = .other("small arrays")
    default: self = .other("an unknown type")
    }
  }

  /// The bytes of one element.
  static func size(of type: hid_t, at site: CallSite) throws(HDF5Error) -> Int {
    // Zero is how H5Tget_size fails.
    let size = try site.call { () -> Int in
      let size = H5Tget_size(type)
      return size == 0 ? -1 : Int(clamping: size)
    }
    return size
  }

  private static func integer(_ size: Int, signed: Bool) -> NumberType? {
    switch size {
    case 1: signed ? .int8 : .uint8
    case 2: signed ? .int16 : .uint16
    case 4: signed ? .int32 : .uint32
    case 8: signed ? .int64 : .uint64
    default: nil
    }
  }

  private static func real(
    _ type: hid_t, _ size: Int, _ site: CallSite
  ) throws(HDF5Error) -> ElementKind {
    var (sign, exponent, exponentSize, significand, significandSize) = (0, 0, 0, 0, 0)
    _ = try site.call {
      H5Tget_fields(
        type, &sign, &exponent, &exponentSize, &significand, &significandSize)
    }
    switch (size, exponentSize, significandSize) {
    case (2, 5, 10): return .number(.float16)
    case (4, 8, 23): return .number(.float32)
    case (8, 11, 52): return .number(.float64)
    default: return .other("\(size)-byte floating-point numbers that are not IEEE's")
    }
  }

  private static func compound(
    _ type: hid_t, _ size: Int, _ site: CallSite
  ) throws(HDF5Error) -> ElementKind {
    let names = try memberNames(of: type, at: site)
    guard names == ["r", "i"] else { return .compound(names) }
    var parts: [ElementKind] = []
    for index in 0..<2 {
      let member = try site.scoped(H5Tclose) { H5Tget_member_type(type, UInt32(index)) }
      parts.append(try ElementKind(of: member.id, at: site))
    }
    switch (parts[0], parts[1], size) {
    case (.number(.float32), .number(.float32), 8): return .number(.complex64)
    case (.number(.float64), .number(.float64), 16): return .number(.complex128)
    default: return .compound(names)
    }
  }

  /// The names of the members of a compound or an enumeration.
  private static func memberNames(
    of type: hid_t, at site: CallSite
  ) throws(HDF5Error) -> [String] {
    let count = try site.call { H5Tget_nmembers(type) }
    var names: [String] = []
    for index in 0..<UInt32(count) {
      names.append(try text(at: site) { H5Tget_member_name(type, index) })
    }
    return names
  }

  private static func tag(of type: hid_t, at site: CallSite) throws(HDF5Error) -> String {
    try text(at: site) { H5Tget_tag(type) }
  }

  /// A text that libhdf5 allocates; it is copied and given back.
  private static func text(
    at site: CallSite, _ body: () -> UnsafeMutablePointer<CChar>?
  ) throws(HDF5Error) -> String {
    var text = ""
    _ = try site.call { () -> CInt in
      guard let pointer = body() else { return -1 }
      text = String(cString: pointer)
      return H5free_memory(pointer)
    }
    return text
  }

  /// True when the enumeration is that of FALSE = 0 and TRUE = 1.
  private static func isTruth(_ type: hid_t, _ site: CallSite) throws(HDF5Error) -> Bool {
    guard try memberNames(of: type, at: site) == ["FALSE", "TRUE"] else { return false }
    let base = try site.scoped(H5Tclose) { H5Tget_super(type) }
    guard case .number(let number) = try ElementKind(of: base.id, at: site), number.size <= 8
    else { return false }
    for index in 0..<2 {
      // The value lies in the type's own size and byte order: converted in place.
      var value: Int64 = 0
      _ = try site.call { H5Tget_member_value(type, UInt32(index), &value) }
      _ = try site.call {
        H5Tconvert(base.id, hdf5_native_int64(), 1, &value, nil, hid_t(H5P_DEFAULT))
      }
      guard value == Int64(index) else { return false }
    }
    return true
  }
}
