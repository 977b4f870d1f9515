/// How the values of an axis become positions along it.
package enum Scale: Sendable, Equatable {
  /// Equal differences are equally long.
  case linear
  /// Equal ratios are equally long; values ≤ 0 have no position.
  case logarithmic

  /// Where `value` lies between the ends of `range`: 0 at the lower end, 1 at the upper one.
  ///
  /// Not a number for a value that has no position on this scale.
  package func position(of value: Double, in range: ClosedRange<Double>) -> Double {
    switch self {
    case .linear:
      return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    case .logarithmic:
      guard value > 0 else { return .nan }
      return (decadic(value) - decadic(range.lowerBound))
        / (decadic(range.upperBound) - decadic(range.lowerBound))
    }
  }

  /// The range that covers the finite `values` with some air at both ends, for an axis to show.
  ///
  /// Never empty: without a usable value it is 0…1 (1…10 when logarithmic), and a range too narrow
  /// for a `Double` to divide is widened.
  package func range(covering values: some Sequence<Double>) -> ClosedRange<Double> {
    var (lower, upper) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite && (self == .linear || value > 0) {
      lower = min(lower, value)
      upper = max(upper, value)
    }
    switch self {
    case .linear:
      guard lower <= upper else { return 0...1 }
      let magnitude = max(abs(lower), abs(upper))
      let air =
        upper - lower > 1e-9 * magnitude
        ? 0.05 * (upper - lower) : (magnitude > 0 ? 0.05 * magnitude : 0.5)
      return (lower - air)...(upper + air)
    case .logarithmic:
      guard lower <= upper else { return 1...10 }
      let air = max(power(upper / lower, 0.05), 1.1)
      return (lower / air)...(upper * air)
    }
  }
}
