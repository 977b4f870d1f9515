/// One plot: two axes, what is drawn between them, and how they are labelled.
package struct Axes {
  /// What can be drawn, in the units of the axes.
  package enum Item {
    /// Straight lines through points; one that is not finite interrupts them.
    case line(x: [Double], y: [Double], Stroke)
    /// The area between two lines.
    case band(x: [Double], lower: [Double], upper: [Double], Colour)
    /// A horizontal line at `y`, all the way.
    case level(y: Double, Stroke)
    /// A vertical line at `x`, all the way.
    case moment(x: Double, Stroke)
    /// A map that fills the axes.
    case map(Pixels)
    /// A text beside the vertical axis, running upwards, centred on `y`.
    case sideText(String, y: Double, Colour)
  }

  /// Stands above the upper left corner.
  package var title = ""
  /// Stands inside the upper right corner.
  package var note = ""
  /// The note's colour.
  package var noteColour = Colour.ink
  /// The horizontal axis's label with its units.
  package var xLabel = ""
  /// The vertical axis's label with its units.
  package var yLabel = ""
  /// How far the vertical axis's label may reach below the frame, for stacked plots that share one.
  package var yLabelReach = 0.0
  /// What the horizontal axis covers.
  package var x: ClosedRange<Double>
  /// What the vertical axis covers.
  package var y: ClosedRange<Double>
  /// The vertical axis's scale; the horizontal one is linear.
  package var yScale = Scale.linear
  /// False where a plot below shows the same horizontal axis.
  package var showsXLabels = true
  /// False for rows without a meaningful number.
  package var showsYTicks = true
  /// What is drawn, the first lowest.
  package var items: [Item] = []

  /// Creates empty axes over the given ranges.
  package init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
    self.x = x
    self.y = y
  }

  /// The place in `box`, which the axes frame, of a pair of values.
  ///
  /// Not finite where a value has no position on its axis.
  package func place(_ x: Double, _ y: Double, in box: Box) -> Point {
    Point(
      box.left + box.width * Scale.linear.position(of: x, in: self.x),
      box.bottom - box.height * yScale.position(of: y, in: self.y))
  }

  /// Draws everything; `box` is the frame, the labels lie outside of it.
  package func draw(on canvas: Canvas, in box: Box) {
    canvas.clipped(to: box) {
      for item in items { draw(item, on: canvas, in: box) }
    }
    canvas.stroke(box, Stroke(.ink, 0.8))
    drawXAxis(on: canvas, in: box)
    drawYAxis(on: canvas, in: box)
    for case .sideText(let text, let y, let colour) in items {
      canvas.write(
        text, at: Point(box.left - 10, place(x.lowerBound, y, in: box).y), size: 9,
        anchor: .middle, colour: colour, isBold: true, isUpward: true, room: box.height)
    }
    canvas.write(
      title, at: Point(box.left, box.top - 10), size: 10, isBold: true, room: box.width)
    canvas.write(
      note, at: Point(box.right - 6, box.top + 9), size: 9, anchor: .end, colour: noteColour,
      isBold: true, room: box.width - 12)
  }

  private func draw(_ item: Item, on canvas: Canvas, in box: Box) {
    switch item {
    case .line(let x, let y, let stroke):
      canvas.stroke(zip(x, y).map { place($0, $1, in: box) }, stroke)
    case .band(let x, let lower, let upper, let colour):
      for part in Self.finiteParts(lower, upper) {
        let there = part.map { place(x[$0], upper[$0], in: box) }
        let back = part.reversed().map { place(x[$0], lower[$0], in: box) }
        canvas.fill(there + back, colour)
      }
    case .level(let level, let stroke):
      let height = place(x.lowerBound, level, in: box).y
      canvas.stroke([Point(box.left, height), Point(box.right, height)], stroke)
    case .moment(let moment, let stroke):
      let across = place(moment, y.lowerBound, in: box).x
      canvas.stroke([Point(across, box.top), Point(across, box.bottom)], stroke)
    case .map(let pixels):
      canvas.draw(pixels, in: box)
    case .sideText:
      break
    }
  }

  private func drawXAxis(on canvas: Canvas, in box: Box) {
    let ticks = Self.fittingTicks(x, on: canvas, width: box.width)
    for (value, label) in zip(ticks.values, ticks.labels) {
      let across = place(value, y.lowerBound, in: box).x
      canvas.stroke(
        [Point(across, box.bottom), Point(across, box.bottom + 3.5)], Stroke(.ink, 0.8))
      guard showsXLabels else { continue }
      canvas.write(label, at: Point(across, box.bottom + 11), size: 8.5, anchor: .middle)
    }
    guard showsXLabels else { return }
    let label = ticks.exponent == 0 ? xLabel : "\(xLabel) \(ticks.factor)"
    canvas.write(
      label, at: Point(box.left + box.width / 2, box.bottom + 25), size: 9.5, anchor: .middle,
      room: box.width)
  }

  private func drawYAxis(on canvas: Canvas, in box: Box) {
    var widest = 0.0
    if showsYTicks {
      let ticks = Ticks(yScale, y, atMost: max(2, Int(box.height / 22)))
      for (value, label) in zip(ticks.values, ticks.labels) {
        let height = place(x.lowerBound, value, in: box).y
        canvas.stroke(
          [Point(box.left - 3.5, height), Point(box.left, height)], Stroke(.ink, 0.8))
        canvas.write(label, at: Point(box.left - 6, height), size: 8.5, anchor: .end)
        widest = max(widest, canvas.width(of: label, size: 8.5))
      }
      canvas.write(ticks.factor, at: Point(box.left + 6, box.top + 9), size: 8.5)
    }
    let room = box.height + yLabelReach
    canvas.write(
      yLabel, at: Point(box.left - 17 - widest, box.top + room / 2), size: 9.5, anchor: .middle,
      isUpward: true, room: room)
  }

  /// As many ticks as their labels leave room for.
  private static func fittingTicks(
    _ range: ClosedRange<Double>, on canvas: Canvas, width: Double
  ) -> Ticks {
    var count = max(2, Int(width / 30))
    while true {
      let ticks = Ticks(.linear, range, atMost: count)
      let longest = ticks.labels.map { canvas.width(of: $0, size: 8.5) }.max() ?? 0
      if count == 2 || Double(ticks.values.count) * (longest + 14) <= width { return ticks }
      count -= 1
    }
  }

  /// The runs of indices at which both are finite.
  private static func finiteParts(_ a: [Double], _ b: [Double]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    for index in a.indices where a[index].isFinite && b[index].isFinite {
      if let last = parts.last, last.upperBound == index {
        parts[parts.count - 1] = last.lowerBound..<(index + 1)
      } else {
        parts.append(index..<(index + 1))
      }
    }
    return parts
  }
}
