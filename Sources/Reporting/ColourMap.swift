/// Colours for the values of a map: dark blue over green to yellow, with rising luminance.
///
/// The colours are those of *viridis* (S. van der Walt and N. Smith, 2015, dedicated to the public
/// domain), which stays readable in grey and with any colour vision: 18 of its 256 steps, with
/// straight lines between them; no colour component is off by more than 0.02.
package enum ColourMap {
  private static let points: [(Double, Double, Double)] = [
    (0.2670, 0.0049, 0.3294), (0.2819, 0.0897, 0.4124), (0.2803, 0.1657, 0.4765),
    (0.2637, 0.2376, 0.5188), (0.2374, 0.3052, 0.5419), (0.2086, 0.3678, 0.5527),
    (0.1823, 0.4262, 0.5571), (0.1592, 0.4822, 0.5581), (0.1378, 0.5375, 0.5549),
    (0.1211, 0.5927, 0.5446), (0.1281, 0.6477, 0.5235), (0.1807, 0.7014, 0.4882),
    (0.2741, 0.7520, 0.4366), (0.3952, 0.7975, 0.3678), (0.5356, 0.8358, 0.2819),
    (0.6889, 0.8654, 0.1827), (0.8456, 0.8873, 0.0997), (0.9932, 0.9062, 0.1439),
  ]

  /// The colour of a value between 0 and 1; values beyond take the colour of the nearer end.
  ///
  /// A value that is not a number is grey, a colour that the map does not have.
  package static func colour(_ value: Double) -> Colour {
    guard !value.isNaN else { return .grey }
    let position = min(max(value, 0), 1) * Double(points.count - 1)
    let lower = min(Int(position), points.count - 2)
    let share = position - Double(lower)
    let (a, b) = (points[lower], points[lower + 1])
    return Colour(
      a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1), a.2 + share * (b.2 - a.2))
  }
}
