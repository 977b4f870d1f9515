internal import HDF5
internal import Spectra

/// Writes axes; the counterpart of ``AxisDecoder``.
///
/// An undefined name or unit is left out: HyperSpy 1.7.3 cannot load its own `_None_` there, and
/// all versions take what is missing as undefined.
enum AxisEncoder {
  /// Writes an axis as the group `name`.
  static func write(_ axis: Axis, as name: String, to parent: Group) throws {
    let group = try parent.createGroup(name)
    switch axis.calibration {
    case .uniform(let uniform):
      try write("UniformDataAxis", axis, to: group)
      try write(uniform, to: group)
    case .points(let coordinates):
      try write("DataAxis", axis, to: group)
      let shape = [coordinates.count]
      let dataset = try group.createDataset(
        "axis", type: .float64, shape: shape, chunk: shape, deflate: 4, shuffle: true,
        fletcher32: true)
      try dataset.write(coordinates)
    case .function(let expression, let parameters, let x):
      try write("FunctionalDataAxis", axis, to: group)
      try group.setAttribute("expression", .string(expression))
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        try group.setAttribute(name, .real(value))
      }
      try group.setAttribute("size", .integer(Int64(x.count)))
      let inner = try group.createGroup("x")
      let plain = Axis(
        name: nil, units: nil, isNavigation: axis.isNavigation, calibration: .uniform(x))
      try write("UniformDataAxis", plain, to: inner)
      try write(x, to: inner)
    }
  }

  private static func write(_ type: String, _ axis: Axis, to group: Group) throws {
    try group.setAttribute("_type", .string(type))
    if let name = axis.name { try group.setAttribute("name", .string(name)) }
    if let units = axis.units { try group.setAttribute("units", .string(units)) }
    try group.setAttribute("navigate", .bool(axis.isNavigation))
    try group.setAttribute("is_binned", .bool(axis.isBinned))
  }

  private static func write(_ uniform: UniformAxis, to group: Group) throws {
    try group.setAttribute("offset", .real(uniform.offset))
    try group.setAttribute("scale", .real(uniform.scale))
    try group.setAttribute("size", .integer(Int64(uniform.count)))
  }
}
