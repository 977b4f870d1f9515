/// A page of plots with a title and one legend: what is written to a file.
package struct Figure {
  /// A line of the legend and the symbol that it explains.
  package enum LegendEntry {
    /// Explains a line.
    case line(String, Stroke)
    /// Explains a filled area.
    case band(String, Colour)

    /// What the line says.
    package var text: String {
      switch self {
      case .line(let text, _), .band(let text, _): text
      }
    }
  }

  /// Stands on top.
  package var title: String
  /// The picture's width in points.
  package var width: Double
  /// The picture's height in points.
  package var height: Double
  /// Stands below the title.
  package var legend: [LegendEntry] = []
  /// The plots and their frames.
  package var plots: [(axes: Axes, box: Box)] = []
  /// The colour bars and their frames.
  package var colourBars: [(bar: ColourBar, box: Box)] = []

  /// Creates an empty page.
  package init(title: String, width: Double, height: Double) {
    self.title = title
    self.width = width
    self.height = height
  }

  /// Draws the page and writes it as PNG or SVG, by the ending of the file's name.
  ///
  /// - Throws: ``ReportingError``; what was at `path` before is then untouched.
  package func write(to path: String) throws(ReportingError) {
    let format = try PictureFormat(path: path)
    switch drawn(as: format) {
    case .success(let bytes): try PictureFile.save(bytes, to: path)
    case .failure(let failure): throw .cannotDraw(path: path, reason: failure.reason)
    }
  }

  /// The bytes of the picture's file.
  package func drawn(as format: PictureFormat) -> Result<[UInt8], Canvas.DrawingFailure> {
    let canvas = Canvas(format, width: width, height: height)
    canvas.write(title, at: Point(14, 18), size: 13, isBold: true, room: width - 28)
    drawLegend(on: canvas)
    for (axes, box) in plots { axes.draw(on: canvas, in: box) }
    for (bar, box) in colourBars { bar.draw(on: canvas, in: box) }
    return canvas.finish()
  }

  private func drawLegend(on canvas: Canvas) {
    var left = 14.0
    let middle = 38.0
    for entry in legend {
      let symbol = Box(left: left, top: middle - 4, width: 22, height: 8)
      switch entry {
      case .line(_, let stroke):
        canvas.stroke([Point(symbol.left, middle), Point(symbol.right, middle)], stroke)
      case .band(_, let colour):
        canvas.fill(symbol, colour)
      }
      canvas.write(entry.text, at: Point(symbol.right + 6, middle), size: 9)
      left = symbol.right + 6 + canvas.width(of: entry.text, size: 9) + 20
    }
  }
}
