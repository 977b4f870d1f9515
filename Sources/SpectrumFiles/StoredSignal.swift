internal import HDF5
public import Spectra

/// A signal in a file: its header at once, its data as they are asked for.
///
/// Any number of navigation and signal axes in any order: ``header`` lists navigation axes first,
/// and reading moves the numbers accordingly. Numbers of any width come out as Float32; a Float64
/// source keeps its digits only through ``readDoubles(_:)``.
public final class StoredSignal: SpectrumSource {
  /// The name of the group in `/Experiments`; of a microscope's file, that of the image.
  public let name: String
  /// The file that holds the signal.
  public let path: String
  /// Title, axes and metadata.
  public let header: SignalHeader
  /// The chunk shape in the order of the file; nil when the data lie in one piece.
  public let chunkShape: [Int]?
  /// The filters of the data, for example `shuffle` and `deflate`.
  public let filters: [String]
  /// The bytes that the data take in the file.
  public let storedBytes: UInt64
  /// The bytes that the data take in memory, in their own number type.
  public let byteCount: Int
  /// Why the data cannot be read, in words that follow the object's name; nil when they can.
  ///
  /// The header's number type means nothing in that case.
  public let unreadable: String?
  /// What the file says in a way that was not followed to the letter.
  public let warnings: [String]

  private let threads: Int
  /// The version of HyperSpy's format in which the metadata are written; nil in another format.
  let version: FormatVersion?
  /// The group of an HDF5 file that holds the signal; nil in another format.
  let group: Group?
  /// Where the numbers lie.
  let storage: any SignalStorage
  /// For every axis of the header, its place in the data's shape.
  let order: [Int]

  /// True when the signal is an array of whole numbers or truth values that can be labels: all of
  /// its axes navigate, or it is no signal of a special type and has class names or no navigation
  /// axes.
  public var isLabelArray: Bool {
    // Microscopes write images of whole numbers, but no labels.
    guard layout != .foreign, unreadable == nil, !isMap, header.elementType.isWhole else {
      return false
    }
    if header.signalAxes.isEmpty { return true }
    return header.signalType.isEmpty && (classNames != nil || header.navigationAxes.isEmpty)
  }

  /// True for a map that ``SpectrumFileWriter`` marked as such, for example quality flags.
  public var isMap: Bool {
    header.metadata[path: MapMark.path] == .string(MapMark.map)
  }

  /// False for labels and maps that name other spectra as those that they belong to.
  public func belongs(to spectra: StoredSignal) -> Bool {
    guard case .string(let title)? = header.metadata[path: MapMark.spectra] else { return true }
    return title == spectra.header.title
  }

  /// The class names in `metadata/Sample/class_names`; nil when there are none.
  public var classNames: [String]? {
    let members: [MetadataValue]
    switch header.metadata[path: ["Sample", "class_names"]] {
    case .list(let list)?: members = list
    case .tuple(let tuple)?: members = tuple
    default: return nil
    }
    let names = members.compactMap { if case .string(let name) = $0 { name } else { nil } }
    return names.count == members.count ? names : nil
  }

  /// How the signal is laid down in its file.
  enum Layout {
    /// As HyperSpy does, in a group of `/Experiments`.
    case experiment
    /// The same within an NXentry: see ``HiddenExperiment``.
    case hidden
    /// As an NXdata alone.
    case plot
    /// In a file that is not HDF5.
    case foreign
  }

  /// How the signal is laid down in its file.
  let layout: Layout
  /// True for the one that a NeXus file names as the one to be shown.
  let isDefault: Bool

  /// Opens a signal of HyperSpy's.
  ///
  /// - Parameters:
  ///   - name: the name of its group in `/Experiments`.
  ///   - group: the group, which holds `data` unless they are given.
  ///   - data: the data set of the signal.
  ///   - isHidden: whether the group is a ``HiddenExperiment``.
  ///   - version: the version of the format.
  ///   - path: the file.
  ///   - threads: how many threads may decompress.
  /// - Throws: ``HDF5Error`` when the file is damaged.
  init(
    name: String, group: Group, data: Dataset? = nil, isHidden: Bool = false,
    version: FormatVersion, path: String, threads: Int
  ) throws {
    self.name = name
    self.path = path
    self.threads = threads
    self.group = group
    self.version = version
    layout = isHidden ? .hidden : .experiment
    isDefault = false
    let dataset = try data ?? group.dataset("data")
    storage = dataset
    var remarks: [String] = []
    var (metadata, originalMetadata) = try Self.metadata(
      of: group, isHidden: isHidden, version, &remarks)
    metadata.modernise(from: version)
    let signalType = metadata.string("Signal", "signal_type") ?? ""
    var title = metadata.string("General", "title") ?? ""
    if title == "__unnamed__" { title = "" }

    let (axes, missing) = try Self.axes(
      of: group, isHidden: isHidden, shape: dataset.shape, metadata: metadata,
      signalType: signalType, remarks: &remarks)
    let order =
      axes.indices.filter { axes[$0].isNavigation } + axes.indices.filter { !axes[$0].isNavigation }
    self.order = order
    var elementType = ElementType.float32
    if case .number(let type) = dataset.elementKind { elementType = ElementType(type) }
    byteCount = dataset.elementCount * elementType.numberType.size
    storedBytes = try dataset.storageSize
    unreadable = Self.fault(of: dataset, byteCount, storedBytes) ?? missing
    chunkShape = dataset.chunkShape
    filters = dataset.filters.map(\.name)
    warnings = remarks + [try dataset.unwrittenParts].compactMap(\.self)
    header = SignalHeader(
      title: title, signalType: signalType, axes: order.map { axes[$0] },
      elementType: elementType, metadata: metadata, originalMetadata: originalMetadata)
  }

  /// Opens a signal of a NeXus file.
  ///
  /// - Parameters:
  ///   - plot: where it lies.
  ///   - isAlone: whether it is the only one of its NXentry.
  ///   - path: the file.
  ///   - threads: how many threads may decompress.
  /// - Throws: ``HDF5Error`` when the file is damaged.
  init(_ plot: NeXusTree.Plot, isAlone: Bool, path: String, threads: Int) throws {
    let dataset = plot.signal
    name = String(plot.group.path.drop { $0 == "/" })
    self.path = path
    self.threads = threads
    group = plot.group
    version = nil
    layout = .plot
    isDefault = plot.isDefault
    storage = dataset
    let found = try NeXusAxes(of: dataset, in: plot.group)
    let about = try NeXusMetadata(of: plot, axes: found.axes, isAlone: isAlone)
    var axes = found.axes
    for index in axes.indices where !axes[index].isNavigation {
      axes[index].isBinned = about.signalType == "EELS"
    }
    order =
      axes.indices.filter { axes[$0].isNavigation } + axes.indices.filter { !axes[$0].isNavigation }
    var elementType = ElementType.float32
    if case .number(let type) = dataset.elementKind { elementType = ElementType(type) }
    byteCount = dataset.elementCount * elementType.numberType.size
    storedBytes = try dataset.storageSize
    unreadable = Self.fault(of: dataset, byteCount, storedBytes)
    chunkShape = dataset.chunkShape
    filters = dataset.filters.map(\.name)
    warnings = found.remarks + [try dataset.unwrittenParts].compactMap(\.self)
    header = SignalHeader(
      title: about.title, signalType: about.signalType, axes: order.map { axes[$0] },
      elementType: elementType, metadata: about.metadata,
      originalMetadata: about.originalMetadata)
  }

  /// A signal of a file that is not HDF5.
  ///
  /// - Parameters:
  ///   - name: the name of the image.
  ///   - path: the file.
  ///   - header: title, axes and metadata, navigation axes first.
  ///   - storage: where the numbers lie.
  ///   - order: for every axis of the header, its place in the storage's shape.
  ///   - storedBytes: the bytes that the numbers take in the file.
  ///   - unreadable: why they cannot be read as spectra, in words that follow the object's name.
  ///   - warnings: what the file says in a way that was not followed to the letter.
  init(
    name: String, path: String, header: SignalHeader, storage: any SignalStorage, order: [Int],
    storedBytes: Int, unreadable: String? = nil, warnings: [String] = []
  ) {
    self.name = name
    self.path = path
    self.header = header
    self.storage = storage
    self.order = order
    self.storedBytes = UInt64(storedBytes)
    self.unreadable = unreadable
    self.warnings = warnings
    byteCount = storedBytes
    threads = 1
    version = nil
    group = nil
    layout = .foreign
    isDefault = false
    chunkShape = nil
    filters = []
  }

  /// Both metadata trees, under the names of their time.
  private static func metadata(
    of group: Group, isHidden: Bool, _ version: FormatVersion, _ remarks: inout [String]
  ) throws -> (metadata: MetadataTree, original: MetadataTree) {
    let names =
      version < FormatVersion(major: 1, minor: 2)
      ? ["mapped_parameters", "original_parameters"] : ["metadata", "original_metadata"]
    var trees: [MetadataTree] = []
    for name in names {
      if try group.contains(name) {
        trees.append(try MetadataDecoder.tree(of: group.group(name), isHidden: isHidden))
      } else {
        remarks.append("\(group.path) has no \(name); HyperSpy cannot load it")
        trees.append(MetadataTree())
      }
    }
    return (trees[0], trees[1])
  }

  /// Why data cannot be read as spectra; nil when they can.
  private static func fault(
    of dataset: Dataset, _ byteCount: Int, _ storedBytes: UInt64
  ) -> String? {
    switch dataset.elementKind {
    case .number(let type): if type.isComplex { return "holds complex numbers" }
    case .variableLength: return "is a ragged array"
    case .compound(let names): return "holds tables of \(names.joined(separator: ", "))"
    case .string: return "holds texts"
    case .opaque: return "holds bytes"
    case .other(let what): return "holds \(what)"
    }
    if dataset.shape.contains(0) { return "is empty: its shape is \(dataset.shape)" }
    if let filter = dataset.filters.first(where: { !$0.available }) {
      return "is compressed with the filter \(filter.name) (\(filter.id)), which is not built in; "
        + "save it again with gzip"
    }
    if byteCount > 1 << 32, UInt64(byteCount) / 1000 > storedBytes {
      return "declares \(byteCount) bytes but only \(storedBytes) are stored: the file is not "
        + "believed"
    }
    return nil
  }

  /// Where older files say whether the signal axes are binned.
  static let binnedPath = ["Signal", "binned"]

  /// The axes in array order, and what is missing for them.
  private static func axes(
    of group: Group, isHidden: Bool, shape: [Int], metadata: MetadataTree, signalType: String,
    remarks: inout [String]
  ) throws -> (axes: [Axis], missing: String?) {
    let signalAxes =
      switch metadata.string("Signal", "record_by") {
      case "spectrum"?: 1
      case "image"?: 2
      default: shape.count
      }
    // Where the metadata say it, as below version 3.1, HyperSpy believes them and not the axes.
    var stored: Bool?
    if case .bool(let truth)? = metadata[path: binnedPath] { stored = truth }
    var groups: [Group] = []
    for index in shape.indices {
      let name = isHidden ? NeXusName.escaped("axis-\(index)") : "axis-\(index)"
      guard try group.contains(name) else { break }
      groups.append(try group.group(name))
    }
    let list = "_list_\(shape.count)_axes"
    if groups.count < shape.count, try group.contains(list) {
      let members = try group.group(list)
      groups = try members.members.map(\.name).sorted().map { try members.group($0) }
    }
    var axes: [Axis] = []
    for (index, count) in shape.enumerated() {
      let isNavigation = index < shape.count - signalAxes
      guard index < groups.count else {
        axes.append(
          Axis(
            name: nil, units: nil, isNavigation: isNavigation,
            calibration: .uniform(UniformAxis(offset: 0, scale: 1, count: count))))
        continue
      }
      var (axis, remark) = try AxisDecoder.axis(
        of: groups[index], count: count,
        defaults: .init(isNavigation: isNavigation, isBinned: signalType == "EELS"))
      if let stored, !axis.isNavigation { axis.isBinned = stored }
      axes.append(axis)
      if let remark { remarks.append(remark) }
    }
    let missing =
      groups.count < shape.count ? "has no group axis-\(groups.count) that calibrates it" : nil
    return (axes, missing)
  }

  // MARK: Reading

  /// Whole rows of chunks: as many spectra as make about sixteen megabytes, at least one
  /// row: enough chunks to be decompressed side by side.
  public var preferredBlockCount: Int {
    let navigation = header.navigationShape
    if navigation.isEmpty { return 1 }
    let axis = header.rowAxis
    let all = navigation[axis]
    let rowSpectra = navigation.dropFirst(axis + 1).reduce(1, *)
    let rowBytes = max(rowSpectra * header.channelCount * MemoryLayout<Float>.size, 1)
    let chunkRows = min(chunkShape.map { max($0[order[axis]], 1) } ?? 1, all)
    let rows = max(Self.preferredBytes / rowBytes / chunkRows, 1) * chunkRows
    return min(rows, all) * rowSpectra
  }

  private static let preferredBytes = 16 << 20

  /// Reads spectra as Float32.
  ///
  /// - Throws: ``SpectrumFileError`` when the data are not real numbers or cannot be decoded.
  public func read(_ spectra: Range<Int>) throws(SpectrumFileError) -> Block {
    let values = try numbers(spectra) { try $0.floats($1, threads: threads) }
    return Block(
      first: spectra.lowerBound, count: spectra.count, channels: header.channelCount,
      values: values)
  }

  /// Reads spectra as Float64, one after the other.
  ///
  /// - Throws: ``SpectrumFileError`` when the data are not real numbers or cannot be decoded.
  public func readDoubles(_ spectra: Range<Int>) throws(SpectrumFileError) -> [Double] {
    try numbers(spectra) { try $0.doubles($1) }
  }

  /// Reads whole numbers of a label array, positions in row-major order.
  func readIntegers() throws(SpectrumFileError) -> [Int64] {
    try numbers(0..<header.spectrumCount) { try $0.integers($1) }
  }

  private func numbers<Number>(
    _ spectra: Range<Int>, _ read: (any SignalStorage, Hyperslab) throws -> [Number]
  ) throws(SpectrumFileError) -> [Number] {
    precondition(
      spectra.lowerBound >= 0 && spectra.upperBound <= header.spectrumCount,
      "spectra \(spectra) of \(header.spectrumCount)")
    if let unreadable {
      throw SpectrumFileError(
        .unsupported, path: path, object: storage.path,
        "\(path): \(storage.path) \(unreadable)")
    }
    let signal = header.signalAxes.map(\.count)
    let isInOrder = order == Array(order.indices)
    return try translatingErrors(of: path) {
      var values: [Number] = []
      for box in navigationBoxes(spectra, shape: header.navigationShape) {
        var start = order.map { _ in 0 }
        var count = start
        for (axis, place) in order.enumerated() {
          let isNavigation = axis < box.start.count
          start[place] = isNavigation ? box.start[axis] : 0
          count[place] = isNavigation ? box.count[axis] : signal[axis - box.start.count]
        }
        let stored = try read(storage, Hyperslab(start: start, count: count))
        let ordered = isInOrder ? stored : reordered(stored, shape: count, order: order)
        if values.isEmpty { values = ordered } else { values += ordered }
      }
      return values
    }
  }
}

extension SignalHeader {
  /// The slowest navigation axis that is longer than 1, else 0: along it the signal is cut into
  /// rows, so that an image of one row is not read and written in one piece.
  var rowAxis: Int { navigationShape.firstIndex { $0 > 1 } ?? 0 }
}

/// The numbers of an array with its axes in another order.
///
/// - Parameters:
///   - values: the numbers, row-major.
///   - shape: the shape of `values`.
///   - order: for every axis of the result, its place in `shape`.
/// - Returns: the numbers, row-major in the new order.
func reordered<Number>(_ values: [Number], shape: [Int], order: [Int]) -> [Number] {
  var strides = shape.map { _ in 1 }
  for axis in shape.indices.reversed().dropFirst() {
    strides[axis] = strides[axis + 1] * shape[axis + 1]
  }
  let counts = order.map { shape[$0] }
  let steps = order.map { strides[$0] }
  var result: [Number] = []
  result.reserveCapacity(values.count)
  func append(_ axis: Int, _ offset: Int) {
    if axis == counts.count - 1 {
      for index in 0..<counts[axis] { result.append(values[offset + index * steps[axis]]) }
    } else {
      for index in 0..<counts[axis] { append(axis + 1, offset + index * steps[axis]) }
    }
  }
  append(0, 0)
  return result
}
