internal import HDF5

/// Where the data of a NeXus file lie.
///
/// Files of all times are followed: `signal` and `axes` as attributes of the group (since 2014), of the
/// data set (`signal = 1`), groups without `NX_class`, and the names of NXspectrum. A group that several
/// links lead to is seen once. Of what stands in an NXcollection nothing is known, and nothing is read.
/// https://manual.nexusformat.org/datarules.html
enum NeXusTree {
  /// A group with data to show.
  struct Plot {
    /// The group, an NXdata in files that say so.
    var group: Group
    /// The data set of the signal.
    var signal: Dataset
    /// The NXentry that it stands in; the root where there is none.
    var entry: Group
    /// True for the one that `default` leads to, from the root.
    var isDefault = false
  }

  /// Groups that lie deeper than this are not looked at.
  private static let greatestDepth = 32

  /// The class of a group; nil where it has none.
  static func nexusClass(of group: Group) throws -> String? {
    try group.attribute("NX_class")?.text
  }

  /// The entries of a file, the default one first.
  static func entries(of root: Group) throws -> [Group] {
    var entries: [Group] = []
    for member in try root.members where member.kind == .group {
      let group = try root.group(member.name)
      if try nexusClass(of: group) == "NXentry" { entries.append(group) }
    }
    guard let name = try root.attribute("default")?.text,
      let index = entries.firstIndex(where: { $0.path == "/" + name })
    else { return entries }
    entries.insert(entries.remove(at: index), at: 0)
    return entries
  }

  /// The data of an NXentry that stand for it: those that `default` leads to, else the first.
  static func plottable(of entry: Group) throws -> Dataset? {
    if let group = try following(entry), let signal = try signal(of: group) { return signal }
    var search = Search()
    try search.look(at: entry, entry: entry, depth: 0)
    return search.plots.first?.signal
  }

  /// All data of a file: those that `default` leads to first, the others in the order of the file.
  static func plots(of root: Group) throws -> [Plot] {
    var search = Search()
    try search.look(at: root, entry: root, depth: 0)
    guard let chosen = try following(root) else { return search.plots }
    let identity = try chosen.identity
    guard let index = try search.plots.firstIndex(where: { try $0.group.identity == identity })
    else { return search.plots }
    var first = search.plots.remove(at: index)
    first.isDefault = true
    return [first] + search.plots
  }

  /// The group at the end of a chain of `default`; nil where there is no such chain.
  private static func following(_ start: Group) throws -> Group? {
    var group = start
    for _ in 0..<greatestDepth {
      guard let name = try group.attribute("default")?.text, !name.isEmpty, name != "." else {
        break
      }
      guard try group.contains(name), let next = try? group.group(name) else { return nil }
      group = next
    }
    return group.path == start.path ? nil : group
  }

  /// The walk through a file.
  private struct Search {
    var plots: [Plot] = []
    private var seen: Set<ObjectIdentity> = []
    private var signals: Set<ObjectIdentity> = []

    mutating func look(at group: Group, entry: Group, depth: Int) throws {
      guard depth < greatestDepth, try seen.insert(group.identity).inserted else { return }
      let kind = try nexusClass(of: group)
      // What stands in HyperSpy's tree is HyperSpy's, though its groups carry the mark `signal`.
      if kind == "NXcollection" || kind == nil && group.path == "/Experiments" { return }
      let isData = kind == "NXdata"
      // Without a class, only what is marked counts: any group may hold arrays.
      if isData || kind == nil, let signal = try signal(of: group, isMarked: !isData),
        try signals.insert(signal.identity).inserted
      {
        plots.append(Plot(group: group, signal: signal, entry: entry))
      }
      for member in try group.members where member.kind == .group {
        let child = try group.group(member.name)
        let isEntry = try ["NXentry", "NXsubentry"].contains(nexusClass(of: child))
        try look(at: child, entry: isEntry ? child : entry, depth: depth + 1)
      }
    }
  }

  // MARK: Signals

  /// The data set that a group shows: named by `signal`, marked by `signal = 1`, or, unless it has to
  /// be marked, of a usual name or the only array of the highest rank.
  static func signal(of group: Group, isMarked: Bool = false) throws -> Dataset? {
    if let name = try group.attribute("signal")?.text, Int(name) == nil,
      let dataset = try dataset(name, of: group)
    {
      return dataset
    }
    let all = try arrays(of: group)
    let marked = try all.filter { try $0.dataset.attribute("signal") != nil }
    // Of several, 1 is the one to be shown.
    let first = try marked.first { item in
      let value = try item.dataset.attribute("signal")
      return value?.wholeNumber == 1 || value?.text == "1"
    }
    if let dataset = (first ?? marked.first)?.dataset { return dataset }
    if isMarked { return nil }
    for name in ["intensity", "data", "counts"] {
      if let item = all.first(where: { $0.name == name }) { return item.dataset }
    }
    let rank = all.map(\.dataset.shape.count).max() ?? 0
    let highest = all.filter { $0.dataset.shape.count == rank }
    return highest.count == 1 ? highest[0].dataset : nil
  }

  /// The arrays of a group, also behind soft links.
  static func arrays(of group: Group) throws -> [(name: String, dataset: Dataset)] {
    var arrays: [(name: String, dataset: Dataset)] = []
    for member in try group.members {
      if let dataset = try dataset(member.name, of: group) { arrays.append((member.name, dataset)) }
    }
    return arrays
  }

  /// An array of a group, also behind a soft link; nil for a single value, for texts, and where there is
  /// none.
  static func dataset(_ name: String, of group: Group) throws -> Dataset? {
    guard let dataset = try anyDataset(name, of: group) else { return nil }
    return dataset.shape.isEmpty || dataset.elementKind == .string ? nil : dataset
  }

  /// A data set of a group, also behind a soft link; nil where there is none.
  static func anyDataset(_ name: String, of group: Group) throws -> Dataset? {
    guard try group.contains(name) else { return nil }
    do throws(HDF5Error) {
      return try group.dataset(name)
    } catch {
      // A link that leads nowhere, or a group.
      if [.notFound, .wrongType].contains(error.kind) { return nil }
      throw error
    }
  }
}
