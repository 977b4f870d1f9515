/// Newton's method for the exponent at which a fit's condition is met, kept between brackets.
enum ExponentSearch {
  /// The root of a function that is positive below it and negative above.
  ///
  /// `condition` gives value and slope at an exponent. Steps that leave what is left of the physical
  /// range go to its bound first and halve the rest afterwards, so that the search ends whatever the
  /// slope is. Returns nil when there is no root within the physical range.
  static func root(
    from start: Double, of condition: (Double) -> (value: Double, slope: Double)
  ) -> Double? {
    let bounds = PowerLawBackground.physicalExponents
    var below: Double?
    var above: Double?
    var exponent = min(max(start, bounds.lowerBound), bounds.upperBound)
    // Halving alone reaches the tolerance after 37 steps.
    for _ in 0..<100 {
      let (value, slope) = condition(exponent)
      guard value.isFinite else { return nil }
      if value == 0 { return exponent }
      if value > 0 {
        if exponent == bounds.upperBound { return nil }
        below = exponent
      } else {
        if exponent == bounds.lowerBound { return nil }
        above = exponent
      }
      let low = below ?? bounds.lowerBound
      let high = above ?? bounds.upperBound
      var next = exponent - value / slope
      if !(next > low && next < high) {
        let unseen = value > 0 ? above == nil : below == nil
        next = unseen ? (value > 0 ? high : low) : (low + high) / 2
      }
      if abs(next - exponent) <= 1e-10 { return next }
      exponent = next
    }
    return nil
  }
}
