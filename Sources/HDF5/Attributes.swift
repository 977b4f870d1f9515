internal import CHDF5

extension Object {
  /// All attributes: in the order of their creation where the object keeps it, else by name.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the attributes are damaged.
  public func attributes() throws(HDF5Error) -> [(name: String, value: AttributeValue)] {
    var attributes: [(name: String, value: AttributeValue)] = []
    for name in try attributeNames() { attributes.append((name, try value(of: name))) }
    return attributes
  }

  /// The value of an attribute; nil when there is none of this name.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the attribute is damaged.
  public func attribute(_ name: String) throws(HDF5Error) -> AttributeValue? {
    guard try hasAttribute(name, at: at("read attribute \(name) of")) else { return nil }
    return try value(of: name)
  }

  /// Writes an attribute, in place of one of the same name.
  ///
  /// As HyperSpy and h5py do: texts are UTF-8 of variable length, truth values the enumeration
  /// FALSE = 0, TRUE = 1 of bytes, integers 64 bits, real numbers double precision, complex numbers
  /// a compound of `r` and `i`, bytes opaque.
  ///
  /// - Throws: ``HDF5Error`` of kind `.wrongType` (a text with a NUL character, no bytes, or an
  ///   unreadable value), `.cannotWrite`, `.noSpace` or `.closed`.
  public func setAttribute(_ name: String, _ value: AttributeValue) throws(HDF5Error) {
    let site = at("write attribute \(name) of")
    switch value {
    case .string(let text): try set(name, variable: [text], shape: [], at: site)
    case .strings(let texts): try set(name, variable: texts, shape: [texts.count], at: site)
    case .bool(let value): try set(name, .bool, [value], at: site)
    case .integer(let value): try set(name, .int64, [value], at: site)
    case .real(let value): try set(name, .float64, [value], at: site)
    case .complex(let real, let imaginary):
      try set(name, .complex128, [real, imaginary], at: site)
    case .numbers(let values, let shape):
      precondition(
        values.count == shape.reduce(1, *), "\(name): \(values.count) numbers of shape \(shape)")
      try set(name, .float64, values, shape: shape, at: site)
    case .bytes(let bytes, let tag):
      guard !bytes.isEmpty else { throw site.error(.wrongType, "there are no bytes to write") }
      let type = try site.scoped(H5Tclose) { H5Tcreate(H5T_OPAQUE, bytes.count) }
      _ = try site.call { H5Tset_tag(type.id, tag) }
      let space = try Dataspace.simple([], at: site)
      try write(name, type.id, memory: type.id, space, bytes, at: site)
    case .empty:
      let type = try NumberType.float32.fileType(at: site)
      let space = try site.scoped(H5Sclose) { H5Screate(H5S_NULL) }
      try write(name, type.id, memory: type.id, space, [UInt8](), at: site)
    case .unreadable(let words):
      throw site.error(.wrongType, "a value that was not read cannot be written (\(words))")
    }
  }

  /// Writes a text of fixed length, ASCII where that suffices and padded with NULs, as NeXus's own
  /// attributes are written; in place of an attribute of the same name.
  ///
  /// - Throws: ``HDF5Error`` as ``setAttribute(_:_:)`` does.
  public func setFixedAttribute(_ name: String, _ value: String) throws(HDF5Error) {
    try set(name, fixed: [value], shape: [], at: at("write attribute \(name) of"))
  }

  /// Writes a list of texts of one fixed length, in place of an attribute of the same name.
  ///
  /// - Throws: ``HDF5Error`` as ``setAttribute(_:_:)`` does.
  public func setFixedAttribute(_ name: String, _ values: [String]) throws(HDF5Error) {
    try set(name, fixed: values, shape: [values.count], at: at("write attribute \(name) of"))
  }

  /// Writes an integer of 32 bits, in place of an attribute of the same name.
  ///
  /// - Throws: ``HDF5Error`` as ``setAttribute(_:_:)`` does.
  public func setInt32Attribute(_ name: String, _ value: Int32) throws(HDF5Error) {
    try set(name, .int32, [value], at: at("write attribute \(name) of"))
  }

  /// Removes an attribute.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.cannotWrite` or `.closed`.
  public func removeAttribute(_ name: String) throws(HDF5Error) {
    let site = at("remove attribute \(name) of")
    try site.requireWritable()
    guard try hasAttribute(name, at: site) else {
      throw site.error(.notFound, "there is no such attribute")
    }
    _ = try site.call { H5Adelete(id, name) }
  }
}

extension Object {
  /// The greatest attribute that is read, in bytes; usual ones have 64 kB at most.
  private static let largestAttribute: hsize_t = 64 << 20

  /// The names of the attributes, in the order of ``attributes()``.
  func attributeNames() throws(HDF5Error) -> [String] {
    let site = at("list attributes of")
    let order = try keepsOrder(at: site) { H5Pget_attr_creation_order($0, $1) }
    let list = EntryList()
    _ = try site.call {
      hdf5_visit_attributes(id, EntryList.nobodysName, EntryList.append, list.context)
    }
    return list.names(inOrderOfCreation: order)
  }

  /// True when the order of creation is kept, by flags that are read off the object's creation
  /// property list.
  func keepsOrder(
    at site: CallSite, _ read: (hid_t, UnsafeMutablePointer<UInt32>) -> herr_t
  ) throws(HDF5Error) -> Bool {
    let creation = try site.scoped(H5Pclose) { creationList(id) }
    var flags: UInt32 = 0
    _ = try site.call { read(creation.id, &flags) }
    return flags & hdf5_order_tracked() != 0
  }

  private func hasAttribute(_ name: String, at site: CallSite) throws(HDF5Error) -> Bool {
    try site.call { H5Aexists(id, name) } > 0
  }

  /// The value of an attribute that is there.
  func value(of name: String) throws(HDF5Error) -> AttributeValue {
    let site = at("read attribute \(name) of")
    let attribute = try site.scoped(H5Aclose) { H5Aopen(id, name, hid_t(H5P_DEFAULT)) }
    let type = try site.scoped(H5Tclose) { H5Aget_type(attribute.id) }
    let space = try site.scoped(H5Sclose) { H5Aget_space(attribute.id) }
    guard let shape = try Dataspace.shape(of: space.id, at: site) else { return .empty }
    let bytes = H5Aget_storage_size(attribute.id)
    guard bytes <= Self.largestAttribute else {
      throw site.error(.tooLarge, "it would have \(bytes) bytes, more than any program writes")
    }
    let count = shape.reduce(1, *)
    switch try ElementKind(of: type.id, at: site) {
    case .string:
      let texts = try StoredText.read(type.id, space: space.id, count: count, at: site) {
        H5Aread(attribute.id, $0, $1)
      }
      return shape.isEmpty ? .string(texts[0]) : .strings(texts)
    case .number(.bool):
      let values = try read(attribute.id, as: Bool.self, count, false, site)
      return shape.isEmpty
        ? .bool(values[0]) : .numbers(values.map { $0 ? 1 : 0 }, shape: shape)
    case .number(.uint64):
      return try integers(attribute.id, as: UInt64.self, shape, site)
    case .number(.int8), .number(.int16), .number(.int32), .number(.int64), .number(.uint8),
      .number(.uint16), .number(.uint32):
      return try integers(attribute.id, as: Int64.self, shape, site)
    case .number(.float16), .number(.float32), .number(.float64):
      let values = try read(attribute.id, as: Double.self, count, 0, site)
      return shape.isEmpty ? .real(values[0]) : .numbers(values, shape: shape)
    case .number(.complex64), .number(.complex128):
      guard shape.isEmpty else { return .unreadable("an array of complex numbers") }
      let memory = try NumberType.complex128.fileType(at: site)
      var parts = [0.0, 0.0]
      _ = try site.call { H5Aread(attribute.id, memory.id, &parts) }
      return .complex(parts[0], parts[1])
    case .opaque(let tag):
      guard shape.isEmpty else { return .unreadable("an array of opaque bytes") }
      var bytes = [UInt8](repeating: 0, count: try ElementKind.size(of: type.id, at: site))
      _ = try site.call { H5Aread(attribute.id, type.id, &bytes) }
      return .bytes(bytes, tag: tag)
    case let kind: return .unreadable(kind.words)
    }
  }

  /// Integers; an array is made of Doubles only when every one of them is exact.
  private func integers<Number: StoredNumber & FixedWidthInteger>(
    _ attribute: hid_t, as type: Number.Type, _ shape: [Int], _ site: CallSite
  ) throws(HDF5Error) -> AttributeValue {
    let values = try read(attribute, as: type, shape.reduce(1, *), 0, site)
    if shape.isEmpty {
      guard let value = Int64(exactly: values[0]) else {
        return .unreadable("the integer \(values[0]), more than 63 bits")
      }
      return .integer(value)
    }
    let reals = values.compactMap(Double.init(exactly:))
    guard reals.count == values.count else {
      return .unreadable("an array of integers beyond the 53 bits of a Double")
    }
    return .numbers(reals, shape: shape)
  }

  private func read<Number: StoredNumber>(
    _ attribute: hid_t, as type: Number.Type, _ count: Int, _ zero: Number, _ site: CallSite
  ) throws(HDF5Error) -> [Number] {
    guard count > 0 else { return [] }
    let memory = try type.memoryType(at: site)
    var values = [Number](repeating: zero, count: count)
    _ = try site.call { H5Aread(attribute, memory.id, &values) }
    return values
  }

  private func set<Number: StoredNumber>(
    _ name: String, _ type: NumberType, _ values: [Number], shape: [Int] = [], at site: CallSite
  ) throws(HDF5Error) {
    // A complex number is two Doubles in memory as on disk; all others have a type of their own.
    let memory =
      type.isComplex ? try type.fileType(at: site) : try Number.memoryType(at: site)
    let fileType = try type.fileType(at: site)
    let space = try Dataspace.simple(shape, at: site)
    try write(name, fileType.id, memory: memory.id, space, values, at: site)
  }

  private func set(
    _ name: String, variable values: [String], shape: [Int], at site: CallSite
  ) throws(HDF5Error) {
    try StoredText.check(values, at: site)
    let type = try StoredText.variableLengthType(at: site)
    let space = try Dataspace.simple(shape, at: site)
    try StoredText.withPointers(values) { (pointers) throws(HDF5Error) in
      try write(name, type.id, memory: type.id, space, pointers, at: site)
    }
  }

  private func set(
    _ name: String, fixed values: [String], shape: [Int], at site: CallSite
  ) throws(HDF5Error) {
    try StoredText.check(values, at: site)
    let type = try StoredText.fixedLengthType(for: values, at: site)
    let space = try Dataspace.simple(shape, at: site)
    try write(name, type.id, memory: type.id, space, StoredText.padded(values), at: site)
  }

  private func write(
    _ name: String, _ type: hid_t, memory: hid_t, _ space: borrowing ScopedID,
    _ values: UnsafeRawPointer, at site: CallSite
  ) throws(HDF5Error) {
    try site.requireWritable()
    if try hasAttribute(name, at: site) { _ = try site.call { H5Adelete(id, name) } }
    let creation = try site.scoped(H5Pclose) { H5Pcreate(hdf5_attribute_create()) }
    _ = try site.call { H5Pset_char_encoding(creation.id, StoredText.characterSet(of: name)) }
    let space = space.id
    let attribute = try site.scoped(H5Aclose) {
      H5Acreate2(id, name, type, space, creation.id, hid_t(H5P_DEFAULT))
    }
    _ = try site.call { H5Awrite(attribute.id, memory, values) }
  }
}
