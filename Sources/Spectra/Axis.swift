/// A uniformly calibrated axis: coordinate i is `offset + scale · i`.
///
/// Same meaning as HyperSpy's `UniformDataAxis`. Units are those of the enclosing ``Axis``
/// (eV for an energy-loss axis).
public struct UniformAxis: Sendable, Equatable, Codable {
  /// The coordinate of channel 0.
  public var offset: Double
  /// The coordinate difference between neighbouring channels; may be negative, never 0.
  public var scale: Double
  /// The number of channels.
  public var count: Int

  /// Creates an axis of `count` channels.
  public init(offset: Double, scale: Double, count: Int) {
    self.offset = offset
    self.scale = scale
    self.count = count
  }

  /// The coordinate of a channel.
  public subscript(channel: Int) -> Double { offset + scale * Double(channel) }

  /// All coordinates, in channel order.
  public var coordinates: [Double] { (0..<count).map { self[$0] } }

  /// The number of the channel nearest to `coordinate`; it may lie outside the axis.
  ///
  /// Rounds as HyperSpy's `UniformDataAxis.value2index` does: the position is cut after 12 decimals
  /// (2.4999999999999 counts as a tie), and a tie goes to the lower channel for a coordinate ≥ 0,
  /// to the higher one for a coordinate < 0; for a negative scale it is the other way round.
  public func channel(nearest coordinate: Double) -> Int {
    let position = 1e-12 * ((coordinate - offset) / scale * 1e12).rounded(.towardZero)
    let towardsZero = scale > 0 ? coordinate >= 0 : coordinate < 0
    let nearest =
      (position >= 0) == towardsZero
      ? (position - 0.5).rounded(.up) : (position + 0.5).rounded(.down)
    return Int(min(max(nearest, -1e15), 1e15))
  }

  /// The part of the axis that covers `channels`.
  public func cropped(to channels: Range<Int>) -> UniformAxis {
    UniformAxis(offset: self[channels.lowerBound], scale: scale, count: channels.count)
  }
}

/// One axis of a signal, with everything that HyperSpy stores about it.
public struct Axis: Sendable, Equatable, Codable {
  /// How coordinates follow from channel numbers.
  public enum Calibration: Sendable, Equatable, Codable {
    /// HyperSpy's `UniformDataAxis`.
    case uniform(UniformAxis)
    /// HyperSpy's `DataAxis`: one coordinate a channel.
    case points([Double])
    /// HyperSpy's `FunctionalDataAxis`: `expression` of `x` with named parameters.
    case function(expression: String, parameters: [String: Double], x: UniformAxis)
  }

  /// The axis's name, for example `Energy loss`; nil when undefined.
  public var name: String?
  /// The units of the coordinates, for example `eV`; nil when undefined.
  public var units: String?
  /// True for a navigation axis (a position), false for a signal axis (an energy).
  public var isNavigation: Bool
  /// True when values are counts per channel, false when they are a density.
  public var isBinned: Bool
  /// How coordinates follow from channel numbers.
  public var calibration: Calibration

  /// Creates an axis.
  public init(
    name: String?, units: String?, isNavigation: Bool, isBinned: Bool = false,
    calibration: Calibration
  ) {
    self.name = name
    self.units = units
    self.isNavigation = isNavigation
    self.isBinned = isBinned
    self.calibration = calibration
  }

  /// A uniform navigation axis.
  public static func navigation(
    _ name: String, count: Int, scale: Double = 1, offset: Double = 0, units: String? = nil
  ) -> Axis {
    Axis(
      name: name, units: units, isNavigation: true,
      calibration: .uniform(UniformAxis(offset: offset, scale: scale, count: count)))
  }

  /// A uniform, binned energy-loss axis in eV.
  public static func energyLoss(_ axis: UniformAxis) -> Axis {
    Axis(
      name: "Energy loss", units: "eV", isNavigation: false, isBinned: true,
      calibration: .uniform(axis))
  }

  /// The number of channels or positions.
  public var count: Int {
    switch calibration {
    case .uniform(let axis): axis.count
    case .points(let values): values.count
    case .function(_, _, let x): x.count
    }
  }

  /// The coordinates of all channels or positions; nil when the axis follows an expression that
  /// cannot be evaluated.
  ///
  /// Expressions hold Python's `+ - * / **`, parentheses, numbers, the parameters, `x`, `pi` and the
  /// usual functions of one argument (sqrt, exp, log, sin, …).
  public var coordinates: [Double]? {
    switch calibration {
    case .uniform(let axis): return axis.coordinates
    case .points(let values): return values
    case .function(let expression, let parameters, let x):
      guard let expression = AxisExpression(expression) else { return nil }
      var names = parameters
      var coordinates: [Double] = []
      for value in x.coordinates {
        names["x"] = value
        guard let coordinate = expression.value(names) else { return nil }
        coordinates.append(coordinate)
      }
      return coordinates
    }
  }

  /// The uniform calibration, or nil for the other kinds.
  public var uniform: UniformAxis? {
    if case .uniform(let axis) = calibration { axis } else { nil }
  }
}
