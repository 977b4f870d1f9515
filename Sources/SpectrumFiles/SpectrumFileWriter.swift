internal import HDF5
public import Spectra

/// Writes a file that is HSPY 3.3 and NeXus at once, atomically.
///
/// Everything goes to a temporary file in the folder of the final name; ``commit()`` puts it in
/// place. Until then, and after any failure, nothing has changed at the final name.
///
/// HyperSpy finds every signal in `/Experiments`, in the order in which they were added; NeXus
/// readers find an NXentry for each, with the same data by a hard link. Group names are made of the
/// title's letters and digits; the title itself is in the metadata. A file whose name ends with `.nxs` is
/// NeXus alone: what stands in `/Experiments` moves into the NXentries (``HiddenExperiment``).
///
/// Metadata that are carried over stay as they are, with their limits: a signal nested in them whose
/// axes have no names keeps HyperSpy 1.7.3 from loading the file, and an array of fixed-length texts
/// keeps HyperSpy from loading it as NeXus without `use_default=True`, as it does in the original.
public final class SpectrumFileWriter {
  /// How data are compressed; the bytes are shuffled first and checked with Fletcher's sum.
  public enum Compression: Sendable, Equatable {
    /// Not at all.
    case none
    /// Deflate (RFC 1951) of a level from 1, fast, to 9, small.
    case gzip(Int)
  }

  /// The final name of the file.
  public let path: String
  /// Metadata that could not be carried over, in words.
  public private(set) var warnings: [String] = []

  private let threads: Int
  private let temporary: TemporaryFile
  private let file: File
  private let root: Group
  private let experiments: Group
  private var sinks: [SpectrumFileSink] = []
  private var names: Set<String> = []
  private var entries: Set<String> = []

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: the final name; an old file of this name stays as it is until ``commit()``.
  ///   - creator: the program and its version, for the file's `creator`.
  ///   - threads: how many threads may compress; the file's bytes do not depend on it.
  /// - Throws: ``SpectrumFileError`` when the folder is not there or cannot be written, or when the
  ///   old file is write-protected or no ordinary file.
  public init(
    writing path: String, creator: String = "eels-dag", threads: Int = 1
  ) throws(SpectrumFileError) {
    self.path = path
    self.threads = threads
    let temporary = try TemporaryFile(for: path)
    self.temporary = temporary
    (file, root, experiments) = try translatingErrors(of: path) {
      let file = try File(creating: temporary.path)
      let root = try file.root
      try Self.mark(root, default: "entry", creator: creator)
      try Self.markHSPY(root)
      return (file, root, try root.createGroup("Experiments", trackingOrder: true))
    }
  }

  deinit { discard() }

  /// Writes the attributes by which a file is known as NeXus; those that are there stay.
  ///
  /// HyperSpy's NeXus reader looks for its own metadata only when the writer has the name of its own.
  static func mark(_ root: Group, default entry: String, creator: String) throws {
    for (name, value) in [("NX_class", "NXroot"), ("default", entry)]
    where try root.attribute(name) == nil {
      try root.setFixedAttribute(name, value)
    }
    for (name, value) in [("file_writer", "hyperspy_nexus_v3"), ("creator", creator)]
    where try root.attribute(name) == nil {
      try root.setAttribute(name, .string(value))
    }
  }

  /// Writes the attributes by which a file is known as HSPY.
  static func markHSPY(_ root: Group, version: FormatVersion = .current) throws {
    try root.setAttribute("file_format", .string("HyperSpy"))
    try root.setAttribute("file_format_version", .string(version.description))
  }

  // MARK: Signals

  /// Adds a signal whose spectra follow through the sink.
  ///
  /// - Parameters:
  ///   - header: title, axes, number type and metadata; the navigation axes come first.
  ///   - source: a signal whose metadata are carried over bit by bit, whatever they hold. What
  ///     `header` says otherwise is then changed, added or removed.
  ///   - compression: how the data are compressed.
  /// - Returns: where the spectra go.
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addSpectra(
    _ header: SignalHeader, carrying source: StoredSignal? = nil,
    compression: Compression = .gzip(4)
  ) throws(SpectrumFileError) -> SpectrumFileSink {
    try addSignal(header, named: "spectra", carrying: source, compression: compression)
  }

  /// Adds entries to the metadata of a signal of this file, for what is known only at the end.
  ///
  /// `metadata` holds all entries that the signal shall have; those that it had and that differ are
  /// replaced.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func setMetadata(
    _ metadata: MetadataTree, of sink: SpectrumFileSink
  ) throws(SpectrumFileError) {
    try translatingErrors(of: path) {
      var encoder = MetadataEncoder()
      try encoder.update(
        sink.group.group("metadata"), from: sink.header.metadata, to: metadata)
      sink.header.metadata = metadata
      warnings += encoder.losses
    }
  }

  /// Adds a decomposition to a signal of this file, once; its loadings follow through what is returned.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addLearningResults(
    to sink: SpectrumFileSink
  ) throws(SpectrumFileError) -> LearningResultsSink {
    let group = try translatingErrors(of: path) { try sink.group.group("learning_results") }
    return LearningResultsSink(group: group, header: sink.header, path: path)
  }

  /// Adds a label array: one whole number a spectrum, with the names of the classes in
  /// `metadata/Sample/class_names`.
  ///
  /// HyperSpy loads it as a `BaseSignal` whose axes all navigate, like its own masks.
  /// `spectra` is the title of the spectra that they belong to, for a file of several sets.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addLabels(
    _ labels: Labels, title: String, spectra: String? = nil,
    metadata: MetadataTree = MetadataTree()
  ) throws(SpectrumFileError) {
    try addLabels(
      of: labels.classNames, axes: labels.axes, title: title, spectra: spectra, metadata: metadata
    )
    .append(doubles: labels.values.map(Double.init))
  }

  /// Adds a label array whose values follow through the sink.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addLabels(
    of classNames: [String], axes: [Axis], title: String, spectra: String? = nil,
    metadata: MetadataTree = MetadataTree()
  ) throws(SpectrumFileError) -> SpectrumFileSink {
    var header = mapHeader(
      title, axes, .int32, count: axes.map(\.count).reduce(1, *), metadata)
    if let spectra { header.metadata[path: MapMark.spectra] = .string(spectra) }
    header.metadata[path: ["Sample", "class_names"]] =
      .list(classNames.map(MetadataValue.string))
    return try addSignal(header, named: "labels", carrying: nil, compression: .gzip(4))
  }

  /// Adds a map of real numbers, one a spectrum.
  ///
  /// - Parameters:
  ///   - title: what the map shows.
  ///   - values: one number a spectrum, navigation flattened in row-major order.
  ///   - axes: the navigation axes of the spectra.
  ///   - metadata: what else HyperSpy shall know about the map.
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addMap(
    title: String, values: [Float], axes: [Axis], metadata: MetadataTree = MetadataTree()
  ) throws(SpectrumFileError) {
    try addMap(
      mapHeader(title, axes, .float32, count: values.count, metadata), values.map(Double.init))
  }

  /// Adds a map of whole numbers, one a spectrum, for example of quality flags.
  ///
  /// - Parameters:
  ///   - title: what the map shows.
  ///   - spectra: the title of the spectra that it belongs to, for a file of several sets.
  ///   - values: one number a spectrum, navigation flattened in row-major order.
  ///   - axes: the navigation axes of the spectra.
  ///   - metadata: what else HyperSpy shall know about the map.
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addMap(
    title: String, spectra: String? = nil, values: [Int32], axes: [Axis],
    metadata: MetadataTree = MetadataTree()
  ) throws(SpectrumFileError) {
    var metadata = metadata
    if let spectra { metadata[path: MapMark.spectra] = .string(spectra) }
    try addMap(
      mapHeader(title, axes, .int32, count: values.count, metadata), values.map(Double.init))
  }

  private func addMap(_ header: SignalHeader, _ values: [Double]) throws(SpectrumFileError) {
    var header = header
    header.metadata[path: MapMark.path] = .string(MapMark.map)
    try addSignal(header, named: "map", carrying: nil, compression: .gzip(4))
      .append(doubles: values)
  }

  private func mapHeader(
    _ title: String, _ axes: [Axis], _ type: ElementType, count: Int,
    _ metadata: MetadataTree = MetadataTree()
  ) -> SignalHeader {
    // A map of a single spectrum has no axis of its own, and a signal needs one.
    let axes = axes.isEmpty ? [Axis.navigation("spectrum", count: 1)] : axes
    let header = SignalHeader(
      title: title, signalType: "", axes: axes, elementType: type, metadata: metadata)
    precondition(
      axes.allSatisfy(\.isNavigation) && count == header.spectrumCount,
      "\(count) values for a map of shape \(header.navigationShape)")
    return header
  }

  private func addSignal(
    _ header: SignalHeader, named kind: String, carrying source: StoredSignal?,
    compression: Compression
  ) throws(SpectrumFileError) -> SpectrumFileSink {
    precondition(
      !header.axes.drop(while: \.isNavigation).contains { $0.isNavigation }
        && header.elementType.isReal && !header.shape.isEmpty && !header.shape.contains(0),
      "a signal of \(header.elementType) and shape \(header.shape) with navigation axes last")
    let name = unique(NeXusEntry.name(header.title), kind)
    var header = header
    header.metadata[path: ["General", "title"]] = .string(header.title)
    header.metadata[path: ["Signal", "signal_type"]] = .string(header.signalType)
    // The axes say it since version 3.1.
    if header.metadata[path: StoredSignal.binnedPath] != nil {
      header.metadata[path: StoredSignal.binnedPath] = nil
    }
    let chunk = streamedChunkShape(
      navigation: header.navigationShape, signal: header.signalAxes.map(\.count),
      itemBytes: header.elementType.numberType.size)
    let sink = try translatingErrors(of: path) {
      let group = try ExperimentGroup.create(name, header, in: experiments)
      let level: Int? = if case .gzip(let level) = compression { level } else { nil }
      let data = try group.createDataset(
        "data", type: header.elementType.numberType, shape: header.shape, chunk: chunk,
        deflate: level, shuffle: level != nil, fletcher32: true)
      _ = try group.createGroup("learning_results")
      try write(header, carrying: source, to: group)
      let entry = NeXusEntry(name: entryName(kind), dataName: name, header: header)
      try entry.write(to: root, data: data)
      return SpectrumFileSink(
        header: header, experimentName: name, entryName: entry.name, group: group, dataset: data,
        chunk: chunk, threads: threads, path: path,
        temporary: temporary)
    }
    sinks.append(sink)
    return sink
  }

  /// Writes both metadata trees, or copies them and changes what differs.
  private func write(
    _ header: SignalHeader, carrying source: StoredSignal?, to group: Group
  ) throws {
    var encoder = MetadataEncoder()
    let isCurrent = source?.version.map { $0 >= FormatVersion(major: 3, minor: 0) } ?? false
    let trees = [
      ("metadata", header.metadata, source?.header.metadata),
      ("original_metadata", header.originalMetadata, source?.header.originalMetadata),
    ]
    for (name, tree, old) in trees {
      if let stored = source?.group, let old, isCurrent, try stored.contains(name) {
        try stored.copy(name, to: group, as: name)
        if source?.layout == .hidden { try HiddenExperiment.unescape(group.group(name)) }
        try encoder.update(group.group(name), from: old, to: tree)
      } else {
        try encoder.write(tree, to: group.createGroup(name))
      }
    }
    warnings += encoder.losses
  }

  /// Moves HyperSpy's side into the NXentries.
  private func hideExperiments() throws {
    for (place, sink) in sinks.enumerated() {
      let entry = try root.group(sink.entryName)
      try HiddenExperiment.hide(
        sink.experimentName, of: experiments, place: place, in: entry, keepsData: false,
        version: .current)
    }
    try root.unlink("Experiments")
    for name in ["file_format", "file_format_version"] { try root.removeAttribute(name) }
  }

  /// A name that no signal of this file has yet.
  private func unique(_ wanted: String, _ kind: String) -> String {
    let stem = wanted.allSatisfy { $0 == "_" } ? kind : wanted
    var name = stem
    var number = 2
    while !names.insert(name).inserted {
      name = "\(stem)_\(number)"
      number += 1
    }
    return name
  }

  /// The name of the next NXentry: `entry` for the first, which is the file's default.
  private func entryName(_ kind: String) -> String {
    let stem = entries.isEmpty ? "entry" : "entry_\(kind)"
    var name = stem
    var number = 2
    while !entries.insert(name).inserted {
      name = "\(stem)_\(number)"
      number += 1
    }
    return name
  }

  // MARK: Ending

  /// Finishes the file and puts it in place of the old one.
  ///
  /// All spectra must have been appended.
  ///
  /// - Throws: ``SpectrumFileError`` when the disk is full or the file cannot be put in place; the
  ///   old file is then as it was and the temporary file is gone.
  public func commit() throws(SpectrumFileError) {
    for sink in sinks {
      precondition(
        sink.isComplete,
        "\(sink.count) of \(sink.header.spectrumCount) spectra of \(sink.header.title) written")
    }
    do throws(SpectrumFileError) {
      try translatingErrors(of: path) {
        if NeXusName.isEnding(of: path) { try hideExperiments() }
        try file.close()
      }
    } catch {
      temporary.discard()
      throw error
    }
    try temporary.commit()
  }

  /// Gives the file up: the temporary file is removed, the old file stays.
  public func discard() {
    try? file.close()
    temporary.discard()
  }

  /// Removes the temporary files of all writers of this process; for signal handlers.
  ///
  /// Calls nothing but `unlink`, once it has run before: call it once before you install a handler.
  public static func removeTemporaryFiles() { TemporaryFileTable.removeAll() }
}

/// The mark of a map that is neither spectra nor labels, in the metadata.
enum MapMark {
  static let path = ["eels_dag", "content"]
  static let map = "map"
  /// Where the title of the spectra is written that labels or a map belong to.
  static let spectra = ["eels_dag", "spectra"]
}
