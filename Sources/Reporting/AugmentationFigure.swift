/// What an augmentation made, in one picture: a class a row, on the left the spectra compared as in
/// ``SpectraComparison``, on the right the map of ``SpectraMap``.
public struct AugmentationFigure: Sendable {
  /// One class a row, from above.
  public var classes: [ClassSpectra]
  /// Stands on top.
  public var title: String
  /// What the spectra's values are, for axes and colour bar.
  public var quantity: String

  /// Creates the picture of at least one class.
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
    var figure = Figure(title: title, width: 940, height: rows.height)
    figure.legend = SpectraComparison.legend
    let comparison = SpectraComparison(classes, quantity: quantity)
    for (index, spectra) in classes.enumerated() {
      figure.plots += comparison.plots(
        of: spectra, in: rows.box(index, left: ClassRows.margin, width: 400))
    }
    SpectraMap(classes, quantity: quantity).add(to: &figure, rows: rows, left: 506, width: 350)
    return figure
  }
}
