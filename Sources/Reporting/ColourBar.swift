/// The scale that says which value a colour of a map stands for.
package struct ColourBar {
  /// What the values are, with units.
  package var label: String
  /// The values at the lower and the upper end.
  package var range: ClosedRange<Double>

  /// Creates a bar.
  package init(label: String, range: ClosedRange<Double>) {
    self.label = label
    self.range = range
  }

  /// The colour of a value; not a number is grey.
  package func colour(_ value: Double) -> Colour {
    ColourMap.colour(Scale.linear.position(of: value, in: range))
  }

  /// Draws the bar into `box` and its ticks and label to the right.
  package func draw(on canvas: Canvas, in box: Box) {
    let steps = (0..<256).map { ColourMap.colour(1 - (Double($0) + 0.5) / 256).packed }
    canvas.draw(Pixels(columns: 1, rows: 256, colours: steps), in: box)
    canvas.stroke(box, Stroke(.ink, 0.8))
    let ticks = Ticks(.linear, range, atMost: max(2, min(8, Int(box.height / 30))))
    var widest = 0.0
    for (value, label) in zip(ticks.values, ticks.labels) {
      let height = box.bottom - box.height * Scale.linear.position(of: value, in: range)
      canvas.stroke(
        [Point(box.right, height), Point(box.right + 3.5, height)], Stroke(.ink, 0.8))
      canvas.write(label, at: Point(box.right + 6, height), size: 8.5)
      widest = max(widest, canvas.width(of: label, size: 8.5))
    }
    canvas.write(ticks.factor, at: Point(box.right, box.top - 9), size: 8.5, anchor: .middle)
    canvas.write(
      label, at: Point(box.right + 16 + widest, box.top + box.height / 2), size: 9.5,
      anchor: .middle, isUpward: true, room: box.height)
  }
}
