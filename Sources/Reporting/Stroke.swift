/// How a line is drawn.
package struct Stroke: Sendable, Equatable {
  /// Its colour.
  package var colour: Colour
  /// Its width in points.
  package var width: Double
  /// True for dashes.
  package var isDashed: Bool

  /// Creates a stroke.
  package init(_ colour: Colour, _ width: Double, isDashed: Bool = false) {
    self.colour = colour
    self.width = width
    self.isDashed = isDashed
  }
}
