internal import CHDF5

/// A walk through all of a file's structure: everything that a reader may touch is touched once, and what
/// no honest file holds is refused.
///
/// Refused are data of other files (external links, external storage, virtual datasets), groups within
/// themselves, more ways through the groups than any program writes, and sizes that the stored bytes
/// cannot fill. Damage that libhdf5 reports in an orderly way is left to the reader, who may never come
/// across it.
struct Inspection {
  private static let deepest = 512
  private static let mostPaths = 1_000_000
  /// What a file may declare whatever it stores, in bytes.
  private static let believed = 1 << 32
  /// Up to this ratio of declared to stored bytes a file is believed.
  private static let greatestRatio = 1000
  /// A chunk of more bytes counts as declared, however small the dataset: whoever reads a part of it needs
  /// them all.
  private static let largeChunk = 64 << 20
  /// Datasets of so many bytes are read, to see whether that goes well.
  private static let small = 1 << 20

  private let fileSize: Int
  /// The number of ways through a group that was walked, itself included.
  private var paths: [Identity: Int] = [:]
  /// The groups that are being walked.
  private var ancestors: Set<Identity> = []
  private var datasets: Set<Identity> = []
  private var declared = 0
  private var stored = 0
  private var largest = (path: "/", bytes: 0)

  private init(fileSize: Int) { self.fileSize = fileSize }

  /// Walks through a file in this process.
  static func verdict(on path: String) -> Verdict {
    do throws(HDF5Error) {
      let file = try File(trusting: path)
      var inspection = Inspection(fileSize: file.size)
      _ = try inspection.visit(file.root, depth: 0)
      try inspection.checkSum(of: file)
    } catch {
      switch error.kind {
      case .refused: return .refused(object: error.object, detail: error.detail)
      case .tooLarge: return .tooLarge(object: error.object, detail: error.detail)
      default: break
      }
    }
    return .sound
  }

  /// Does something whose failure is the reader's affair, unless the file is to be refused for it.
  private func attempt<Result>(
    _ body: () throws(HDF5Error) -> Result
  ) throws(HDF5Error) -> Result? {
    do throws(HDF5Error) {
      return try body()
    } catch {
      guard error.kind == .refused || error.kind == .tooLarge else { return nil }
      throw error
    }
  }

  // MARK: Groups

  /// Walks through a group and gives the number of ways that lead on from it.
  private mutating func visit(_ group: Group, depth: Int) throws(HDF5Error) -> Int {
    let site = group.at("read")
    guard let identity = try attempt({ () throws(HDF5Error) in try Identity(of: group) }) else {
      return 1
    }
    guard ancestors.insert(identity).inserted else {
      throw site.error(.refused, "the group contains itself; copy what you need into another file")
    }
    defer { ancestors.remove(identity) }
    if let known = paths[identity] { return known }
    guard depth < Self.deepest else {
      throw site.error(.tooLarge, "more than \(Self.deepest) groups lie within each other")
    }
    try touchAttributes(of: group)
    var count = 1
    for name in try attempt({ () throws(HDF5Error) in try group.names() }) ?? [] {
      count += try visit(name, in: group, depth: depth)
      guard count <= Self.mostPaths else {
        throw site.error(
          .tooLarge, "its links make more than \(Self.mostPaths) ways through the groups below it")
      }
    }
    paths[identity] = count
    return count
  }

  private mutating func visit(
    _ name: String, in group: Group, depth: Int
  ) throws(HDF5Error) -> Int {
    switch try attempt({ () throws(HDF5Error) in try group.kind(of: name) }) {
    case .group?:
      guard let child = try attempt({ () throws(HDF5Error) in try group.group(name) }) else {
        break
      }
      return try visit(child, depth: depth + 1)
    case .dataset?:
      guard let dataset = try attempt({ () throws(HDF5Error) in try group.dataset(name) }) else {
        break
      }
      try inspect(dataset)
    case .externalLink(let file, let path)?:
      throw group.site(of: name).error(
        .refused,
        "it is an external link to \(path) of \(file), and other files are not read; copy what it "
          + "leads to into this file")
    default: break
    }
    return 1
  }

  private func touchAttributes(of object: Object) throws(HDF5Error) {
    for name in try attempt({ () throws(HDF5Error) in try object.attributeNames() }) ?? [] {
      _ = try attempt { () throws(HDF5Error) in try object.value(of: name) }
    }
  }

  // MARK: Datasets

  private mutating func inspect(_ dataset: Dataset) throws(HDF5Error) {
    guard let identity = try attempt({ () throws(HDF5Error) in try Identity(of: dataset) }),
      datasets.insert(identity).inserted
    else { return }
    try touchAttributes(of: dataset)
    let stored = try storedBytes(of: dataset)
    let size = dataset.elementCount.multipliedReportingOverflow(by: dataset.elementSize)
    var bytes = size.overflow ? Int.max : size.partialValue
    if let chunk = dataset.chunkBytes, chunk > Self.largeChunk { bytes = max(bytes, chunk) }
    declared = declared.addingReportingOverflow(bytes).overflow ? .max : declared + bytes
    self.stored += stored
    if bytes > largest.bytes { largest = (dataset.path, bytes) }
    if stored > 0, bytes <= Self.small || dataset.isFragile {
      _ = try attempt { () throws(HDF5Error) in try dataset.tryReading() }
    }
  }

  /// What the file holds of a dataset; measuring it goes through the whole index of its chunks.
  private func storedBytes(of dataset: Dataset) throws(HDF5Error) -> Int {
    let size = try attempt { () throws(HDF5Error) in try dataset.storageSize }
    return min(Int(clamping: size ?? 0), fileSize)
  }

  /// Refuses a file whose datasets declare more together than what is stored can stand for.
  private func checkSum(of file: File) throws(HDF5Error) {
    let stored = min(stored, fileSize)
    guard declared > Self.believed, declared / Self.greatestRatio > stored else { return }
    let site = CallSite(
      operation: "read", path: file.path, file: file.handle, object: largest.path)
    throw site.error(
      .tooLarge,
      "the datasets of the file declare \(declared) bytes, this one \(largest.bytes) of them, but only "
        + "\(stored) are stored; \(Self.advice)")
  }

  private static let advice = "use a complete copy, or save only what was measured"
}

/// What tells an object from all others of its file, however many links lead to it.
private struct Identity: Hashable {
  let low: UInt64
  let high: UInt64

  init(of object: Object) throws(HDF5Error) {
    var numbers: (UInt64, UInt64) = (0, 0)
    _ = try object.at("read").call {
      withUnsafeMutableBytes(of: &numbers) {
        hdf5_identity(object.id, $0.assumingMemoryBound(to: UInt64.self).baseAddress)
      }
    }
    (low, high) = numbers
  }
}

extension Dataset {
  /// The bytes of one chunk before any filter; nil where there are none.
  fileprivate var chunkBytes: Int? {
    chunkShape?.reduce(elementSize) { bytes, extent in
      let product = bytes.multipliedReportingOverflow(by: extent)
      return product.overflow ? .max : product.partialValue
    }
  }

  /// True when reading goes through parts of libhdf5 that take the file at its word: values of various
  /// lengths, and filters whose parameters steer how they write memory.
  fileprivate var isFragile: Bool {
    filters.contains { [4, 5, 6].contains($0.id) } || hasVariableLength
  }

  /// Reads all values that were ever written, some megabytes at a time, and forgets them.
  fileprivate func tryReading() throws(HDF5Error) {
    let site = at("read")
    let type = try site.scoped(H5Tclose) { H5Dget_type(id) }
    let space = try site.scoped(H5Sclose) { H5Dget_space(id) }
    guard let rows = shape.first else {
      return try tryReading(type.id, space.id, count: elementCount, at: site)
    }
    guard elementCount > 0 else { return }
    if let counts = try chunkCounts, counts.written < counts.all {
      return try tryReading(type.id, space.id, chunks: counts, at: site)
    }
    let rowElements = elementCount / rows
    let step = max((4 << 20) / max(rowElements * elementSize, 1), chunkShape?.first ?? 1, 1)
    for first in stride(from: 0, to: rows, by: step) {
      let part = Hyperslab(
        start: [first] + shape.dropFirst().map { _ in 0 },
        count: [min(step, rows - first)] + shape.dropFirst())
      try tryReading(type.id, space.id, part, at: site)
    }
  }

  /// Reads the chunks that were written: what is not there costs nothing.
  private func tryReading(
    _ type: hid_t, _ space: hid_t, chunks: (written: Int, all: Int), at site: CallSite
  ) throws(HDF5Error) {
    guard
      let grid = ChunkGrid(
        Hyperslab(all: shape), chunk: chunkShape ?? [], shape: shape, elementSize: elementSize)
    else { return }
    // libhdf5 counts from the first chunk on at every question for the one of a number.
    if chunks.written < chunks.all / max(chunks.written, 1) {
      for number in 0..<chunks.written {
        var offset = [hsize_t](repeating: 0, count: shape.count)
        _ = try site.call { hdf5_chunk_offset(id, UInt64(number), &offset) }
        try tryReading(
          type, space, grid.part(at: offset.map(Int.init(clamping:))), at: site)
      }
    } else {
      for index in 0..<grid.count {
        let part = grid.part(of: index)
        var size: hsize_t = 0
        let isThere = try site.call { () -> CInt in
          hdf5_chunk_size(id, part.start.map(hsize_t.init), &size) && size == 0 ? 0 : 1
        }
        if isThere > 0 { try tryReading(type, space, part, at: site) }
      }
    }
  }

  private func tryReading(
    _ type: hid_t, _ space: hid_t, _ part: Hyperslab, at site: CallSite
  ) throws(HDF5Error) {
    guard part.fault(in: shape) == nil else { throw site.error(.corrupt) }
    let (start, count) = (part.start.map(hsize_t.init), part.count.map(hsize_t.init))
    _ = try site.call { H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, count, nil) }
    try tryReading(type, space, count: part.elementCount, at: site)
  }

  private func tryReading(
    _ type: hid_t, _ space: hid_t, count: Int, at site: CallSite
  ) throws(HDF5Error) {
    let memory = try Dataspace.simple([count], at: site)
    var bytes = [UInt8](repeating: 0, count: count * elementSize)
    _ = try site.call {
      H5Dread(id, type, memory.id, space, hid_t(H5P_DEFAULT), &bytes)
    }
    _ = try site.call { H5Dvlen_reclaim(type, memory.id, hid_t(H5P_DEFAULT), &bytes) }
  }
}
