/// A place on a picture: points (1/72 inch) to the right and down from its upper left corner.
package struct Point: Sendable, Equatable {
  /// Points from the left.
  package var x: Double
  /// Points from the top.
  package var y: Double

  /// Creates a point.
  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// An upright rectangle on a picture, in points.
package struct Box: Sendable, Equatable {
  /// The left edge.
  package var left: Double
  /// The upper edge.
  package var top: Double
  /// The extent to the right.
  package var width: Double
  /// The extent downwards.
  package var height: Double

  /// Creates a box.
  package init(left: Double, top: Double, width: Double, height: Double) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }

  /// The right edge.
  package var right: Double { left + width }
  /// The lower edge.
  package var bottom: Double { top + height }
}
