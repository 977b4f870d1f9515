internal import HDF5

/// HyperSpy's side of a signal within a pure NeXus file: the NXcollection `hyperspy` of its NXentry.
///
/// A file that is HSPY and NeXus at once has two trees; what stands in `/Experiments` means nothing to
/// NeXus and its validators find fault with it. Here the group of the signal is moved into the NXentry,
/// all but the data, which the NXdata holds; its names become NeXus names (``NeXusName``) and all of its
/// groups NXcollections, whose content is free. Nothing is converted or copied: moved back, the group is
/// the same to the bit.
///
/// What else a file holds outside its entries (`Analysis` with models, attributes of the root) goes the
/// same way, into the NXcollection `hyperspy_file` of the first entry.
struct HiddenExperiment {
  /// The NXcollection of a signal.
  static let name = "hyperspy"
  /// The NXcollection of the rest of the file.
  static let restName = "hyperspy_file"

  /// Attributes of the collection that tell how to move it back.
  private enum Mark {
    static let group = "hyperspy_group"
    static let place = "hyperspy_place"
    static let version = "hyperspy_format_version"
  }

  /// The collection.
  let group: Group
  /// The name of the signal's group in `/Experiments`.
  let experimentName: String
  /// Its place among the signals of the file.
  let place: Int
  /// The version of HyperSpy's format.
  let version: FormatVersion

  /// The signal that an NXentry hides; nil when it hides none.
  init?(in entry: Group) throws {
    guard try entry.contains(Self.name) else { return nil }
    guard case .group? = try entry.members.first(where: { $0.name == Self.name })?.kind else {
      return nil
    }
    group = try entry.group(Self.name)
    guard let name = try group.attribute(Mark.group)?.text, !name.isEmpty, !name.contains("/"),
      name != ".", let version = try group.attribute(Mark.version).flatMap(FormatVersion.init)
    else { return nil }
    experimentName = name
    self.version = version
    place = Int(clamping: try group.attribute(Mark.place)?.wholeNumber ?? 0)
  }

  /// The data of the signal: its own, where NeXus has no word for them, else those that the NXentry
  /// shows.
  func data(of entry: Group) throws -> Dataset? {
    try group.contains("data") ? group.dataset("data") : NeXusTree.plottable(of: entry)
  }

  // MARK: Hiding

  /// Moves a signal's group from `/Experiments` into an NXentry.
  ///
  /// - Parameters:
  ///   - name: its name in `experiments`.
  ///   - experiments: the group `/Experiments`.
  ///   - place: its place among the signals of the file.
  ///   - entry: the NXentry.
  ///   - keepsData: whether its data stay with it, because NeXus has no word for them.
  ///   - version: the version of HyperSpy's format in which it is written.
  /// - Throws: ``HDF5Error`` when the file cannot be written.
  static func hide(
    _ name: String, of experiments: Group, place: Int, in entry: Group, keepsData: Bool,
    version: FormatVersion
  ) throws {
    try experiments.move(name, to: entry, as: Self.name)
    let group = try entry.group(Self.name)
    if !keepsData { try group.unlink("data") }
    try escape(group)
    try group.setAttribute(Mark.group, .string(name))
    try group.setAttribute(Mark.place, .integer(Int64(place)))
    try group.setAttribute(Mark.version, .string(version.description))
  }

  /// Moves what is no NXentry from the root into an NXentry.
  static func hideRest(of root: Group, in entry: Group) throws {
    let members = try root.members.filter { try !isNeXus($0, of: root) }
    let attributes = try root.attributes().map(\.name).filter { !rootAttributes.contains($0) }
    if members.isEmpty && attributes.isEmpty { return }
    let rest = try entry.createGroup(restName)
    for member in members { try root.move(member.name, to: rest, as: member.name) }
    for name in attributes { try root.moveAttribute(name, to: rest) }
    try escape(rest)
  }

  /// The attributes that NeXus knows of a root, and the one by which HyperSpy's NeXus reader finds its
  /// metadata.
  private static let rootAttributes: Set = [
    "NX_class", "default", "file_name", "file_time", "file_update_time", "creator",
    "creator_version", "NeXus_version", "NeXus_repository", "NeXus_release", "HDF_version",
    "HDF5_Version", "XML_version", "h5py_version", "file_writer",
  ]

  private static func isNeXus(_ member: Member, of root: Group) throws -> Bool {
    switch member.kind {
    case .group: try root.group(member.name).attribute("NX_class")?.text != nil
    case .dataset, .softLink, .externalLink, .datatype, .other: false
    }
  }

  // MARK: Moving back

  /// Moves all hidden signals, and the rest of the file, back to where they were.
  static func revealAll(in root: Group) throws {
    let entries = try NeXusTree.entries(of: root)
    for entry in entries where try entry.contains(restName) {
      let rest = try entry.group(restName)
      try unescape(rest)
      for name in try rest.attributes().map(\.name) { try rest.moveAttribute(name, to: root) }
      for member in try rest.members where try !root.contains(member.name) {
        try rest.move(member.name, to: root, as: member.name)
      }
      if try rest.members.isEmpty { try entry.unlink(restName) }
    }
    var hidden: [(signal: HiddenExperiment, entry: Group)] = []
    for entry in entries {
      if let signal = try HiddenExperiment(in: entry) { hidden.append((signal, entry)) }
    }
    if hidden.isEmpty { return }
    let experiments =
      try root.contains("Experiments")
      ? root.group("Experiments") : root.createGroup("Experiments", trackingOrder: true)
    for (signal, entry) in hidden.sorted(by: { $0.signal.place < $1.signal.place }) {
      var name = signal.experimentName
      while try experiments.contains(name) { name += "_" }
      let group = signal.group
      for mark in [Mark.group, Mark.place, Mark.version] { try group.removeAttribute(mark) }
      try unescape(group)
      try entry.move(Self.name, to: experiments, as: name)
      if try !group.contains("data"), let data = try NeXusTree.plottable(of: entry) {
        try group.link("data", to: data)
      }
    }
  }

  // MARK: Names

  /// Gives a copy of a hidden group its own names again.
  static func unescape(_ group: Group) throws {
    var seen: Set<ObjectIdentity> = []
    try rename(group, by: NeXusName.unescaped, marks: false, &seen)
  }

  private static func escape(_ group: Group) throws {
    var seen: Set<ObjectIdentity> = []
    try rename(group, by: NeXusName.escaped, marks: true, &seen)
  }

  private static func rename(
    _ object: Object, by newName: (String) -> String, marks: Bool,
    _ seen: inout Set<ObjectIdentity>
  ) throws {
    guard try seen.insert(object.identity).inserted else { return }
    let isGroup = object is Group
    // The mark goes before, and comes after, a name that is escaped to make room for it.
    if isGroup, !marks, try object.attribute("NX_class") != nil {
      try object.removeAttribute("NX_class")
    }
    // In two steps: a new name may be the old name of another.
    let attributes = try object.attributes().map(\.name).filter { newName($0) != $0 }
    for name in attributes { try object.renameAttribute(name, to: temporary + name) }
    for name in attributes { try object.renameAttribute(temporary + name, to: newName(name)) }
    guard let group = object as? Group else { return }
    if marks { try group.setFixedAttribute("NX_class", "NXcollection") }
    let members = try group.members
    // Where the order of creation is kept, all are moved, one after the other.
    let isOrdered = try group.tracksOrder && members.contains { newName($0.name) != $0.name }
    let moved = members.map(\.name).filter { isOrdered || newName($0) != $0 }
    for name in moved { try group.move(name, to: group, as: temporary + name) }
    for name in moved { try group.move(temporary + name, to: group, as: newName(name)) }
    for member in members {
      switch member.kind {
      case .group: try rename(group.group(newName(member.name)), by: newName, marks: marks, &seen)
      case .dataset:
        try rename(group.dataset(newName(member.name)), by: newName, marks: marks, &seen)
      default: continue
      }
    }
  }

  /// Begins no name of HyperSpy's or ours.
  private static let temporary = "\u{1}moving "
}

extension Object {
  /// Moves an attribute to another object of the same file.
  fileprivate func moveAttribute(_ name: String, to target: Object) throws {
    guard try copyAttribute(name, to: target) else { return }
    try removeAttribute(name)
  }
}
