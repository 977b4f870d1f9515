internal import HDF5
internal import Spectra

/// Turns a file of spectra into one of another format, and loses nothing that the target can hold.
///
/// HSPY and NeXus are both HDF5: the whole tree is copied object by object (``TreeCopy``), and the other
/// format's view of the same data is added beside it. To `.hspy`, `.h5` and `.hdf5`: an NXentry for every
/// signal without one, and a group in `/Experiments` for every NXdata without one. To `.nxs`: the same, and
/// then what is not NeXus moves into the NXentries (``HiddenExperiment``), from where it moves back on the
/// way to HSPY. Files of microscopes are written signal by signal.
public struct FileConversion {
  /// What the new file does not hold.
  public private(set) var losses: [Loss] = []
  /// What the new file holds in a way that not every reader sees.
  public private(set) var remarks: [Loss] = []
  /// The format of the new file.
  public let format: FileFormat
  /// The names of the signals of the new file, in the order of HyperSpy's `load`.
  public private(set) var names: [String] = []

  private let file: SpectrumFile
  private let signals: [StoredSignal]
  private let path: String
  private let creator: String
  private let threads: Int

  /// Writes a file with what another one holds.
  ///
  /// - Parameters:
  ///   - file: the file that is read.
  ///   - path: the final name, whose ending tells the format: NeXus for `.nxs`, else HSPY. An old file of
  ///     this name stays as it is until all is written.
  ///   - isAlone: whether only the file's chosen spectra are to be written, not its other signals.
  ///   - creator: the program and its version, for a file that names none.
  ///   - threads: how many threads may compress; the file's bytes do not depend on it.
  ///   - progress: gets the number of bytes that were copied since.
  /// - Throws: ``SpectrumFileError`` when the input cannot be read or the output not be written.
  public init(
    _ file: SpectrumFile, writing path: String, onlySpectra isAlone: Bool = false, creator: String,
    threads: Int = 1, progress: @escaping (UInt64) -> Void = { _ in }
  ) throws(SpectrumFileError) {
    self.file = file
    self.path = path
    self.creator = creator
    self.threads = threads
    signals = isAlone ? [try file.spectra()] : file.signals
    format =
      NeXusName.isEnding(of: path)
      ? .nexus(version: "") : .hspy(version: FormatVersion.current.description)
    if signals.contains(where: { $0.layout == .foreign }) {
      try writeSignals(progress)
    } else {
      try copyTree(progress)
    }
  }

  private var isNeXus: Bool { if case .nexus = format { true } else { false } }

  // MARK: Files of microscopes

  /// Writes the signals one after the other, with all their digits.
  private mutating func writeSignals(_ progress: (UInt64) -> Void) throws(SpectrumFileError) {
    let writer = try SpectrumFileWriter(writing: path, creator: creator, threads: threads)
    for signal in signals {
      if let unreadable = signal.unreadable {
        losses.append(Loss(object: signal.name, reason: unreadable))
        continue
      }
      let header = signal.header
      let sink = try writer.addSpectra(header, carrying: signal)
      names.append(sink.experimentName)
      for first in stride(from: 0, to: header.spectrumCount, by: signal.preferredBlockCount) {
        let spectra = first..<min(first + signal.preferredBlockCount, header.spectrumCount)
        if header.elementType == .float32 {
          try sink.append(signal.read(spectra))
        } else {
          try sink.append(doubles: signal.readDoubles(spectra))
        }
        progress(UInt64(spectra.count * signal.byteCount / max(header.spectrumCount, 1)))
      }
    }
    guard !names.isEmpty else {
      throw SpectrumFileError(
        .unsupported, path: file.path,
        "\(file.path) holds nothing that can be written: "
          + losses.map(\.description).joined(separator: "; "))
    }
    losses += writer.warnings.map { Loss(object: file.path, reason: $0) }
    try writer.commit()
  }

  // MARK: HDF5

  private mutating func copyTree(
    _ progress: @escaping (UInt64) -> Void
  ) throws(SpectrumFileError) {
    let temporary = try TemporaryFile(for: path)
    let source = try translatingErrors(of: file.path) { try File(opening: file.path).root }
    try translatingErrors(of: path) {
      let new = try File(creating: temporary.path)
      let root = try new.root
      var copy = TreeCopy(
        to: root, chunks: try chunks(), left: try leftGroups(of: source), threads: threads,
        progress: progress)
      try copy.copyContents(of: source, to: root)
      losses += copy.losses
      let copies = try copies(of: signals, copy, in: root)
      if isNeXus { try addNeXus(copies, root) } else { try addHSPY(copies, root) }
      try new.close()
    }
    try temporary.commit()
  }

  /// A signal and its data in the new file.
  private struct Copy {
    var signal: StoredSignal
    var data: Dataset
  }

  private func copies(
    of signals: [StoredSignal], _ copy: TreeCopy, in root: Group
  ) throws -> [Copy] {
    try signals.compactMap { signal in
      guard let data = signal.storage as? Dataset, let path = try copy.path(ofCopyOf: data) else {
        return nil
      }
      return Copy(signal: signal, data: try root.dataset(path))
    }
  }

  /// Chunk shapes for data that lie in one piece, which HyperSpy cannot open lazily.
  private func chunks() throws -> [ObjectIdentity: [Int]] {
    var chunks: [ObjectIdentity: [Int]] = [:]
    for signal in signals {
      guard let data = signal.storage as? Dataset, data.chunkShape == nil, !data.shape.isEmpty,
        !data.shape.contains(0), try data.isFixedSize
      else { continue }
      let header = signal.header
      let chunk = streamedChunkShape(
        navigation: header.navigationShape, signal: header.signalAxes.map(\.count),
        itemBytes: data.elementSize)
      var placed = chunk
      for (axis, place) in signal.order.enumerated() { placed[place] = chunk[axis] }
      chunks[try data.identity] = placed
    }
    return chunks
  }

  /// The groups of signals that are not to be written, with the entries that show nothing else.
  private func leftGroups(of root: Group) throws -> Set<ObjectIdentity> {
    let others = file.signals.filter { signal in !signals.contains { $0 === signal } }
    if others.isEmpty { return [] }
    var left: Set<ObjectIdentity> = []
    var leftData: Set<ObjectIdentity> = []
    for signal in others {
      if let group = signal.group { left.insert(try group.identity) }
      if let data = signal.storage as? Dataset { leftData.insert(try data.identity) }
    }
    let plots = try NeXusTree.plots(of: root)
    for plot in plots where try leftData.contains(plot.signal.identity) {
      left.insert(try plot.group.identity)
    }
    for entry in try NeXusTree.entries(of: root) {
      let shown = plots.filter { $0.entry.path == entry.path }
      let isLeft = try shown.allSatisfy { try leftData.contains($0.signal.identity) }
      if !shown.isEmpty, isLeft { left.insert(try entry.identity) }
    }
    return left
  }

  // MARK: To HSPY

  private mutating func addHSPY(_ copies: [Copy], _ root: Group) throws {
    try HiddenExperiment.revealAll(in: root)
    let experiments =
      try root.contains("Experiments")
      ? root.group("Experiments") : root.createGroup("Experiments", trackingOrder: true)
    for copy in copies where copy.signal.layout == .plot {
      try addExperiment(copy, experiments)
    }
    try addEntries(copies, root)
    // A file of version 1.0 has no such attribute, and keeps to that.
    let versions = copies.compactMap(\.signal.version)
    if try root.attribute("file_format_version") == nil,
      versions.allSatisfy({ $0 > FormatVersion(major: 1, minor: 0) })
    {
      try SpectrumFileWriter.markHSPY(root, version: versions.max() ?? .current)
    }
    names = try experiments.members.map(\.name).filter {
      try experiments.contains("\($0)/data")
    }
  }

  /// Adds HyperSpy's view of an NXdata.
  private mutating func addExperiment(_ copy: Copy, _ experiments: Group) throws {
    let (signal, data) = (copy.signal, copy.data)
    var name = NeXusEntry.name(signal.name)
    while try experiments.contains(name) { name += "_" }
    let group = try ExperimentGroup.create(
      name, signal.header, order: signal.order, in: experiments)
    try group.link("data", to: data)
    _ = try group.createGroup("learning_results")
    var encoder = MetadataEncoder()
    try encoder.write(signal.header.metadata, to: group.createGroup("metadata"))
    try encoder.write(signal.header.originalMetadata, to: group.createGroup("original_metadata"))
    losses += encoder.losses.map { Loss(object: data.path, reason: $0) }
  }

  /// Adds an NXentry for every signal that no NXdata shows.
  private mutating func addEntries(_ copies: [Copy], _ root: Group) throws {
    let shown = Set(try NeXusTree.plots(of: root).map { try $0.signal.identity })
    for copy in copies where try !shown.contains(copy.data.identity) {
      guard case .number = copy.data.elementKind else { continue }
      let name = NeXusEntry.name(copy.signal.name)
      let entry = NeXusEntry(
        name: try Self.entryName(in: root),
        dataName: name.allSatisfy { $0 == "_" } ? "signal" : name,
        header: copy.signal.header, order: copy.signal.order)
      try entry.write(to: root, data: copy.data)
    }
    guard let first = try NeXusTree.entries(of: root).first else { return }
    let name = String(first.path.dropFirst())
    if let stored = try root.attribute("default")?.text, try !root.contains(stored) {
      try root.removeAttribute("default")
    }
    try SpectrumFileWriter.mark(root, default: name, creator: creator)
  }

  private static func entryName(in root: Group) throws -> String {
    var (name, number) = ("entry", 1)
    while try root.contains(name) {
      number += 1
      name = "entry_\(number)"
    }
    return name
  }

  // MARK: To NeXus

  private mutating func addNeXus(_ copies: [Copy], _ root: Group) throws {
    names = signals.map(\.name)
    try addEntries(copies, root)
    if try root.contains("Experiments") {
      let experiments = try root.group("Experiments")
      for (place, copy) in copies.enumerated() where copy.signal.layout == .experiment {
        try hide(copy, place: place, experiments, root)
      }
    }
    let others = try root.members.map(\.name).filter { try root.isForeign($0) }
    if let entry = try NeXusTree.entries(of: root).first {
      try HiddenExperiment.hideRest(of: root, in: entry)
    } else {
      remarks += others.map { Loss(object: "/\($0)", reason: "is no part of NeXus") }
    }
    guard let first = try NeXusTree.entries(of: root).first else { return }
    try SpectrumFileWriter.mark(root, default: String(first.path.dropFirst()), creator: creator)
  }

  /// Moves a signal of HyperSpy's into the NXentry that shows its data.
  private mutating func hide(
    _ copy: Copy, place: Int, _ experiments: Group, _ root: Group
  ) throws {
    let identity = try copy.data.identity
    try ExperimentGroup.harden(copy.signal.name, of: experiments)
    let plot = try NeXusTree.plots(of: root).first { try $0.signal.identity == identity }
    let entry: Group
    if let plot, plot.entry.path != "/", try !plot.entry.contains(HiddenExperiment.name) {
      entry = plot.entry
    } else {
      entry = try NeXusEntry.writeBare(
        Self.entryName(in: root), title: copy.signal.header.title, to: root)
      remarks.append(
        Loss(
          object: copy.signal.storage.path,
          reason:
            "\(copy.signal.unreadable ?? "is no array of numbers"): NeXus has no word for it, and "
            + "only HyperSpy's side of the file holds it"))
    }
    try HiddenExperiment.hide(
      copy.signal.name, of: experiments, place: place, in: entry, keepsData: plot == nil,
      version: copy.signal.version ?? .current)
  }
}

extension Group {
  /// True for a member of a root that means nothing to NeXus.
  fileprivate func isForeign(_ name: String) throws -> Bool {
    guard let member = try members.first(where: { $0.name == name }), member.kind == .group else {
      return true
    }
    return try NeXusTree.nexusClass(of: group(name)) == nil
  }
}
