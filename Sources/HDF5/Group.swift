internal import CHDF5

/// A group: a folder of groups and datasets inside a file.
///
/// Names may be paths such as `metadata/General` where something is looked up; what is created
/// takes a plain name.
public final class Group: Object, @unchecked Sendable {
  init(_ file: OpenFile, path: String, id: hid_t) {
    super.init(file, path: path, id: id, creationList: H5Gget_create_plist)
  }

  /// The entries: in the order of their creation where the group keeps it, else by name.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the group is damaged.
  public var members: [Member] {
    get throws(HDF5Error) {
      var members: [Member] = []
      for name in try names() { members.append(Member(name: name, kind: try kind(of: name))) }
      return members
    }
  }

  /// True when the group has an entry of this name; a path is followed, but not into other files.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or `.refused` when the path leads through an
  ///   external link.
  public func contains(_ name: String) throws(HDF5Error) -> Bool {
    let site = at("look for \(name) in")
    var path = name.hasPrefix("/") ? "/" : ""
    for part in name.split(separator: "/") {
      path += part
      guard try site.call({ H5Lexists(id, path, Library.linkAccess) }) > 0 else { return false }
      path += "/"
    }
    return !name.isEmpty
  }

  /// Opens a group.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.wrongType` (no group), `.refused` (an external
  ///   link) or `.closed`.
  public func group(_ name: String) throws(HDF5Error) -> Group {
    let path = joined(name)
    let opened = try open(name, "open group")
    guard H5I_GROUP == opened.type else {
      throw closing(opened.id, site("open group", path).error(.wrongType, "it is not a group"))
    }
    return Group(file, path: path, id: opened.id)
  }

  /// Opens a dataset.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.wrongType` (no dataset), `.refused` (an
  ///   external link, or data in other files), `.corrupt` or `.closed`.
  public func dataset(_ name: String) throws(HDF5Error) -> Dataset {
    let path = joined(name)
    let opened = try open(name, "open dataset")
    guard H5I_DATASET == opened.type else {
      throw closing(opened.id, site("open dataset", path).error(.wrongType, "it is not a dataset"))
    }
    return try dataset(path, opened.id, at: site("open dataset", path))
  }

  /// Creates a group.
  ///
  /// - Parameters:
  ///   - name: a name that the group does not have yet
  ///   - trackingOrder: true to let readers list its entries and attributes in the order of their
  ///     creation instead of by name
  /// - Returns: the new group.
  /// - Throws: ``HDF5Error`` of kind `.exists`, `.cannotWrite` (the file was opened for reading),
  ///   `.noSpace` or `.closed`.
  public func createGroup(
    _ name: String, trackingOrder: Bool = false
  ) throws(HDF5Error) -> Group {
    let site = site("create group", joined(name))
    let creation = try site.scoped(H5Pclose) { H5Pcreate(hdf5_group_create()) }
    _ = try site.call { H5Pset_obj_track_times(creation.id, false) }
    if trackingOrder {
      let flags = hdf5_order_tracked() | hdf5_order_indexed()
      _ = try site.call { H5Pset_link_creation_order(creation.id, flags) }
      _ = try site.call { H5Pset_attr_creation_order(creation.id, flags) }
    }
    let links = try linkCreation(name, at: site)
    let new = try site.call {
      H5Gcreate2(id, name, links.id, creation.id, hid_t(H5P_DEFAULT))
    }
    return Group(file, path: site.object, id: new)
  }

  /// Creates a dataset of numbers, filled with zeros until it is written.
  ///
  /// Order of the filters on writing: shuffle, gzip, Fletcher32.
  ///
  /// - Parameters:
  ///   - name: a name that the group does not have yet
  ///   - type: the type of number in the file, little-endian
  ///   - shape: the extents, slowest first; empty for one number
  ///   - chunk: the shape of the pieces that are stored and compressed one by one; nil to store
  ///     the numbers in one run
  ///   - deflate: the level of gzip, 0 to 9; nil for no compression
  ///   - shuffle: true to bring bytes of equal weight together, for better compression
  ///   - fletcher32: true to store a checksum with each chunk, which every reading verifies
  /// - Returns: the new dataset.
  /// - Throws: ``HDF5Error`` of kind `.exists`, `.cannotWrite`, `.noSpace` or `.closed`.
  public func createDataset(
    _ name: String, type: NumberType, shape: [Int], chunk: [Int]? = nil, deflate: Int? = nil,
    shuffle: Bool = false, fletcher32: Bool = false
  ) throws(HDF5Error) -> Dataset {
    let site = site("create dataset", joined(name))
    let creation = try datasetCreation(at: site)
    precondition(
      chunk != nil || deflate == nil && !shuffle && !fletcher32, "\(name): filters need chunks")
    if let chunk {
      precondition(
        chunk.count == shape.count && !chunk.isEmpty && chunk.allSatisfy { $0 > 0 },
        "\(name): chunks \(chunk) of shape \(shape)")
      let extents = chunk.map(hsize_t.init)
      _ = try site.call { H5Pset_chunk(creation.id, CInt(extents.count), extents) }
    }
    if shuffle { _ = try site.call { H5Pset_shuffle(creation.id) } }
    if let deflate {
      precondition(0...9 ~= deflate, "\(name): gzip level \(deflate)")
      _ = try site.call { H5Pset_deflate(creation.id, UInt32(deflate)) }
    }
    if fletcher32 { _ = try site.call { H5Pset_fletcher32(creation.id) } }
    let fileType = try type.fileType(at: site)
    let space = try Dataspace.simple(shape, at: site)
    return try create(name, fileType.id, space.id, creation.id, at: site)
  }

  /// Creates and writes a list of texts: UTF-8 of variable length.
  ///
  /// - Throws: ``HDF5Error`` of kind `.wrongType` (a text with a NUL character), `.exists`,
  ///   `.cannotWrite`, `.noSpace` or `.closed`.
  @discardableResult
  public func createStringDataset(
    _ name: String, _ values: [String]
  ) throws(HDF5Error) -> Dataset {
    try createStrings(name, values, shape: [values.count])
  }

  /// Creates and writes one text: UTF-8 of variable length.
  ///
  /// - Throws: ``HDF5Error`` of kind `.wrongType` (a text with a NUL character), `.exists`,
  ///   `.cannotWrite`, `.noSpace` or `.closed`.
  @discardableResult
  public func createStringDataset(_ name: String, _ value: String) throws(HDF5Error) -> Dataset {
    try createStrings(name, [value], shape: [])
  }

  /// Copies an entry with everything below it into a group of this or another file.
  ///
  /// Stored chunks are copied as they lie, without being decompressed; links inside are copied as
  /// links. References to objects outside the subtree become null.
  ///
  /// - Parameters:
  ///   - name: the entry of this group
  ///   - group: the group that receives the copy
  ///   - newName: its name there
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.refused`, `.exists`, `.cannotWrite`, `.noSpace`
  ///   or `.closed`.
  public func copy(
    _ name: String, to group: Group, as newName: String
  ) throws(HDF5Error) {
    let source = try open(name, "copy")
    defer { Library.release { if file.isOpen { H5Oclose(source.id) } } }
    // The target's site: the source is known to be open, the target may be closed.
    let site = group.site("copy \(joined(name)) of \(file.path) to", group.joined(newName))
    let links = try group.linkCreation(newName, at: site)
    _ = try site.call {
      guard file.isOpen else { return -1 as herr_t }
      return H5Ocopy(source.id, ".", group.id, newName, hid_t(H5P_DEFAULT), links.id)
    }
  }

  /// Removes an entry; the object itself goes with the last of its entries.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.refused`, `.cannotWrite` or `.closed`.
  public func unlink(_ name: String) throws(HDF5Error) {
    let site = site("remove", joined(name))
    try site.requireWritable()
    guard try contains(name) else { throw site.error(.notFound) }
    _ = try site.call { H5Ldelete(id, name, Library.linkAccess) }
  }

  /// Enters a group or dataset of the same file under a second name; nothing is copied.
  ///
  /// - Throws: ``HDF5Error`` of kind `.exists`, `.cannotWrite`, `.noSpace` or `.closed`.
  public func link(_ name: String, to object: Object) throws(HDF5Error) {
    precondition(object.file === file, "\(name): a hard link stays within one file")
    let site = site("link", joined(name))
    let links = try linkCreation(name, at: site)
    _ = try site.call { H5Olink(object.id, id, name, links.id, hid_t(H5P_DEFAULT)) }
  }
}

extension Group {
  /// The names of the entries, in the order of ``members``.
  func names() throws(HDF5Error) -> [String] {
    let site = at("list group")
    let order = try keepsOrder(at: site) { H5Pget_link_creation_order($0, $1) }
    let list = EntryList()
    _ = try site.call {
      hdf5_visit_links(id, EntryList.nobodysName, EntryList.append, list.context)
    }
    return list.names(inOrderOfCreation: order)
  }

  /// The place that an error about reading an entry names.
  func site(of name: String) -> CallSite { site("read", joined(name)) }

  /// The path of an entry.
  fileprivate func joined(_ name: String) -> String {
    name.hasPrefix("/") ? name : path == "/" ? "/" + name : path + "/" + name
  }

  /// The place that an error about an entry names.
  fileprivate func site(_ operation: String, _ path: String) -> CallSite {
    CallSite(operation: operation, path: file.path, file: file, object: path)
  }

  /// What an entry is, or points to.
  func kind(of name: String) throws(HDF5Error) -> Member.Kind {
    let site = at("list group")
    var (type, size) = (H5L_TYPE_ERROR, 0)
    _ = try site.call { hdf5_link_info(id, name, &type, &size) }
    switch type {
    case H5L_TYPE_HARD:
      var type = H5O_TYPE_UNKNOWN
      _ = try site.call { hdf5_object_type(id, name, Library.linkAccess, &type) }
      switch type {
      case H5O_TYPE_GROUP: return .group
      case H5O_TYPE_DATASET: return .dataset
      case H5O_TYPE_NAMED_DATATYPE: return .datatype
      default: return .other
      }
    case H5L_TYPE_SOFT:
      let value = try linkValue(name, size, site)
      return .softLink(String(decoding: value.prefix { $0 != 0 }, as: UTF8.self))
    case H5L_TYPE_EXTERNAL:
      // One byte of version and flags, then the file's and the object's name, NUL-terminated.
      let parts = try linkValue(name, size, site).dropFirst().split(
        separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { throw site.error(.corrupt) }
      return .externalLink(
        file: String(decoding: parts[0], as: UTF8.self),
        path: String(decoding: parts[1], as: UTF8.self))
    default: return .other
    }
  }

  private func linkValue(
    _ name: String, _ size: Int, _ site: CallSite
  ) throws(HDF5Error) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: size)
    _ = try site.call { H5Lget_val(id, name, &value, size, hid_t(H5P_DEFAULT)) }
    return value
  }

  /// Opens an entry of whatever type.
  private func open(
    _ name: String, _ operation: String
  ) throws(HDF5Error) -> (id: hid_t, type: H5I_type_t) {
    let site = site(operation, joined(name))
    let opened = try site.call { H5Oopen(id, name, Library.linkAccess) }
    return (opened, H5I_type_t(try site.call { H5Iget_type(opened).rawValue }))
  }

  /// Closes what was opened in vain.
  private func closing(_ opened: hid_t, _ error: HDF5Error) -> HDF5Error {
    Library.release { if file.isOpen { H5Oclose(opened) } }
    return error
  }

  /// The dataset of an open id; the id is closed when the dataset is refused.
  private func dataset(
    _ path: String, _ opened: hid_t, at site: CallSite
  ) throws(HDF5Error) -> Dataset {
    do throws(HDF5Error) {
      return Dataset(file, path: path, id: opened, try Dataset.Layout(of: opened, at: site))
    } catch {
      throw closing(opened, error)
    }
  }

  private func datasetCreation(at site: CallSite) throws(HDF5Error) -> ScopedID {
    let creation = try site.scoped(H5Pclose) { H5Pcreate(hdf5_dataset_create()) }
    // The same values give the same bytes, today and tomorrow.
    _ = try site.call { H5Pset_obj_track_times(creation.id, false) }
    return creation
  }

  /// The property list for a new entry.
  private func linkCreation(_ name: String, at site: CallSite) throws(HDF5Error) -> ScopedID {
    try site.requireWritable()
    let links = try site.scoped(H5Pclose) { H5Pcreate(hdf5_link_create()) }
    _ = try site.call { H5Pset_char_encoding(links.id, StoredText.characterSet(of: name)) }
    return links
  }

  private func create(
    _ name: String, _ type: hid_t, _ space: hid_t, _ creation: hid_t, at site: CallSite
  ) throws(HDF5Error) -> Dataset {
    let links = try linkCreation(name, at: site)
    let new = try site.call {
      H5Dcreate2(id, name, type, space, links.id, creation, hid_t(H5P_DEFAULT))
    }
    return try dataset(site.object, new, at: site)
  }

  private func createStrings(
    _ name: String, _ values: [String], shape: [Int]
  ) throws(HDF5Error) -> Dataset {
    let site = site("create dataset", joined(name))
    let type = try StoredText.variableLengthType(at: site)
    let space = try Dataspace.simple(shape, at: site)
    let creation = try datasetCreation(at: site)
    try StoredText.check(values, at: site)
    let dataset = try create(name, type.id, space.id, creation.id, at: site)
    try StoredText.withPointers(values) { (pointers) throws(HDF5Error) in
      _ = try site.call {
        H5Dwrite(
          dataset.id, type.id, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), pointers)
      }
    }
    return dataset
  }
}
