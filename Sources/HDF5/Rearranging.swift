internal import CHDF5

/// What tells an object from all others of its file, however many links lead to it.
public struct ObjectIdentity: Hashable, Sendable {
  let parts: [UInt64]
}

extension Object {
  /// What tells this object from all others of its file.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the object is damaged.
  public var identity: ObjectIdentity {
    get throws(HDF5Error) {
      var parts: [UInt64] = [0, 0]
      _ = try at("identify").call { hdf5_identity(id, &parts) }
      return ObjectIdentity(parts: parts)
    }
  }

  /// Gives an attribute another name.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.exists`, `.cannotWrite` or `.closed`.
  public func renameAttribute(_ name: String, to newName: String) throws(HDF5Error) {
    let site = at("rename attribute \(name) of")
    try site.requireWritable()
    _ = try site.call { H5Arename(id, name, newName) }
  }

  /// Copies all attributes to an object of another file, with their types.
  ///
  /// Attributes of the same name are replaced. References to other objects mean nothing in another
  /// file: attributes that hold some are left out.
  ///
  /// - Returns: the names of the attributes that were left out.
  /// - Throws: ``HDF5Error`` of kind `.cannotWrite`, `.noSpace`, `.corrupt` or `.closed`.
  public func copyAttributes(to target: Object) throws(HDF5Error) -> [String] {
    var left: [String] = []
    for (name, _) in try attributes() where try !copyAttribute(name, to: target) {
      left.append(name)
    }
    return left
  }

  /// The names of the attributes that hold references to other objects.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when an attribute is damaged.
  public func referringAttributes() throws(HDF5Error) -> [String] {
    var names: [String] = []
    for (name, _) in try attributes() {
      let site = at("read attribute \(name) of")
      let attribute = try site.scoped(H5Aclose) { H5Aopen(id, name, hid_t(H5P_DEFAULT)) }
      let type = try site.scoped(H5Tclose) { H5Aget_type(attribute.id) }
      if try site.holdsReferences(type.id) { names.append(name) }
    }
    return names
  }

  /// Copies an attribute to another object with its type; false, and nothing is copied, when it holds
  /// references.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.cannotWrite`, `.noSpace`, `.corrupt` or `.closed`.
  public func copyAttribute(_ name: String, to target: Object) throws(HDF5Error) -> Bool {
    let site = at("copy attribute \(name) of")
    let attribute = try site.scoped(H5Aclose) { H5Aopen(id, name, hid_t(H5P_DEFAULT)) }
    let stored = try site.scoped(H5Tclose) { H5Aget_type(attribute.id) }
    // A type that is stored under a name belongs to its file: the copy is a value.
    let type = try site.scoped(H5Tclose) { H5Tcopy(stored.id) }
    if try site.holdsReferences(type.id) { return false }
    let space = try site.scoped(H5Sclose) { H5Aget_space(attribute.id) }
    let count = try site.call { H5Sget_simple_extent_npoints(space.id) }
    let writing = target.at("write attribute \(name) of")
    try writing.requireWritable()
    if try writing.call({ H5Aexists(target.id, name) }) > 0 {
      _ = try writing.call { H5Adelete(target.id, name) }
    }
    let creation = try writing.scoped(H5Pclose) { H5Pcreate(hdf5_attribute_create()) }
    _ = try writing.call { H5Pset_char_encoding(creation.id, StoredText.characterSet(of: name)) }
    let (typeID, spaceID, creationID) = (type.id, space.id, creation.id)
    let copy = try writing.scoped(H5Aclose) {
      H5Acreate2(target.id, name, typeID, spaceID, creationID, hid_t(H5P_DEFAULT))
    }
    guard count > 0 else { return true }
    let size = try ElementKind.size(of: type.id, at: site)
    let (bytes, overflow) = size.multipliedReportingOverflow(by: Int(count))
    guard !overflow else { throw site.error(.corrupt) }
    let values = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 16)
    values.initializeMemory(as: UInt8.self, repeating: 0)
    defer { values.deallocate() }
    defer {
      // What libhdf5 has allocated for elements of variable length.
      Library.release {
        _ = H5Dvlen_reclaim(typeID, spaceID, hid_t(H5P_DEFAULT), values.baseAddress)
      }
    }
    _ = try site.call { H5Aread(attribute.id, typeID, values.baseAddress) }
    _ = try writing.call { H5Awrite(copy.id, typeID, values.baseAddress) }
    return true
  }
}

extension CallSite {
  /// True when values of a type are, or contain, references to objects.
  func holdsReferences(_ type: hid_t) throws(HDF5Error) -> Bool {
    try call { H5Tdetect_class(type, H5T_REFERENCE) } > 0
  }
}

extension Group {
  /// True when the group keeps the order in which its entries were created.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the group is damaged.
  public var tracksOrder: Bool {
    get throws(HDF5Error) {
      try keepsOrder(at: at("list group")) { H5Pget_link_creation_order($0, $1) }
    }
  }

  /// Moves an entry to a group of the same file; the object itself stays where it lies.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.exists`, `.cannotWrite`, `.noSpace` or `.closed`.
  public func move(_ name: String, to group: Group, as newName: String) throws(HDF5Error) {
    precondition(group.file === file, "\(name): an entry is moved within one file")
    let site = at("move \(name) of")
    try site.requireWritable()
    let links = try site.scoped(H5Pclose) { H5Pcreate(hdf5_link_create()) }
    _ = try site.call { H5Pset_char_encoding(links.id, StoredText.characterSet(of: newName)) }
    _ = try site.call {
      H5Lmove(id, name, group.id, newName, links.id, Library.linkAccess)
    }
  }

  /// Enters the path of another object, which may or may not exist, under a name.
  ///
  /// - Throws: ``HDF5Error`` of kind `.exists`, `.cannotWrite`, `.noSpace` or `.closed`.
  public func createSoftLink(_ name: String, to path: String) throws(HDF5Error) {
    let site = at("link \(name) in")
    try site.requireWritable()
    let links = try site.scoped(H5Pclose) { H5Pcreate(hdf5_link_create()) }
    _ = try site.call { H5Pset_char_encoding(links.id, StoredText.characterSet(of: name)) }
    _ = try site.call { H5Lcreate_soft(path, id, name, links.id, hid_t(H5P_DEFAULT)) }
  }

  /// Creates a dataset of the shape and, to the bit, the type of another one, in chunks.
  ///
  /// - Parameters:
  ///   - name: a name that the group does not have yet
  ///   - other: a dataset of any file, whose elements have a fixed size
  ///   - chunk: the shape of the pieces that are stored and compressed one by one
  ///   - deflate: the level of gzip; the bytes are shuffled before and checked with Fletcher's sum
  /// - Returns: the new dataset.
  /// - Throws: ``HDF5Error`` of kind `.exists`, `.cannotWrite`, `.noSpace` or `.closed`.
  public func createDataset(
    _ name: String, like other: Dataset, chunk: [Int], deflate: Int
  ) throws(HDF5Error) -> Dataset {
    let site = at("create dataset \(name) in")
    try site.requireWritable()
    precondition(chunk.count == other.shape.count, "\(name): chunks \(chunk) of \(other.shape)")
    let creation = try site.scoped(H5Pclose) { H5Pcreate(hdf5_dataset_create()) }
    _ = try site.call { H5Pset_obj_track_times(creation.id, false) }
    let extents = chunk.map(hsize_t.init)
    _ = try site.call { H5Pset_chunk(creation.id, CInt(extents.count), extents) }
    _ = try site.call { H5Pset_shuffle(creation.id) }
    _ = try site.call { H5Pset_deflate(creation.id, UInt32(deflate)) }
    _ = try site.call { H5Pset_fletcher32(creation.id) }
    let stored = try other.at("read type of").scoped(H5Tclose) { H5Dget_type(other.id) }
    let type = try site.scoped(H5Tclose) { H5Tcopy(stored.id) }
    let space = try Dataspace.simple(other.shape, at: site)
    let links = try site.scoped(H5Pclose) { H5Pcreate(hdf5_link_create()) }
    _ = try site.call { H5Pset_char_encoding(links.id, StoredText.characterSet(of: name)) }
    let (typeID, spaceID, linksID, creationID) = (type.id, space.id, links.id, creation.id)
    let new = try site.call {
      H5Dcreate2(id, name, typeID, spaceID, linksID, creationID, hid_t(H5P_DEFAULT))
    }
    Library.release { H5Dclose(new) }
    return try dataset(name)
  }
}

extension Dataset {
  /// True when elements are, or contain, references to other objects.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`.
  public var holdsReferences: Bool {
    get throws(HDF5Error) {
      let site = at("read type of")
      let type = try site.scoped(H5Tclose) { H5Dget_type(id) }
      return try site.holdsReferences(type.id)
    }
  }

  /// True when elements have one size, and no references: their bytes can be copied.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`.
  public var isFixedSize: Bool {
    get throws(HDF5Error) {
      let site = at("read type of")
      let type = try site.scoped(H5Tclose) { H5Dget_type(id) }
      for variable in [H5T_VLEN, H5T_REFERENCE] {
        if try site.call({ H5Tdetect_class(type.id, variable) }) > 0 { return false }
      }
      // Texts of variable length are texts to H5Tdetect_class.
      if try site.call({ H5Tdetect_class(type.id, H5T_STRING) }) == 0 { return true }
      guard elementKind == .string else { return false }
      return try site.call { H5Tis_variable_str(type.id) } == 0
    }
  }
}
