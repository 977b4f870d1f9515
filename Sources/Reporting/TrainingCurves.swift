/// How training went: losses and Fréchet distance by iteration, one class a row.
public struct TrainingCurves: Sendable {
  /// The record of training one class's generator.
  public struct Run: Sendable {
    /// The class's name.
    public var name: String
    /// The iterations at which losses were noted.
    public var lossIterations: [Int]
    /// The discriminator's loss at each of them.
    public var discriminatorLoss: [Double]
    /// The generator's loss at each of them.
    public var generatorLoss: [Double]
    /// The iterations at which the Fréchet distance was measured.
    public var distanceIterations: [Int]
    /// The Fréchet distance between synthetic and real spectra at each of them.
    public var frechetDistance: [Double]
    /// The distance that real spectra have among themselves, under which training may stop.
    public var threshold: Double
    /// The iteration whose generator was kept, if one was.
    public var keptIteration: Int?

    /// Creates a record; every list of values must be as long as its list of iterations.
    public init(
      name: String, lossIterations: [Int], discriminatorLoss: [Double], generatorLoss: [Double],
      distanceIterations: [Int], frechetDistance: [Double], threshold: Double,
      keptIteration: Int? = nil
    ) {
      precondition(
        lossIterations.count == discriminatorLoss.count
          && lossIterations.count == generatorLoss.count
          && distanceIterations.count == frechetDistance.count,
        "\(discriminatorLoss.count) and \(generatorLoss.count) losses at "
          + "\(lossIterations.count) iterations, \(frechetDistance.count) distances at "
          + "\(distanceIterations.count)")
      self.name = name
      self.lossIterations = lossIterations
      self.discriminatorLoss = discriminatorLoss
      self.generatorLoss = generatorLoss
      self.distanceIterations = distanceIterations
      self.frechetDistance = frechetDistance
      self.threshold = threshold
      self.keptIteration = keptIteration
    }
  }

  /// One run a row, from above.
  public var runs: [Run]
  /// Stands on top.
  public var title: String

  /// Creates the picture of at least one run.
  public init(_ runs: [Run], title: String = "Training") {
    precondition(!runs.isEmpty, "no run to draw")
    self.runs = runs
    self.title = title
  }

  /// Writes the picture as PNG or SVG, by the ending of the file's name.
  ///
  /// - Throws: ``ReportingError``; what was at `path` before is then untouched.
  public func write(to path: String) throws(ReportingError) {
    try figure.write(to: path)
  }

  private static let discriminator = Stroke(.ink, 1.2)
  private static let generator = Stroke(.synthetic, 1.2)
  private static let distance = Stroke(.real, 1.4)
  private static let threshold = Stroke(.ink, 1, isDashed: true)
  private static let kept = Stroke(.grey, 1)

  /// The picture.
  package var figure: Figure {
    let rows = ClassRows(count: runs.count, hasLegend: true)
    var figure = Figure(title: title, width: 900, height: rows.height)
    figure.legend = [
      .line("discriminator", Self.discriminator), .line("generator", Self.generator),
      .line("Fréchet distance", Self.distance), .line("threshold", Self.threshold),
    ]
    if runs.contains(where: { $0.keptIteration != nil }) {
      figure.legend.append(.line("kept generator", Self.kept))
    }
    let width = (900 - 2 * ClassRows.margin - 40) / 2
    for (index, run) in runs.enumerated() {
      figure.plots += [
        (Self.losses(run), rows.box(index, left: ClassRows.margin, width: width)),
        (
          Self.distances(run),
          rows.box(index, left: 2 * ClassRows.margin + 20 + width, width: width)
        ),
      ]
    }
    return figure
  }

  private static func losses(_ run: Run) -> Axes {
    var axes = Axes(
      x: iterations(run),
      y: Scale.linear.range(covering: run.discriminatorLoss + run.generatorLoss))
    axes.title = run.name
    axes.xLabel = "Iteration"
    axes.yLabel = "Loss"
    let iterations = run.lossIterations.map(Double.init)
    axes.items =
      moment(run) + [
        .line(x: iterations, y: run.discriminatorLoss, discriminator),
        .line(x: iterations, y: run.generatorLoss, generator),
      ]
    return axes
  }

  private static func distances(_ run: Run) -> Axes {
    var axes = Axes(
      x: iterations(run),
      y: Scale.logarithmic.range(covering: run.frechetDistance + [run.threshold]))
    axes.yScale = .logarithmic
    axes.xLabel = "Iteration"
    axes.yLabel = "Fréchet distance"
    axes.items =
      moment(run) + [
        .level(y: run.threshold, threshold),
        .line(x: run.distanceIterations.map(Double.init), y: run.frechetDistance, distance),
      ]
    return axes
  }

  private static func moment(_ run: Run) -> [Axes.Item] {
    run.keptIteration.map { [.moment(x: Double($0), kept)] } ?? []
  }

  private static func iterations(_ run: Run) -> ClosedRange<Double> {
    let last = max(run.lossIterations.last ?? 0, run.distanceIterations.last ?? 0)
    return 0...Double(max(last, 1))
  }
}
