/// An energy interval in eV, written `A:B` on the command line.
public struct EnergyWindow: Sendable, Equatable, CustomStringConvertible {
  /// The lower limit, eV.
  public var lower: Double
  /// The upper limit, eV.
  public var upper: Double

  /// Creates a window; nil unless `lower < upper` and both are finite.
  public init?(lower: Double, upper: Double) {
    guard lower.isFinite, upper.isFinite, lower < upper else { return nil }
    self.lower = lower
    self.upper = upper
  }

  /// Reads `A:B`; nil when the text is not two numbers with A < B.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let lower = Double(parts[0]), let upper = Double(parts[1]) else {
      return nil
    }
    self.init(lower: lower, upper: upper)
  }

  /// The window as `A:B`.
  public var description: String { "\(Self.text(lower)):\(Self.text(upper))" }

  /// The channels of `axis` from the one nearest to `lower` up to, not including, the one nearest
  /// to `upper`, clipped to the axis.
  ///
  /// This is what HyperSpy's `isig[lower:upper]` selects, with the rounding of
  /// ``UniformAxis/channel(nearest:)``.
  public func channels(of axis: UniformAxis) -> Range<Int> {
    let first = min(max(axis.channel(nearest: lower), 0), axis.count)
    let last = min(max(axis.channel(nearest: upper), 0), axis.count)
    return min(first, last)..<max(first, last)
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }
}
