/// The classes of an image, beside how sure a classifier is of them or beside their mean spectra.
public struct ClassMapFigure: Sendable {
  /// The names of the classes.
  public let classNames: [String]
  /// The number of columns of the image.
  public let columns: Int
  /// The class of each pixel, row by row from the upper left corner; -1 for none.
  public let classes: [Int32]
  /// What stands beside the classes.
  private let companion: Companion
  /// Stands on top.
  public var title: String

  /// Creates the picture of an image of whole rows.
  public init(
    classNames: [String], columns: Int, classes: [Int32], confidence: [Float],
    title: String = "Classes"
  ) {
    precondition(
      columns > 0 && !classes.isEmpty && classes.count % columns == 0
        && confidence.count == classes.count,
      "\(classes.count) classes and \(confidence.count) probabilities in rows of \(columns)")
    self.classNames = classNames
    self.columns = columns
    self.classes = classes
    companion = .confidence(confidence)
    self.title = title
  }

  /// Creates the picture of an image of whole rows beside the mean spectrum of each class.
  ///
  /// `energies` are those of the channels, eV; values that are not finite leave gaps.
  public init(
    classNames: [String], columns: Int, classes: [Int32], energies: [Double], means: [[Double]],
    title: String = "Classes"
  ) {
    precondition(
      columns > 0 && !classes.isEmpty && classes.count % columns == 0
        && means.count == classNames.count
        && means.allSatisfy { $0.count == energies.count } && energies.count > 1,
      "\(classes.count) classes in rows of \(columns), \(means.count) means of "
        + "\(classNames.count) classes, \(energies.count) energies")
    self.classNames = classNames
    self.columns = columns
    self.classes = classes
    companion = .spectra(energies: energies, means: means)
    self.title = title
  }

  /// What stands beside the classes.
  private enum Companion {
    /// The probability of each pixel's class, 0 to 1; not a number where there is none.
    case confidence([Float])
    /// The mean spectrum of each class.
    case spectra(energies: [Double], means: [[Double]])
  }

  /// Writes the picture as PNG or SVG, by the ending of the file's name.
  ///
  /// - Throws: ``ReportingError``; what was at `path` before is then untouched.
  public func write(to path: String) throws(ReportingError) {
    try figure.write(to: path)
  }

  private static let mapWidth = 340.0
  private static let mostHeight = 420.0
  private static let leastHeight = 60.0
  private static let leastPlot = 220.0

  /// The picture.
  package var figure: Figure {
    let rows = classes.count / columns
    // Pixels are squares, unless the image is a line or nearly so.
    let pixel = min(Self.mapWidth / Double(columns), Self.mostHeight / Double(rows))
    let width = max(pixel * Double(columns), Self.leastHeight)
    let height = max(pixel * Double(rows), Self.leastHeight)
    let keys = keys
    let barHeight = max(height, 2 * Self.leastHeight)
    let needed = max(barHeight, Double(keys.count) * Figure.keyHeight)
    // A part of a pixel would be black in a PNG.
    var figure = Figure(title: title, width: 940, height: (64 + needed + 24).rounded(.up))
    let left = Box(left: 20, top: 64, width: width, height: height)
    figure.maps = [
      Figure.Map(
        title: "Class",
        pixels: Pixels(columns: columns, rows: rows, colours: classes.map { colour($0).packed }),
        box: left, keys: keys)
    ]
    switch companion {
    case .confidence(let confidence):
      let right = Box(left: 520, top: 64, width: width, height: height)
      let bar = ColourBar(label: "Probability of the class", range: 0...1)
      figure.maps.append(
        Figure.Map(
          title: "Confidence",
          pixels: Pixels(
            columns: columns, rows: rows,
            colours: confidence.map { bar.colour(Double($0)).packed }),
          box: right, keys: []))
      figure.colourBars = [
        (bar, Box(left: right.right + 14, top: right.top, width: 14, height: barHeight))
      ]
    case .spectra(let energies, let means):
      figure.height = max(figure.height, Self.leastPlot + 64 + 48)
      figure.plots = [
        (
          spectra(energies, means),
          Box(left: 560, top: 64, width: 350, height: figure.height - 64 - 48)
        )
      ]
    }
    return figure
  }

  /// The mean spectra of the classes that occur, in their colours.
  private func spectra(_ energies: [Double], _ means: [[Double]]) -> Axes {
    let found = Set(classes)
    let shown = means.indices.filter { found.contains(Int32($0)) }
    let least = energies.min() ?? 0
    let greatest = energies.max() ?? 1
    var axes = Axes(
      x: least...max(greatest, least.nextUp),
      y: Scale.linear.range(covering: shown.flatMap { means[$0] }.filter(\.isFinite)))
    axes.title = "Mean spectra"
    axes.xLabel = "Energy loss (eV)"
    axes.yLabel = "Intensity"
    axes.items = shown.map { .line(x: energies, y: means[$0], Stroke(colour(Int32($0)), 1.4)) }
    return axes
  }

  /// The classes that occur, and what stands for none where that does.
  private var keys: [(text: String, colour: Colour)] {
    let found = Set(classes)
    var keys = classNames.indices.filter { found.contains(Int32($0)) }.map {
      (text: classNames[$0], colour: colour(Int32($0)))
    }
    if found.contains(-1) { keys.append(("no class", .grey)) }
    return keys
  }

  private func colour(_ label: Int32) -> Colour {
    guard label >= 0, Int(label) < classNames.count else { return .grey }
    return Colour.distinct(Int(label), of: classNames.count)
  }
}
