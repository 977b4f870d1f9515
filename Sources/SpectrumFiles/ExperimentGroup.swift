internal import HDF5
internal import Spectra

/// The group of a signal in `/Experiments`, as HyperSpy lays it down, but for its data and metadata.
enum ExperimentGroup {
  /// The group that an entry of `/Experiments` is or, as a soft link, leads to.
  ///
  /// - Returns: the group; nil for a link that leads nowhere, in a circle, or to something else.
  /// - Throws: ``HDF5Error`` when the group is damaged, or in another file.
  static func group(_ member: Member, of experiments: Group) throws -> Group? {
    guard case .softLink = member.kind else { return try experiments.group(member.name) }
    do throws(HDF5Error) {
      return try experiments.group(member.name)
    } catch {
      if [.refused, .closed].contains(error.kind) { throw error }
      return nil
    }
  }

  /// Makes a soft link of `/Experiments` one more name of the group that it leads to, which can be moved.
  static func harden(_ name: String, of experiments: Group) throws {
    guard let member = try experiments.members.first(where: { $0.name == name }),
      case .softLink = member.kind
    else { return }
    let group = try experiments.group(name)
    try experiments.unlink(name)
    try experiments.link(name, to: group)
  }

  /// Creates the group.
  ///
  /// - Parameters:
  ///   - name: a name that is not taken.
  ///   - header: the signal.
  ///   - order: for every axis of the header, its dimension in the data.
  ///   - experiments: the group `/Experiments`.
  /// - Returns: the group.
  /// - Throws: ``HDF5Error`` when the file cannot be written.
  static func create(
    _ name: String, _ header: SignalHeader, order: [Int]? = nil, in experiments: Group
  ) throws -> Group {
    let group = try experiments.createGroup(name)
    let isEELS = header.signalType == "EELS"
    try group.setAttribute("package", .string(isEELS ? "exspy" : "hyperspy"))
    try group.setAttribute("package_version", .string(isEELS ? "0.3.2" : "2.5.0"))
    // Hides the second way to the data from HyperSpy's NeXus reader.
    try group.setFixedAttribute("signal", "data")
    let attributes = try group.createGroup("attributes")
    try attributes.setAttribute("_lazy", .bool(false))
    try attributes.setAttribute("ragged", .bool(false))
    for (index, axis) in header.axes.enumerated() {
      try AxisEncoder.write(axis, as: "axis-\(order?[index] ?? index)", to: group)
    }
    return group
  }
}
