/// Real over synthetic spectra of every class as a map: one spectrum a row, colour for intensity.
///
/// This is the two-dimensional map of D. del-Pozo-Bueno et al., Microscopy and Microanalysis 30, 278
/// (2024), doi 10.1093/mam/ozae014: 75 real spectra over 75 synthetic ones. All classes share one
/// colour scale. It covers the values shown but for half a percent at either end, which take the
/// colours of the ends, so that one spike does not darken everything.
public struct SpectraMap: Sendable {
  /// One class a map, from above.
  public var classes: [ClassSpectra]
  /// Stands on top.
  public var title: String
  /// What the spectra's values are, for the colour bar.
  public var quantity: String
  /// How many real and how many synthetic spectra are shown, evenly spread over those there are.
  public var spectrumCount = 75

  /// Creates the map of at least one class.
  public init(
    _ classes: [ClassSpectra], title: String = "Real over synthetic spectra",
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
    let rows = ClassRows(count: classes.count, hasLegend: false)
    var figure = Figure(title: title, width: 560, height: rows.height)
    let box = Box(left: 40, top: 0, width: 560 - 40 - 90, height: 0)
    add(to: &figure, rows: rows, left: box.left, width: box.width)
    return figure
  }

  /// Adds a map a row and the colour bar to their right.
  func add(to figure: inout Figure, rows: ClassRows, left: Double, width: Double) {
    let chosen = classes.map { spectra in
      (real: rowsShown(spectra.real, spectra), synthetic: rowsShown(spectra.synthetic, spectra))
    }
    let bar = ColourBar(
      label: quantity, range: Self.range(chosen.flatMap { $0.real + $0.synthetic }))
    for (index, spectra) in classes.enumerated() {
      let box = rows.box(index, left: left, width: width)
      figure.plots.append((axes(of: spectra, chosen[index], bar), box))
    }
    let first = rows.box(0, left: left, width: width)
    let last = rows.box(classes.count - 1, left: left, width: width)
    figure.colourBars.append(
      (
        bar,
        Box(left: first.right + 16, top: first.top, width: 12, height: last.bottom - first.top)
      ))
  }

  private func axes(
    of spectra: ClassSpectra, _ rows: (real: [ArraySlice<Float>], synthetic: [ArraySlice<Float>]),
    _ bar: ColourBar
  ) -> Axes {
    let (real, synthetic) = (Double(rows.real.count), Double(rows.synthetic.count))
    var axes = Axes(x: spectra.energyRange, y: 0...(real + synthetic))
    axes.title = spectra.name
    axes.xLabel = "Energy loss (eV)"
    axes.showsYTicks = false
    axes.items = [
      .map(
        Pixels(
          columns: spectra.energies.count, rows: rows.real.count + rows.synthetic.count,
          colours: (rows.real + rows.synthetic).joined().map { bar.colour(Double($0)).packed })),
      .level(y: synthetic, Stroke(.white, 1.6)),
      .sideText("\(rows.real.count) real", y: synthetic + real / 2, .real),
      .sideText("\(rows.synthetic.count) synthetic", y: synthetic / 2, .synthetic),
    ]
    return axes
  }

  private func rowsShown(_ values: [Float], _ spectra: ClassSpectra) -> [ArraySlice<Float>] {
    let channels = spectra.energies.count
    return SpectrumSummary.evenlySpread(spectrumCount, of: values.count / channels).map {
      values[($0 * channels)..<(($0 + 1) * channels)]
    }
  }

  /// From the 0.5 % to the 99.5 % quantile of the finite values.
  private static func range(_ values: [ArraySlice<Float>]) -> ClosedRange<Double> {
    let sorted = values.joined().filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last, first < last else {
      return Scale.linear.range(covering: sorted.map(Double.init))
    }
    let cut = sorted.count / 200
    let range = Double(sorted[cut])...Double(sorted[sorted.count - 1 - cut])
    return range.lowerBound < range.upperBound ? range : Double(first)...Double(last)
  }
}
