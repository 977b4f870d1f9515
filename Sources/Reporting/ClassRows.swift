/// Where the rows of a picture lie that shows one class a row.
struct ClassRows {
  /// The room to the left of a frame, for ticks and label.
  static let margin = 64.0
  private static let rowHeight = 250.0
  private static let framed = 190.0

  /// The number of rows.
  let count: Int
  /// True for a picture with a legend, which stands above the first row.
  let hasLegend: Bool

  /// The height of the picture.
  var height: Double { top + Double(count) * Self.rowHeight - 10 }

  private var top: Double { hasLegend ? 70 : 50 }

  /// The frame in row `index`, from above.
  func box(_ index: Int, left: Double, width: Double) -> Box {
    Box(
      left: left, top: top + Double(index) * Self.rowHeight, width: width, height: Self.framed)
  }
}
