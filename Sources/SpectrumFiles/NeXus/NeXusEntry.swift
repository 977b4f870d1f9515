internal import HDF5
internal import Spectra

/// The NeXus side of a signal: an NXentry with one NXdata whose data are those of the HyperSpy
/// signal by a hard link, its axes as explicit coordinates, and its metadata once more in the form
/// that HyperSpy's NeXus reader looks for.
///
/// The marks that NeXus readers look for (`NX_class`, `signal`, `axes`, `interpretation`, `default`)
/// are fixed-length ASCII, because HyperSpy 1.7.3 finds them in no other form.
/// NXdata: https://manual.nexusformat.org/classes/base_classes/NXdata.html.
struct NeXusEntry {
  /// The name of the NXentry.
  var name: String
  /// The name of the NXdata, the same as that of the group in `/Experiments`.
  var dataName: String
  /// The signal's header, with its metadata complete.
  var header: SignalHeader
  /// For every axis of the header, its dimension in the data.
  var order: [Int]

  /// Creates the description of an entry for data whose dimensions are in the header's order, or another.
  init(name: String, dataName: String, header: SignalHeader, order: [Int]? = nil) {
    self.name = name
    self.dataName = dataName
    self.header = header
    self.order = order ?? Array(header.axes.indices)
  }

  /// Writes an entry for data that NeXus has no word for, such as ragged arrays: a title.
  static func writeBare(_ name: String, title: String, to root: Group) throws -> Group {
    let entry = try root.createGroup(name)
    try entry.setFixedAttribute("NX_class", "NXentry")
    try entry.createStringDataset("title", title)
    return entry
  }

  /// Writes the entry.
  ///
  /// - Parameters:
  ///   - root: the file's root.
  ///   - data: the data of the HyperSpy signal.
  /// - Returns: the NXentry.
  /// - Throws: ``HDF5Error`` when the file cannot be written.
  @discardableResult
  func write(to root: Group, data: Dataset) throws -> Group {
    let entry = try Self.writeBare(name, title: header.title, to: root)
    try entry.setFixedAttribute("default", dataName)
    let group = try entry.createGroup(dataName)
    try group.setFixedAttribute("NX_class", "NXdata")
    try group.setFixedAttribute("signal", "data")
    // The word says that the signal axes come last.
    switch header.signalAxes.count {
    case 1 where order.last == order.count - 1:
      try group.setFixedAttribute("interpretation", "spectrum")
    case 2 where order == Array(order.indices):
      try group.setFixedAttribute("interpretation", "image")
    default: break
    }
    try group.link("data", to: data)
    let axes = order.indices.map { place in
      order.firstIndex(of: place).map { header.axes[$0] } ?? header.axes[place]
    }
    let names = Self.axisNames(axes)
    try group.setFixedAttribute("axes", names)
    for (index, axis) in axes.enumerated() {
      let name = names[index]
      guard name != ".", let coordinates = axis.coordinates else { continue }
      try group.setInt32Attribute("\(name)_indices", Int32(index))
      let dataset = try group.createDataset(name, type: .float64, shape: [coordinates.count])
      try dataset.write(coordinates)
      let label = axis.name ?? name
      if let units = axis.units, !units.isEmpty {
        try dataset.setAttribute("units", .string(units))
        try dataset.setAttribute("long_name", .string("\(label) (\(units))"))
      } else {
        try dataset.setAttribute("long_name", .string(label))
      }
    }
    let auxiliary = try entry.createGroup("auxiliary")
    try auxiliary.setFixedAttribute("NX_class", "NXcollection")
    let collection = try auxiliary.createGroup("hyperspy_metadata")
    try collection.setFixedAttribute("NX_class", "NXcollection")
    try Self.writeScalars(of: header.metadata.forNeXus, to: collection)
    return entry
  }

  /// The numbers, truth values and texts of a tree as scalar data sets, groups as groups.
  ///
  /// Lists and arrays stay on the HyperSpy side: HyperSpy's NeXus reader would take each of them
  /// for one more signal.
  private static func writeScalars(of tree: MetadataTree, to group: Group) throws {
    for (key, value) in tree.members {
      // What is no name in NeXus stays on the HyperSpy side, too.
      guard NeXusName.escaped(key) == key, !key.isEmpty else { continue }
      switch value {
      case .tree(let child):
        guard child.hasScalars else { continue }
        let branch = try group.createGroup(key)
        try branch.setFixedAttribute("NX_class", "NXcollection")
        try writeScalars(of: child, to: branch)
      case .string(let text): try group.createStringDataset(key, text)
      case .bool(let truth):
        try group.createDataset(key, type: .bool, shape: []).write([truth])
      case .integer(let number):
        try group.createDataset(key, type: .int64, shape: []).write([number])
      case .real(let number):
        try group.createDataset(key, type: .float64, shape: []).write([number])
      default: continue
      }
    }
  }

  // MARK: Names

  /// A text as a NeXus name: letters, digits and underscores, not beginning with a digit, and short
  /// enough for an attribute.
  static func name(_ text: String) -> String {
    let name = String(
      text.unicodeScalars.prefix(longestName).map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          ? Character(scalar) : "_"
      })
    guard let first = name.first else { return "" }
    return first.isNumber ? "_" + name : name
  }

  private static let longestName = 200

  /// The names of the coordinates of axes, `energy_loss` for `Energy loss` and `axis_2` for an axis
  /// without a name; `.` where there are none.
  static func axisNames(_ axes: [Axis]) -> [String] {
    let wanted = axes.map { name($0.name?.lowercased() ?? "") }
    var names: [String] = []
    for (index, axis) in axes.enumerated() {
      if axis.coordinates == nil {
        names.append(".")
        continue
      }
      var name = wanted[index]
      if name.allSatisfy({ $0 == "_" }) || name == "data" || names.contains(name) {
        name = "axis_\(index)"
        while wanted.contains(name) { name += "_" }
      }
      names.append(name)
    }
    return names
  }
}

extension MetadataTree {
  /// The branches that mean something outside HyperSpy; half of a set of markers, for example, would
  /// keep HyperSpy from loading the file.
  fileprivate var forNeXus: MetadataTree {
    var tree = MetadataTree()
    for key in ["General", "Signal", "Sample", "Acquisition_instrument", MapMark.path[0]] {
      tree[key] = self[key]
    }
    tree[path: ["General", "FileIO"]] = nil
    return tree
  }

  /// True when the tree holds a number, a truth value or a text, at any depth.
  fileprivate var hasScalars: Bool {
    members.contains { _, value in
      switch value {
      case .tree(let child): child.hasScalars
      case .string, .bool, .integer, .real: true
      default: false
      }
    }
  }
}
