internal import HDF5
internal import Spectra

/// What a NeXus file says about a signal beside its data and axes.
///
/// HyperSpy's own NeXus files hold its metadata in `auxiliary` of the NXentry. Of all others the whole
/// NXentry, but for large arrays, becomes `original_metadata`: groups are branches, data sets values; one
/// that has attributes, such as units, is a branch of `value` and `attrs`, as in RosettaSciIO.
struct NeXusMetadata {
  /// The title.
  private(set) var title: String
  /// HyperSpy's signal type: `EELS` for spectra over energy losses.
  private(set) var signalType = ""
  /// HyperSpy's metadata.
  private(set) var metadata = MetadataTree()
  /// All else.
  private(set) var originalMetadata = MetadataTree()

  /// Reads what stands around a signal.
  ///
  /// - Parameters:
  ///   - plot: the signal.
  ///   - axes: its axes.
  ///   - isAlone: whether it is the only signal of its NXentry, whose title is then its own.
  /// - Throws: ``HDF5Error`` when the file is damaged.
  init(of plot: NeXusTree.Plot, axes: [Axis], isAlone: Bool) throws {
    let (group, entry) = (plot.group, plot.entry)
    title = String(group.path.split(separator: "/").last ?? "")
    if let own = try Self.text("title", of: group) {
      title = own
    } else if isAlone, let own = try Self.text("title", of: entry) {
      title = own
    }
    if try entry.contains("auxiliary/hyperspy_metadata") {
      let auxiliary = try entry.group("auxiliary")
      metadata = try Self.tree(of: auxiliary.group("hyperspy_metadata"))
      if try auxiliary.contains("original_metadata") {
        originalMetadata = try Self.tree(of: auxiliary.group("original_metadata"))
      }
      if let stored = metadata.string("General", "title"), !stored.isEmpty { title = stored }
      signalType = metadata.string("Signal", "signal_type") ?? ""
    } else {
      // The arrays of the signal are in the signal.
      var seen: Set<ObjectIdentity> = [try plot.signal.identity]
      originalMetadata = try Self.tree(of: entry, &seen)
      let isEELS =
        axes.contains(where: NeXusAxes.isEnergyLoss)
        || (group.path.lowercased().contains("eels") && axes.contains { !$0.isNavigation })
      if isEELS { signalType = "EELS" }
    }
    metadata[path: ["General", "title"]] = .string(title)
    metadata[path: ["Signal", "signal_type"]] = .string(signalType)
  }

  /// A text of a group: a data set, else an attribute.
  private static func text(_ name: String, of group: Group) throws -> String? {
    var text = try group.attribute(name)?.text
    if let member = try group.members.first(where: { $0.name == name }), member.kind == .dataset {
      let dataset = try group.dataset(name)
      if dataset.elementKind == .string, dataset.elementCount == 1 {
        text = try dataset.readStrings().first
      }
    }
    return text.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The tree of a group that HyperSpy wrote.
  private static func tree(of group: Group) throws -> MetadataTree {
    var seen: Set<ObjectIdentity> = []
    return try tree(of: group, &seen)
  }

  /// The tree of a group; what was seen before is left out.
  private static func tree(
    of group: Group, _ seen: inout Set<ObjectIdentity>, depth: Int = 0
  ) throws -> MetadataTree {
    var tree = MetadataTree()
    guard depth < MetadataDecoder.greatestDepth, try seen.insert(group.identity).inserted else {
      return tree
    }
    let attributes = try attributes(of: group)
    if !attributes.isEmpty { tree["attrs"] = .tree(attributes) }
    for member in try group.members {
      switch member.kind {
      case .group:
        let child = try self.tree(of: group.group(member.name), &seen, depth: depth + 1)
        tree[member.name] = .tree(child)
      case .dataset:
        let dataset = try group.dataset(member.name)
        guard try seen.insert(dataset.identity).inserted,
          let value = try MetadataDecoder.plainValue(of: dataset)
        else { continue }
        let attributes = try self.attributes(of: dataset)
        tree[member.name] =
          attributes.isEmpty
          ? value : .tree(MetadataTree(["value": value, "attrs": .tree(attributes)]))
      case .datatype, .softLink, .externalLink, .other: continue
      }
    }
    return tree
  }

  private static func attributes(of object: Object) throws -> MetadataTree {
    var tree = MetadataTree()
    for (name, value) in try object.attributes() where name != "NX_class" && name != "target" {
      tree[name] = MetadataDecoder.plainValue(of: value)
    }
    return tree
  }
}
