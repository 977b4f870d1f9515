internal import CHDF5
internal import Synchronization

/// A dataset: an array in a file.
///
/// Its shape, type and storage are read when it is opened. A dataset whose values lie in other
/// files (external storage, virtual datasets) is refused then.
public final class Dataset: Object, @unchecked Sendable {
  /// The extents, slowest first; empty for a single element, `[0]` for the null space.
  public let shape: [Int]
  /// What the elements are.
  public let elementKind: ElementKind
  /// The bytes of one element in the file.
  public let elementSize: Int
  /// The shape of the pieces in which the array is stored; nil when it lies in one run.
  public let chunkShape: [Int]?
  /// The filters of its chunks, in the order of writing.
  public let filters: [Filter]
  /// True when the elements are numbers exactly as ``NumberType`` writes them: little-endian, all
  /// bits in use; and every chunk passes through the filters.
  let isPlain: Bool
  /// True when every chunk passes through the filters, also one that reaches beyond the edge.
  let filtersAllChunks: Bool
  /// True when elements may be of various lengths, and so lie elsewhere in the file.
  let hasVariableLength: Bool
  /// Chunks of which a reading took only a part.
  let partlyRead = DecodedChunks()
  /// The bytes of an element that was never written, once they have been asked for.
  private let fill = Mutex<[UInt8]?>(nil)

  init(_ file: OpenFile, path: String, id: hid_t, _ layout: Layout) {
    shape = layout.shape
    elementKind = layout.elementKind
    elementSize = layout.elementSize
    chunkShape = layout.chunkShape
    filters = layout.filters
    isPlain = layout.isPlain
    filtersAllChunks = layout.filtersAllChunks
    hasVariableLength = layout.hasVariableLength
    super.init(file, path: path, id: id, creationList: H5Dget_create_plist)
  }

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The bytes that the values take in the file, after compression.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`.
  public var storageSize: UInt64 {
    get throws(HDF5Error) {
      let size = try at("measure dataset").call { Int(clamping: H5Dget_storage_size(id)) }
      return UInt64(size)
    }
  }

  /// How many chunks were ever written, and how many the shape makes; nil where there are no chunks, or
  /// libhdf5 is older than 1.10.5 and cannot tell.
  ///
  /// The elements of the others have the dataset's fill value. The time grows with the number of chunks
  /// that were written.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the index of the chunks is damaged.
  public var chunkCounts: (written: Int, all: Int)? {
    get throws(HDF5Error) {
      guard let chunkShape, chunkShape.count == shape.count else { return nil }
      var written: Int64 = -1
      _ = try at("measure dataset").call { hdf5_chunk_count(id, &written) }
      guard written >= 0 else { return nil }
      let all = zip(shape, chunkShape).reduce(1) { count, extents in
        let chunks = extents.0 == 0 ? 0 : (extents.0 - 1) / max(extents.1, 1) + 1
        let product = count.multipliedReportingOverflow(by: chunks)
        return product.overflow ? .max : product.partialValue
      }
      return (Int(written), all)
    }
  }

  /// The bytes of an element that was never written.
  func fillValue(at site: CallSite) throws(HDF5Error) -> [UInt8] {
    if let known = fill.withLock({ $0 }) { return known }
    var bytes = [UInt8](repeating: 0, count: elementSize)
    _ = try site.call { hdf5_fill_value(id, &bytes, bytes.count) }
    fill.withLock { $0 = bytes }
    return bytes
  }

  /// Reads numbers of any stored type as Float; values beyond Float's range become infinite.
  ///
  /// - Parameters:
  ///   - slab: the part to read; nil for all
  ///   - threads: how many threads may decompress; the values do not depend on it
  /// - Returns: the values in row-major order.
  /// - Throws: ``HDF5Error`` of kind `.wrongShape` (another rank, or beyond the shape),
  ///   `.wrongType` (not real numbers), `.filterUnavailable`, `.corrupt` or `.closed`.
  public func readFloats(
    _ slab: Hyperslab? = nil, threads: Int = 1
  ) throws(HDF5Error) -> [Float] {
    let site = at("read dataset")
    try requireRealNumbers(at: site)
    let checked = try checked(slab, at: site)
    if let values = try readChunks(checked, threads: threads, at: site) { return values }
    return try read(checked, zero: 0)
  }

  /// Reads numbers of any stored type as Double.
  ///
  /// - Parameter slab: the part to read; nil for all
  /// - Returns: the values in row-major order.
  /// - Throws: ``HDF5Error`` as ``readFloats(_:threads:)`` does.
  public func readDoubles(_ slab: Hyperslab? = nil) throws(HDF5Error) -> [Double] {
    try read(slab, zero: 0)
  }

  /// Reads whole numbers of any stored type.
  ///
  /// - Parameter slab: the part to read; nil for all
  /// - Returns: the values in row-major order.
  /// - Throws: ``HDF5Error`` as ``readFloats(_:threads:)`` does; `.wrongType` also when a value is not
  ///   whole or does not fit 64 bits.
  public func readIntegers(_ slab: Hyperslab? = nil) throws(HDF5Error) -> [Int64] {
    guard case .number(let type) = elementKind, type.isReal else { return try read(slab, zero: 0) }
    // Checked here: libhdf5 1.14 cuts the fractions of half-precision numbers off without a word.
    var integers: [Int64] = []
    for value in try readDoubles(slab) {
      guard let integer = Int64(exactly: value) else { throw notWhole(at: at("read dataset")) }
      integers.append(integer)
    }
    return integers
  }

  /// Reads all texts of a dataset of texts, in row-major order.
  ///
  /// Padding is taken off. Bytes that are not UTF-8 are taken for Latin-1.
  ///
  /// - Throws: ``HDF5Error`` of kind `.wrongType`, `.filterUnavailable`, `.corrupt` or `.closed`.
  public func readStrings() throws(HDF5Error) -> [String] {
    let site = at("read dataset")
    guard elementKind == .string else { throw wrongType("text", at: site) }
    let type = try site.scoped(H5Tclose) { H5Dget_type(id) }
    let space = try site.scoped(H5Sclose) { H5Dget_space(id) }
    let decoded = try readChunkBytes(Hyperslab(all: shape), at: site)
    return try explainingFilters(at: site) { () throws(HDF5Error) in
      try StoredText.read(type.id, space: space.id, count: elementCount, at: site) { type, texts in
        guard let decoded else {
          return H5Dread(id, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), texts)
        }
        decoded.withUnsafeBytes { bytes in
          if let start = bytes.baseAddress { texts.copyMemory(from: start, byteCount: bytes.count) }
        }
        return 0
      }
    }
  }

  /// Reads elements of fixed size as the bytes that stand for them in the file.
  ///
  /// - Parameter slab: the part to read; nil for all
  /// - Returns: ``elementSize`` bytes for each element, in row-major order.
  /// - Throws: ``HDF5Error`` as ``readFloats(_:threads:)`` does; `.wrongType` for elements of variable
  ///   length.
  public func readBytes(_ slab: Hyperslab? = nil) throws(HDF5Error) -> [UInt8] {
    let site = at("read dataset")
    _ = try fixedSizeType(at: site)
    let slab = try checked(slab, at: site)
    if let bytes = try readChunkBytes(slab, at: site) { return bytes }
    return try readBytesByLibrary(slab)
  }

  /// Reads bytes through libhdf5.
  func readBytesByLibrary(_ slab: Hyperslab) throws(HDF5Error) -> [UInt8] {
    let site = at("read dataset")
    let type = try fixedSizeType(at: site)
    var bytes = [UInt8](repeating: 0, count: slab.elementCount * elementSize)
    try transfer(slab, at: site) { memory, space in
      H5Dread(id, type.id, memory, space, hid_t(H5P_DEFAULT), &bytes)
    }
    return bytes
  }

  /// Writes numbers, converted to the stored type.
  ///
  /// - Parameters:
  ///   - values: as many as the slab has elements, in row-major order
  ///   - slab: the part to write; nil for all
  ///   - threads: how many threads may compress; whole chunks of the stored type are then
  ///     compressed side by side, with the same bytes for any number
  /// - Throws: ``HDF5Error`` of kind `.wrongShape`, `.wrongType`, `.cannotWrite` (the file was
  ///   opened for reading), `.noSpace` or `.closed`.
  public func write<Number: StoredNumber>(
    _ values: [Number], _ slab: Hyperslab? = nil, threads: Int = 1
  ) throws(HDF5Error) {
    let site = at("write dataset")
    try site.requireWritable()
    try requireRealNumbers(at: site)
    let slab = try checked(slab, at: site)
    precondition(
      values.count == slab.elementCount, "\(path): \(values.count) values for the slab \(slab)")
    if try writeChunks(values, slab, threads: threads, at: site) { return }
    let type = try Number.memoryType(at: site)
    try transfer(slab, at: site) { memory, space in
      H5Dwrite(id, type.id, memory, space, hid_t(H5P_DEFAULT), values)
    }
  }

  /// Writes elements of fixed size as the bytes that stand for them in the file.
  ///
  /// - Parameters:
  ///   - bytes: ``elementSize`` for each element of the slab, in row-major order
  ///   - slab: the part to write; nil for all
  ///   - threads: how many threads may compress whole chunks, with the same bytes for any number
  /// - Throws: ``HDF5Error`` as ``write(_:_:threads:)`` does.
  public func writeBytes(
    _ bytes: [UInt8], _ slab: Hyperslab? = nil, threads: Int = 1
  ) throws(HDF5Error) {
    let site = at("write dataset")
    try site.requireWritable()
    let type = try fixedSizeType(at: site)
    let slab = try checked(slab, at: site)
    precondition(
      bytes.count == slab.elementCount * elementSize,
      "\(path): \(bytes.count) bytes for the slab \(slab) of \(elementSize)-byte elements")
    if try writeChunks(ofStored: bytes, slab, threads: threads, at: site) { return }
    try transfer(slab, at: site) { memory, space in
      H5Dwrite(id, type.id, memory, space, hid_t(H5P_DEFAULT), bytes)
    }
  }
}

extension Dataset {
  /// Reads numbers, which libhdf5 converts.
  func read<Number: StoredNumber>(
    _ slab: Hyperslab?, zero: Number
  ) throws(HDF5Error) -> [Number] {
    let site = at("read dataset")
    try requireRealNumbers(at: site)
    let slab = try checked(slab, at: site)
    guard let bytes = try readChunkBytes(slab, at: site) else {
      return try readByLibrary(slab, zero: zero)
    }
    let stored = try site.scoped(H5Tclose) { H5Dget_type(id) }
    let size = MemoryLayout<Number>.size
    let count = slab.elementCount
    // In place: room for the larger of both types.
    var buffer = bytes
    if size > elementSize { buffer += repeatElement(0, count: count * (size - elementSize)) }
    try converting(to: Number.self, at: site) { (type, conversion) throws(HDF5Error) in
      _ = try site.call { H5Tconvert(stored.id, type, count, &buffer, nil, conversion) }
    }
    return buffer.withUnsafeBytes { bytes in
      [Number](unsafeUninitializedCapacity: count) { values, used in
        UnsafeMutableRawBufferPointer(values).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * size)]))
        used = count
      }
    }
  }

  /// Reads numbers through libhdf5, which decodes and converts.
  func readByLibrary<Number: StoredNumber>(
    _ slab: Hyperslab, zero: Number
  ) throws(HDF5Error) -> [Number] {
    let site = at("read dataset")
    var values = [Number](repeating: zero, count: slab.elementCount)
    try converting(to: Number.self, at: site) { (type, conversion) throws(HDF5Error) in
      try transfer(slab, at: site) { memory, space in
        H5Dread(id, type, memory, space, conversion, &values)
      }
    }
    return values
  }

  /// Calls what converts to numbers of a type with that type and a property list for it.
  private func converting<Number: StoredNumber>(
    to _: Number.Type, at site: CallSite, _ body: (hid_t, hid_t) throws(HDF5Error) -> Void
  ) throws(HDF5Error) {
    let type = try Number.memoryType(at: site)
    let conversion = try site.scoped(H5Pclose) { H5Pcreate(hdf5_dataset_transfer()) }
    let exact = Number.numberType == .int64
    if exact { _ = try site.call { hdf5_abort_inexact_conversions(conversion.id) } }
    do throws(HDF5Error) {
      try body(type.id, conversion.id)
    } catch {
      guard exact, error.stack.contains(where: { $0.contains("conversion exception") }) else {
        throw error
      }
      throw notWhole(at: site, stack: error.stack)
    }
  }

  /// Runs a read or write between a slab of the file and an array in memory of the slab's shape.
  ///
  /// The memory has the rank of the file: libhdf5 matches unlike shapes element by element.
  private func transfer(
    _ slab: Hyperslab, at site: CallSite, _ body: (hid_t, hid_t) -> herr_t
  ) throws(HDF5Error) {
    guard slab.elementCount > 0 else { return }
    let whole = slab.count == shape
    let memory = try Dataspace.simple(slab.count, at: site)
    let space = try site.scoped(H5Sclose) { H5Dget_space(id) }
    if !whole {
      let (start, count) = (slab.start.map(hsize_t.init), slab.count.map(hsize_t.init))
      _ = try site.call {
        H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, count, nil)
      }
    }
    try explainingFilters(at: site) { () throws(HDF5Error) in
      _ = try site.call { body(memory.id, space.id) }
    }
  }

  private func checked(_ slab: Hyperslab?, at site: CallSite) throws(HDF5Error) -> Hyperslab {
    guard let slab else { return Hyperslab(all: shape) }
    if let fault = slab.fault(in: shape) { throw site.error(.wrongShape, fault) }
    return slab
  }

  private func requireRealNumbers(at site: CallSite) throws(HDF5Error) {
    guard case .number(let type) = elementKind, !type.isComplex else {
      throw wrongType("real numbers", at: site)
    }
  }

  private func notWhole(at site: CallSite, stack: [String] = []) -> HDF5Error {
    site.error(.wrongType, "not all of its values are whole numbers of 64 bits", stack: stack)
  }

  private func wrongType(_ wanted: String, at site: CallSite) -> HDF5Error {
    site.error(.wrongType, "it holds \(elementKind.words), not \(wanted)")
  }

  private func fixedSizeType(at site: CallSite) throws(HDF5Error) -> ScopedID {
    let type = try site.scoped(H5Tclose) { H5Dget_type(id) }
    for variable in [H5T_VLEN, H5T_REFERENCE] {
      guard try site.call({ H5Tdetect_class(type.id, variable) }) == 0 else {
        throw wrongType("elements of fixed size", at: site)
      }
    }
    if try H5T_class_t(site.call { H5Tget_class(type.id).rawValue }) == H5T_STRING,
      try site.call({ H5Tis_variable_str(type.id) }) > 0
    {
      throw wrongType("elements of fixed size", at: site)
    }
    return type
  }

  /// Names the filter when a failure comes from one that this libhdf5 lacks.
  private func explainingFilters<Result>(
    at site: CallSite, _ body: () throws(HDF5Error) -> Result
  ) throws(HDF5Error) -> Result {
    do throws(HDF5Error) {
      return try body()
    } catch {
      guard [.other, .corrupt].contains(error.kind),
        let filter = filters.first(where: { !$0.isInLibrary })
      else {
        throw error
      }
      throw site.error(
        .filterUnavailable(id: filter.id, name: filter.name), stack: error.stack)
    }
  }

  /// What is fixed when a dataset is created.
  struct Layout {
    let shape: [Int]
    let elementKind: ElementKind
    let elementSize: Int
    let chunkShape: [Int]?
    let filters: [Filter]
    let isPlain: Bool
    let filtersAllChunks: Bool
    let hasVariableLength: Bool

    init(of dataset: hid_t, at site: CallSite) throws(HDF5Error) {
      let creation = try site.scoped(H5Pclose) { H5Dget_create_plist(dataset) }
      let layout = H5D_layout_t(try site.call { H5Pget_layout(creation.id).rawValue })
      if layout == H5D_VIRTUAL { throw Self.refusal(ofVirtual: creation.id, at: site) }
      if try site.call({ H5Pget_external_count(creation.id) }) > 0 {
        throw Self.refusal(ofExternal: creation.id, at: site)
      }
      let space = try site.scoped(H5Sclose) { H5Dget_space(dataset) }
      let type = try site.scoped(H5Tclose) { H5Dget_type(dataset) }
      shape = try Dataspace.shape(of: space.id, at: site) ?? [0]
      elementKind = try ElementKind(of: type.id, at: site)
      elementSize = try ElementKind.size(of: type.id, at: site)
      filters = try Filter.all(of: creation.id, at: site)
      if layout == H5D_CHUNKED {
        var extents = [hsize_t](repeating: 0, count: shape.count)
        _ = try site.call { H5Pget_chunk(creation.id, CInt(extents.count), &extents) }
        chunkShape = extents.map(Int.init(clamping:))
      } else {
        chunkShape = nil
      }
      var options: UInt32 = 0
      if layout == H5D_CHUNKED {
        _ = try site.call { H5Pget_chunk_opts(creation.id, &options) }
      }
      filtersAllChunks = options == 0
      if options == 0, case .number(let number) = elementKind {
        let written = try number.fileType(at: site)
        isPlain = try site.call { H5Tequal(type.id, written.id) } > 0
      } else {
        isPlain = false
      }
      switch elementKind {
      case .number: hasVariableLength = false
      case .string: hasVariableLength = try site.call { H5Tis_variable_str(type.id) } > 0
      default:
        var found = false
        for kind in [H5T_VLEN, H5T_STRING, H5T_REFERENCE] {
          found = try site.call { H5Tdetect_class(type.id, kind) } > 0 || found
        }
        hasVariableLength = found
      }
    }

    private static func refusal(ofVirtual creation: hid_t, at site: CallSite) -> HDF5Error {
      let file = name(at: site) { H5Pget_virtual_filename(creation, 0, $0, $1) }
      return site.error(
        .refused,
        "it is a virtual dataset: its values lie in other files\(file), which are not read; "
          + "copy them into one file")
    }

    private static func refusal(ofExternal creation: hid_t, at site: CallSite) -> HDF5Error {
      let file = name(at: site) { buffer, size in
        H5Pget_external(creation, 0, size, buffer, nil, nil) < 0 ? -1 : size
      }
      return site.error(
        .refused,
        "its values lie in external storage\(file), and other files are not read; copy them "
          + "into this file")
    }

    /// A file's name in parentheses; nothing where it cannot be read.
    private static func name(
      at site: CallSite, _ read: (UnsafeMutablePointer<CChar>, Int) -> Int
    ) -> String {
      var bytes = [CChar](repeating: 0, count: 1024)
      let isThere = (try? site.call { read(&bytes, bytes.count - 1) }) != nil
      let name = String(
        decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return isThere && !name.isEmpty ? " (\(name))" : ""
    }
  }
}
