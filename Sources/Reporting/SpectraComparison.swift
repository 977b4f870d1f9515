/// Real over synthetic spectra of every class: single ones, the mean, and the spread.
///
/// A class takes two plots on one energy axis with the same vertical scale, the real spectra above
/// the synthetic ones. Both show a few spectra as thin lines, the mean of all as a thick one, and the
/// band of one sample standard deviation to both sides of it; the mean of the real spectra comes back
/// dashed over the synthetic ones.
public struct SpectraComparison: Sendable {
  /// One class a pair of plots, from above.
  public var classes: [ClassSpectra]
  /// Stands on top.
  public var title: String
  /// What the spectra's values are, for the vertical axes.
  public var quantity: String
  /// How many single spectra are shown.
  public var exampleCount = 4

  /// Creates the comparison of at least one class.
  public init(
    _ classes: [ClassSpectra], title: String = "Real and synthetic spectra",
    quantity: String = "Intensity"
  ) {
    precondition(!classes.isEmpty, "no class to draw")
    self.classes = classes
    self.title = title
    self.quantity = quantity
  }

  /// Writes the picture as PNG or SVG, by the ending of the file's name.
  ///
  /// - Throws: ``ReportingError``; what was at `path` before is then untouched.
  public func write(to path: String) throws(ReportingError) {
    try figure.write(to: path)
  }

  /// The picture.
  package var figure: Figure {
    let rows = ClassRows(count: classes.count, hasLegend: true)
    var figure = Figure(title: title, width: 560, height: rows.height)
    figure.legend = Self.legend
    for (index, spectra) in classes.enumerated() {
      let box = rows.box(index, left: ClassRows.margin, width: 560 - ClassRows.margin - 20)
      figure.plots += plots(of: spectra, in: box)
    }
    return figure
  }

  private static let realMean = Stroke(.ink, 0.9, isDashed: true)

  /// What the lines mean.
  static let legend: [Figure.LegendEntry] = [
    .line("single spectra", Stroke(.grey, 0.6)), .line("mean", Stroke(.ink, 1.8)),
    .band("± 1 standard deviation", Colour.ink.faded(0.22)),
    .line("mean of the real spectra", realMean),
  ]

  /// The two plots of one class inside `box`.
  func plots(of spectra: ClassSpectra, in box: Box) -> [(axes: Axes, box: Box)] {
    let channels = spectra.energies.count
    let real = SpectrumSummary(spectra.real, channels: channels, examples: exampleCount)
    let synthetic = SpectrumSummary(spectra.synthetic, channels: channels, examples: exampleCount)
    let range = Scale.linear.range(covering: real.extremes + synthetic.extremes)

    let gap = 8.0
    let height = (box.height - gap) / 2
    var upper = Axes(x: spectra.energyRange, y: range)
    upper.title = spectra.name
    upper.note = "real (\(real.count))"
    upper.noteColour = .real
    upper.showsXLabels = false
    upper.yLabel = quantity
    upper.yLabelReach = gap + height
    upper.items = Self.items(real, spectra.energies, .real)

    var lower = Axes(x: spectra.energyRange, y: range)
    lower.note = "synthetic (\(synthetic.count))"
    lower.noteColour = .synthetic
    lower.xLabel = "Energy loss (eV)"
    lower.items = Self.items(synthetic, spectra.energies, .synthetic)
    lower.items.append(
      .line(x: spectra.energies, y: real.mean, Self.realMean))

    let top = Box(left: box.left, top: box.top, width: box.width, height: height)
    let bottom = Box(
      left: box.left, top: box.top + height + gap, width: box.width, height: height)
    return [(upper, top), (lower, bottom)]
  }

  private static func items(
    _ summary: SpectrumSummary, _ energies: [Double], _ colour: Colour
  ) -> [Axes.Item] {
    [.level(y: 0, Stroke(.grey, 0.5))]
      + summary.examples.map { .line(x: energies, y: $0, Stroke(colour.faded(0.5), 0.4)) }
      + [
        .band(x: energies, lower: summary.lower, upper: summary.upper, colour.faded(0.25)),
        .line(x: energies, y: summary.mean, Stroke(colour, 1.8)),
      ]
  }
}
