/// Colours on a grid, row by row from the upper left corner.
package struct Pixels: Sendable {
  /// The number of columns.
  package let columns: Int
  /// The number of rows.
  package let rows: Int
  /// 0xRRGGBB, columns × rows of them.
  package let colours: [UInt32]

  /// Creates a grid; `colours` must hold columns × rows values.
  package init(columns: Int, rows: Int, colours: [UInt32]) {
    precondition(
      colours.count == columns * rows && columns > 0 && rows > 0,
      "\(colours.count) colours for \(columns) × \(rows)")
    self.columns = columns
    self.rows = rows
    self.colours = colours
  }
}
