internal import HDF5
internal import Spectra

/// Reads axes: groups whose attributes are HyperSpy's axis dictionaries.
enum AxisDecoder {
  /// What an axis group leaves open.
  struct Defaults {
    /// Whether the axis is a navigation axis.
    var isNavigation: Bool
    /// Whether a signal axis is binned; a navigation axis is not.
    var isBinned: Bool
  }

  /// The axis that a group describes, and a remark when it contradicts the data.
  ///
  /// - Parameters:
  ///   - group: the axis group.
  ///   - count: the size of the data along the axis; HyperSpy believes `size`, we believe the data.
  ///   - defaults: what holds when the group does not say.
  /// - Returns: the axis, and the remark.
  /// - Throws: ``HDF5Error`` when the group cannot be read.
  static func axis(
    of group: Group, count: Int, defaults: Defaults
  ) throws -> (axis: Axis, remark: String?) {
    var attributes: [String: AttributeValue] = [:]
    for (name, value) in try group.attributes() { attributes[name] = value }
    let isNavigation = attributes["navigate"]?.truth ?? defaults.isNavigation
    var axis = Axis(
      name: text(attributes["name"]), units: text(attributes["units"]),
      isNavigation: isNavigation,
      isBinned: attributes["is_binned"]?.truth ?? (defaults.isBinned && !isNavigation),
      calibration: .uniform(uniform(attributes, count: count)))
    var remark: String?
    switch text(attributes["_type"]) ?? "UniformDataAxis" {
    case "DataAxis":
      guard try group.contains("axis") else {
        remark = "\(group.path) holds no coordinates; channel numbers are used"
        countChannels(of: &axis)
        break
      }
      let dataset = try group.dataset("axis")
      guard dataset.shape == [count] else {
        remark =
          "\(group.path)/axis holds \(dataset.shape) coordinates for \(count) channels; "
          + "channel numbers are used"
        countChannels(of: &axis)
        break
      }
      axis.calibration = .points(try dataset.readDoubles())
    case "FunctionalDataAxis":
      guard let expression = text(attributes["expression"]), try group.contains("x") else {
        remark = "\(group.path) has no expression or no x; channel numbers are used"
        countChannels(of: &axis)
        break
      }
      var parameters: [String: Double] = [:]
      for (name, value) in attributes where !reserved.contains(name) {
        if let number = value.number { parameters[name] = number }
      }
      var x: [String: AttributeValue] = [:]
      for (name, value) in try group.group("x").attributes() { x[name] = value }
      axis.calibration = .function(
        expression: expression, parameters: parameters, x: uniform(x, count: count))
    case "UniformDataAxis":
      if let uniform = axis.uniform, !uniform.isUsable {
        remark =
          "\(group.path) has scale \(uniform.scale) and offset \(uniform.offset), which tell its "
          + "channels not apart; channel numbers are used"
        countChannels(of: &axis)
      } else if let size = attributes["size"]?.number, Int(exactly: size) != count {
        remark = "\(group.path) says \(size) channels where the data have \(count)"
      }
    case let type:
      remark = "\(group.path) is of the unknown type \(type); read as a uniform axis"
    }
    return (axis, remark)
  }

  /// Makes channel numbers the coordinates, in units that nobody takes for an energy.
  private static func countChannels(of axis: inout Axis) {
    axis.units = "channels"
    axis.calibration = .uniform(UniformAxis(offset: 0, scale: 1, count: axis.count))
  }

  private static let reserved: Set = [
    "_type", "name", "units", "navigate", "is_binned", "size", "expression",
  ]

  private static func uniform(_ attributes: [String: AttributeValue], count: Int) -> UniformAxis {
    UniformAxis(
      offset: attributes["offset"]?.number ?? 0, scale: attributes["scale"]?.number ?? 1,
      count: count)
  }

  /// A text that is not HyperSpy's word for undefined.
  private static func text(_ value: AttributeValue?) -> String? {
    value?.text.flatMap { $0 == "_None_" ? nil : $0 }
  }
}

extension UniformAxis {
  /// True when the coordinates are finite, of a size that can be counted, and differ.
  var isUsable: Bool {
    let ends = [self[0], self[count - 1], scale]
    guard scale != 0, ends.allSatisfy({ $0.isFinite && abs($0) < 1e15 }) else { return false }
    return count < 2 || (self[1] != self[0] && self[count - 1] != self[count - 2])
  }
}
