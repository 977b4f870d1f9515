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
  /// A picture of pixels with a frame, and beside it what its colours mean.
  package struct Map {
    /// Stands above the frame.
    package var title: String
    /// What is drawn.
    package var pixels: Pixels
    /// The frame.
    package var box: Box
    /// What colours mean, from above, to the right of the frame.
    package var keys: [(text: String, colour: Colour)]
  }

  /// The height of one line of a map's keys.
  package static let keyHeight = 18.0
  /// The room for the text of a key.
  private static let keyWidth = 110.0

  /// The picture's width in points.
  package var width: Double
  /// The picture's height in points.
  package var height: Double
  /// Stands below the title.
  package var legend: [LegendEntry] = []
  /// The plots and their frames.
  package var plots: [(axes: Axes, box: Box)] = []
  /// Maps without axes.
  package var maps: [Map] = []
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
    for map in maps { draw(map, on: canvas) }
    for (bar, box) in colourBars { bar.draw(on: canvas, in: box) }
    return canvas.finish()
  }

  private func draw(_ map: Map, on canvas: Canvas) {
    let box = map.box
    canvas.draw(map.pixels, in: box)
    canvas.stroke(box, Stroke(.ink, 0.8))
    canvas.write(map.title, at: Point(box.left, box.top - 10), size: 10, isBold: true)
    for (line, key) in map.keys.enumerated() {
      let top = box.top + Double(line) * Self.keyHeight
      let symbol = Box(left: box.right + 14, top: top, width: 14, height: 12)
      canvas.fill(symbol, key.colour)
      canvas.stroke(symbol, Stroke(.ink, 0.5))
      canvas.write(
        key.text, at: Point(symbol.right + 6, top + 6), size: 9, room: Self.keyWidth)
    }
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
