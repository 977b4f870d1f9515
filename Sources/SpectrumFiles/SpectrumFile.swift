internal import HDF5
public import Spectra

/// A file of spectra, open for reading: the one road by which every command reads its input.
///
/// HyperSpy's own files from format version 1.0 on, those that ``SpectrumFileWriter`` writes, NeXus files
/// of any writer, and what microscopes write: DigitalMicrograph's `.dm3` and `.dm4`, and spectra in text (`.msa`).
public final class SpectrumFile {
  /// The file.
  public let path: String
  /// The format of the file.
  public let format: FileFormat
  /// What the file says in a way that was not followed to the letter.
  public let warnings: [String]
  /// The signals, in the order of HyperSpy's `load`.
  public let signals: [StoredSignal]
  /// The signal that stands for the file's spectra; nil where none was chosen.
  private let chosen: StoredSignal?

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - threads: how many threads may decompress spectra; what is read does not depend on it.
  ///   - name: the signal that stands for the file's spectra: its name, its title or, of a NeXus file,
  ///     the path of its group or the name of its NXentry; nil where the file has one only.
  /// - Throws: ``SpectrumFileError`` when there is no such file, it is of none of the formats, it is
  ///   truncated or damaged, or it holds no signal, or none of this name.
  public init(
    reading path: String, threads: Int = 1, signal name: String? = nil
  ) throws(SpectrumFileError) {
    self.path = path
    let contents =
      switch FileSignature(of: path) {
      case .digitalMicrograph: try DigitalMicrographFile.contents(of: path)
      case .msa: try MSAFile.contents(of: path)
      case .other: try Self.hdf5Contents(of: path, threads: threads)
      }
    format = contents.format
    signals = contents.signals
    warnings = contents.warnings
    chosen = try name.map { (name) throws(SpectrumFileError) in
      try Self.signal(name, of: contents.signals, path: path)
    }
  }

  /// The signal of a name.
  private static func signal(
    _ name: String, of signals: [StoredSignal], path: String
  ) throws(SpectrumFileError) -> StoredSignal {
    let plain = String(name.drop { $0 == "/" })
    let ways: [(StoredSignal) -> Bool] = [
      { $0.name == plain || "Experiments/\($0.name)" == plain }, { $0.header.title == name },
      { $0.layout == .plot && $0.name.hasPrefix(plain + "/") },
    ]
    for way in ways {
      let found = signals.filter(way)
      if found.count == 1 { return found[0] }
      guard found.isEmpty else { break }
    }
    throw SpectrumFileError(
      .ambiguous, path: path, object: "/",
      "\(path) holds no one signal \(name); it holds: "
        + signals.map { "\($0.name) (\(sketch($0)))" }.joined(separator: ", "))
  }

  /// What a file holds.
  struct Contents {
    var format: FileFormat
    var signals: [StoredSignal]
    var warnings: [String]
  }

  /// Opens a file of HDF5: HSPY where it has signals of HyperSpy's, else NeXus.
  private static func hdf5Contents(
    of path: String, threads: Int
  ) throws(SpectrumFileError) -> Contents {
    try translatingErrors(of: path) {
      let root = try File(opening: path).root
      if try root.contains("Experiments") {
        return try hspyContents(of: root, path: path, threads: threads)
      }
      let contents = try nexusContents(of: root, path: path, threads: threads)
      if !contents.signals.isEmpty { return contents }
      let found = try root.contains("Analysis") ? "only models" : "no spectra"
      throw SpectrumFileError(
        .notHSPY, path: path, object: "/",
        "\(path) is HDF5 but holds \(found): there is no group /Experiments as in HSPY and no NXdata "
          + "as in NeXus; save the spectra from HyperSpy as .hspy")
    }
  }

  /// What a NeXus file holds: the signals of HyperSpy's that are hidden in it, then its other data.
  private static func nexusContents(
    of root: Group, path: String, threads: Int
  ) throws -> Contents {
    var hidden: [(place: Int, signal: StoredSignal)] = []
    var known: Set<ObjectIdentity> = []
    for entry in try NeXusTree.entries(of: root) {
      guard let experiment = try HiddenExperiment(in: entry) else { continue }
      let data = try experiment.data(of: entry)
      guard let data else { continue }
      known.insert(try data.identity)
      let signal = try StoredSignal(
        name: experiment.experimentName, group: experiment.group, data: data, isHidden: true,
        version: experiment.version, path: path, threads: threads)
      hidden.append((experiment.place, signal))
    }
    var signals = hidden.sorted { $0.place < $1.place }.map(\.signal)
    let plots = try NeXusTree.plots(of: root)
    for plot in plots where try !known.contains(plot.signal.identity) {
      let isAlone = plots.count { $0.entry.path == plot.entry.path } == 1
      signals.append(try StoredSignal(plot, isAlone: isAlone, path: path, threads: threads))
    }
    let version = try root.attribute("NeXus_version")?.text ?? ""
    return Contents(
      format: .nexus(version: version), signals: signals, warnings: signals.flatMap(\.warnings))
  }

  /// What an HSPY file holds.
  private static func hspyContents(
    of root: Group, path: String, threads: Int
  ) throws -> Contents {
    var warnings: [String] = []
    var version = FormatVersion(major: 1, minor: 0)
    if let stored = try root.attribute("file_format_version") {
      if let known = FormatVersion(stored) {
        version = known
      } else {
        version = .current
        warnings.append("the format version cannot be read; \(version) is assumed")
      }
    }
    if version > .current {
      warnings.append(
        "written in format version \(version), newer than \(FormatVersion.current), "
          + "which this program knows; look at the result with care")
    }
    let experiments = try root.group("Experiments")
    var signals: [StoredSignal] = []
    var seen: Set<ObjectIdentity> = []
    for member in try experiments.members {
      switch member.kind {
      case .group, .softLink: break
      case .externalLink:
        warnings.append("/Experiments/\(member.name) is a link into another file")
        continue
      case .dataset, .datatype, .other: continue
      }
      guard let group = try ExperimentGroup.group(member, of: experiments) else {
        warnings.append("/Experiments/\(member.name) is a link that leads to no group")
        continue
      }
      // A second name makes no second signal.
      guard try group.contains("data"), try seen.insert(group.identity).inserted else { continue }
      let signal = try StoredSignal(
        name: member.name, group: group, version: version, path: path, threads: threads)
      warnings += signal.warnings
      signals.append(signal)
    }
    if signals.isEmpty {
      throw SpectrumFileError(
        .notHSPY, path: path, object: "/Experiments",
        "\(path) is HDF5 but holds no HyperSpy signal: no group in /Experiments holds data; "
          + "save the spectra from HyperSpy as .hspy")
    }
    return Contents(
      format: .hspy(version: version.description), signals: signals, warnings: warnings)
  }

  /// Lets every file be tried by a process of its own before this one opens it.
  ///
  /// Call it once, before anything that may start a thread, and with all standard streams open.
  ///
  /// - Throws: ``SpectrumFileError`` of kind `notChecked` when the system gives no process.
  public static func startPreflight() throws(SpectrumFileError) {
    do { try Preflight.start() } catch { throw SpectrumFileError(error, path: error.file) }
  }

  // MARK: Spectra

  /// The one signal that is a set of spectra: one signal axis and real numbers; of several, the one
  /// of type EELS.
  ///
  /// - Throws: ``SpectrumFileError`` of kind `ambiguous` when several or none would do.
  public func spectra() throws(SpectrumFileError) -> StoredSignal {
    let sets = try spectrumSets()
    if sets.count == 1 { return sets[0] }
    // What a NeXus file itself names as the one to be shown.
    if let set = sets.first(where: \.isDefault) { return set }
    let names = sets.map(\.name).joined(separator: ", ")
    throw SpectrumFileError(
      .ambiguous, path: path, object: "/Experiments",
      "\(path) holds several sets of spectra: \(names); take the one you mean out of it with "
        + "'eels-dag convert \(path) OUT --signal NAME'")
  }

  /// All signals that are sets of spectra: one signal axis and real numbers; those of type EELS, where
  /// there are some.
  ///
  /// - Throws: ``SpectrumFileError`` of kind `ambiguous` when there is none.
  public func spectrumSets() throws(SpectrumFileError) -> [StoredSignal] {
    if let chosen {
      guard chosen.isSetOfSpectra else {
        throw SpectrumFileError(
          .ambiguous, path: path, object: chosen.storage.path,
          "\(path): \(chosen.name) is no set of spectra (\(Self.sketch(chosen))); name one that has "
            + "one energy axis")
      }
      return [chosen]
    }
    let candidates = signals.filter(\.isSetOfSpectra)
    let ranked = [
      candidates.filter { $0.header.signalType == "EELS" },
      candidates.filter { !$0.isLabelArray }, candidates,
    ]
    guard let sets = ranked.first(where: { !$0.isEmpty }) else {
      let found = signals.map { "\($0.name) (\(Self.sketch($0)))" }.joined(separator: ", ")
      throw SpectrumFileError(
        .ambiguous, path: path, object: "/Experiments",
        "\(path) holds no spectra, only: \(found); give a file whose signal has one energy axis")
    }
    return sets
  }

  private static func sketch(_ signal: StoredSignal) -> String {
    if let unreadable = signal.unreadable { return unreadable }
    let axes = signal.header.axes.map { "\($0.count)" }.joined(separator: " × ")
    return signal.isLabelArray ? "labels, \(axes)" : axes
  }

  // MARK: Labels

  /// The labels of the spectra of a signal of this file; nil when it holds none.
  ///
  /// Labels are an array of whole numbers with one value a spectrum: one with class names, else one
  /// whose axes all navigate, else one without navigation axes. Without class names it must also look
  /// like labels, not like a survey image: its values lie between -1 and 63.
  ///
  /// - Throws: ``SpectrumFileError`` when several label arrays fit, when there is one of the wrong
  ///   shape, or when its values are not labels.
  public func labels(for signal: StoredSignal) throws(SpectrumFileError) -> Labels? {
    let others = signals.filter { $0 !== signal && $0.isLabelArray && $0.belongs(to: signal) }
    if others.isEmpty { return nil }
    var arrays: [StoredSignal] = []
    for other in others {
      if other.classNames == nil, try !other.looksLikeLabels() { continue }
      arrays.append(other)
    }
    guard let labels = try Self.best(of: arrays.filter { $0.fits(signal.header) }, path: path)
    else {
      let sure = arrays.filter { $0.classNames != nil || $0.header.signalAxes.isEmpty }
      guard let wrong = sure.first else { return nil }
      throw Self.wrongShape(wrong, signal.header)
    }
    return try labels.labels(axes: signal.header.navigationAxes)
  }

  /// The one label array of this file, for the spectra that `header` describes.
  ///
  /// - Throws: ``SpectrumFileError`` when there is none, several, one of the wrong shape, or when its
  ///   values are not labels.
  public func labels(fitting header: SignalHeader) throws(SpectrumFileError) -> Labels {
    let all = signals.filter(\.isLabelArray)
    if let labels = try Self.best(of: all.filter { $0.fits(header) }, path: path) {
      return try labels.labels(axes: header.navigationAxes)
    }
    guard let wrong = all.first else { throw noLabels }
    throw Self.wrongShape(wrong, header)
  }

  /// The one label array of this file; its axes become navigation axes.
  ///
  /// - Throws: ``SpectrumFileError`` when there is none, several, or when its values are not labels.
  public func labels() throws(SpectrumFileError) -> Labels {
    guard let labels = try Self.best(of: signals.filter(\.isLabelArray), path: path) else {
      throw noLabels
    }
    var axes = labels.header.axes
    for index in axes.indices { axes[index].isNavigation = true }
    return try labels.labels(axes: axes)
  }

  private var noLabels: SpectrumFileError {
    SpectrumFileError(
      .ambiguous, path: path, object: "/Experiments",
      "\(path) holds no labels: there is no signal of whole numbers, one for every spectrum")
  }

  private static func best(
    of candidates: [StoredSignal], path: String
  ) throws(SpectrumFileError) -> StoredSignal? {
    let ranked = [
      candidates.filter { $0.classNames != nil },
      candidates.filter { $0.header.signalAxes.isEmpty }, candidates,
    ]
    guard let first = ranked.first(where: { !$0.isEmpty }) else { return nil }
    if first.count == 1 { return first[0] }
    let names = first.map(\.name).joined(separator: ", ")
    throw SpectrumFileError(
      .ambiguous, path: path, object: "/Experiments",
      "\(path) holds several label arrays: \(names); save the one you mean to a file of its own")
  }

  private static func wrongShape(
    _ labels: StoredSignal, _ header: SignalHeader
  ) -> SpectrumFileError {
    func text(_ shape: [Int]) -> String {
      shape.isEmpty ? "one spectrum" : shape.map(String.init).joined(separator: " × ")
    }
    return SpectrumFileError(
      .wrongShape, path: labels.path, object: labels.storage.path,
      "\(labels.path): the labels \(labels.name) have shape \(text(labels.header.shape)) but the "
        + "spectra \(text(header.navigationShape)); give labels of the spectra's shape")
  }
}

extension StoredSignal {
  /// True for real numbers along one signal axis.
  fileprivate var isSetOfSpectra: Bool {
    header.signalAxes.count == 1 && unreadable == nil && !isMap
  }

  /// True when there is one value for every spectrum: the shapes agree but for axes of length 1.
  fileprivate func fits(_ spectra: SignalHeader) -> Bool {
    header.shape.filter { $0 != 1 } == spectra.navigationShape.filter { $0 != 1 }
  }

  /// The values as labels; the names of classes without one are `class 0`, `class 1`, ….
  ///
  /// - Throws: ``SpectrumFileError`` when the values cannot be read or are not labels.
  public func labels(axes: [Axis]) throws(SpectrumFileError) -> Labels {
    let values = try readIntegers()
    let greatest = values.max() ?? -1
    let least = values.min() ?? 0
    guard least >= Int64(Labels.unlabelled), greatest < Self.mostClasses else {
      throw SpectrumFileError(
        .unsupported, path: path, object: storage.path,
        "\(path): \(name) is no label array: its values go from \(least) to \(greatest) where "
          + "labels go from -1 (none) to \(Self.mostClasses - 1); save it to a file of its own")
    }
    let names = classNames ?? (0..<max(Int(greatest) + 1, 0)).map { "class \($0)" }
    guard greatest < names.count else {
      throw SpectrumFileError(
        .wrongShape, path: path, object: storage.path,
        "\(path): \(name) has the label \(greatest) but only \(names.count) class names; "
          + "complete metadata.Sample.class_names")
    }
    return Labels(classNames: names, values: values.map(Int32.init), axes: axes)
  }

  /// Whether the values could be labels of a few classes.
  fileprivate func looksLikeLabels() throws(SpectrumFileError) -> Bool {
    try readIntegers().allSatisfy { (Int64(Labels.unlabelled)...63).contains($0) }
  }

  private static let mostClasses: Int64 = 10_000
}
