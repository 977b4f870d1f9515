internal import HDF5
internal import Spectra

/// The group of a signal in `/Experiments`, as HyperSpy lays it down, but for its data and metadata.
enum ExperimentGroup {
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
