import Foundation
import Reporting
import Testing

/// The pictures as files; set `REPORTING_PICTURES` to a folder to look at them.
struct PictureTests {
  private static let classes = WhiteLines.oxides.map { $0.pair() }

  private static let run = TrainingCurves.Run(
    name: "Mn²⁺ (MnO)", lossIterations: Array(stride(from: 0, through: 1200, by: 10)),
    discriminatorLoss: (0...120).map {
      1.386 - 0.4 * exp(-Double($0) / 20) + 0.02 * sin(Double($0))
    },
    generatorLoss: (0...120).map { 0.693 + 0.8 * exp(-Double($0) / 15) + 0.03 * cos(Double($0)) },
    distanceIterations: Array(stride(from: 50, through: 1200, by: 50)),
    frechetDistance: (1...24).map { 40 * exp(-Double($0) / 3) + 0.55 + 0.1 * sin(Double($0)) },
    threshold: 0.74, keptIteration: 950)

  /// 40 × 30 pixels: a disc of one class in another, a hem between them of which nothing is sure, and a
  /// corner without spectra.
  private static let classMap: ClassMapFigure = {
    var classes: [Int32] = []
    var confidence: [Float] = []
    for row in 0..<30 {
      for column in 0..<40 {
        let radius = Double((row - 15) * (row - 15) + (column - 20) * (column - 20)).squareRoot()
        let isEmpty = row < 4 && column < 4
        classes.append(isEmpty ? -1 : radius < 10 ? 0 : 1)
        confidence.append(isEmpty ? .nan : Float(0.5 + 0.5 * min(abs(radius - 10) / 3, 1)))
      }
    }
    return ClassMapFigure(
      classNames: ["Mn²⁺ (MnO)", "FeO", "none of them"], columns: 40, classes: classes,
      confidence: confidence)
  }()

  private static let figures: [(name: String, figure: Figure)] = [
    ("comparison", SpectraComparison(classes).figure),
    ("map", SpectraMap(Array(classes.prefix(2))).figure),
    ("training", TrainingCurves([run, run]).figure),
    ("augmentation", AugmentationFigure(classes).figure),
    ("one-class", AugmentationFigure([classes[0]]).figure),
    ("class-map", classMap.figure),
  ]

  @Test(arguments: figures.indices)
  func `is a PNG of two pixels a point`(index: Int) throws {
    let (name, figure) = Self.figures[index]
    let bytes = try figure.drawn(as: .png).get()
    let header = try #require(PNGHeader(bytes))
    #expect(header.width == Int(2 * figure.width))
    #expect(header.height == Int(2 * figure.height))
    if let folder = ProcessInfo.processInfo.environment["REPORTING_PICTURES"] {
      try figure.write(to: "\(folder)/\(name).png")
      try figure.write(to: "\(folder)/\(name).svg")
    }
  }

  @Test(arguments: figures.indices)
  func `is an SVG whose labels are texts`(index: Int) throws {
    let (name, figure) = Self.figures[index]
    let contents = try SVGContents(figure.drawn(as: .svg).get())
    #expect(contents.root == "svg")
    var expected = [figure.title, "Mn²⁺ (MnO)"]
    expected += name == "training" ? ["Iteration", "Loss", "Fréchet distance", "threshold"] : []
    expected += name == "map" ? [] : figure.legend.map(\.text)
    expected += name == "class-map" ? ["FeO", "no class", "Probability of the class"] : []
    expected +=
      ["training", "class-map"].contains(name) ? [] : ["Energy loss (eV)", "Intensity", "640"]
    expected +=
      ["comparison", "augmentation"].contains(name) ? ["real (125)", "synthetic (300)"] : []
    expected += ["map", "augmentation"].contains(name) ? ["75 real", "75 synthetic"] : []
    // A class that does not occur needs no key.
    #expect(!contents.texts.contains("none of them"))
    for text in expected { #expect(contents.texts.contains(text), "\(name) has no text \(text)") }
  }

  @Test(arguments: [(1, 300), (300, 1), (1, 1), (2, 2)], [2, 12])
  func `a map of any shape lies within its page`(shape: (Int, Int), classes: Int) {
    let (rows, columns) = shape
    let figure = ClassMapFigure(
      classNames: (0..<classes).map { "class \($0)" }, columns: columns,
      classes: (0..<rows * columns).map { Int32($0 % classes) },
      confidence: [Float](repeating: 0.5, count: rows * columns)
    ).figure
    let boxes = figure.maps.map(\.box) + figure.colourBars.map(\.box)
    #expect(boxes.count == 3)
    for box in boxes { #expect(box.bottom < figure.height && box.right < figure.width) }
    let keys = Double(figure.maps[0].keys.count) * Figure.keyHeight
    #expect(figure.maps[0].box.top + keys < figure.height)
  }

  @Test func `the same spectra give the same bytes`() throws {
    let figure = AugmentationFigure([Self.classes[1]]).figure
    #expect(try figure.drawn(as: .png).get() == figure.drawn(as: .png).get())
    // An SVG also numbers its parts, and cairo goes on counting from one picture to the next.
    let (first, second) = try (
      SVGContents(figure.drawn(as: .svg).get()), SVGContents(figure.drawn(as: .svg).get())
    )
    #expect(first.texts == second.texts)
    #expect(first.lines.map(\.data) == second.lines.map(\.data))
  }

  @Test func `names may hold anything`() throws {
    var lines = WhiteLines.oxides[0]
    lines.name = "<a href=\"x\">&amp; \u{0}\u{7} &\u{308}"
    let figure = SpectraComparison([lines.pair(real: 2, synthetic: 1)]).figure
    let contents = try SVGContents(figure.drawn(as: .svg).get())
    #expect(contents.texts.contains("<a href=\"x\">&amp; \u{FFFD}\u{FFFD} &\u{308}"))
    #expect(try PNGHeader(figure.drawn(as: .png).get()) != nil)
  }

  @Test func `a text without room ends in an ellipsis`() throws {
    var lines = WhiteLines.oxides[0]
    lines.name = String(repeating: "manganese ", count: 40)
    let figure = SpectraComparison([lines.pair(real: 2, synthetic: 1)]).figure
    let contents = try SVGContents(figure.drawn(as: .svg).get())
    let name = try #require(contents.texts.first { $0.hasPrefix("manganese") })
    #expect(name.hasSuffix("…") && name.count < 100)
  }

  @Test func `values that are not finite and constant spectra can be drawn`() throws {
    let energies = (0..<30).map { 500 + Double($0) }
    var broken = [Float](repeating: 0.5, count: 90)
    broken[7] = .nan
    broken[40] = .infinity
    for (real, synthetic) in [
      (broken, broken), ([Float](repeating: 0, count: 30), [Float](repeating: 0, count: 60)),
      ([Float](repeating: .nan, count: 30), [Float](repeating: -.infinity, count: 30)),
    ] {
      let spectra = ClassSpectra(
        name: "broken", energies: energies, real: real, synthetic: synthetic)
      let figure = AugmentationFigure([spectra]).figure
      #expect(try PNGHeader(figure.drawn(as: .png).get()) != nil)
      _ = try SVGContents(figure.drawn(as: .svg).get())
    }
  }

  @Test func `a run of one evaluation is a dot, as gaps leave points alone`() throws {
    func dark(_ losses: [Double]) throws -> Int {
      let canvas = Canvas(.svg, width: 100, height: 100)
      canvas.stroke(
        losses.enumerated().map { Point(Double($0.offset), $0.element) }, Stroke(.ink, 2))
      return String(decoding: try canvas.finish().get(), as: UTF8.self)
        .matches(of: /<path/).count
    }
    let empty = try dark([])
    #expect(try dark([50]) > empty)
    #expect(try dark([50, .nan, 20]) == (try dark([50])) + 1)
    #expect(try dark([50, 20, 30]) == (try dark([50])))
  }

  @Test func `is written as a whole, over an older file too`() throws {
    let folder = try PictureFolder()
    let path = folder.path + "/spectra.PNG"
    try Data("older".utf8).write(to: URL(fileURLWithPath: path))
    try SpectraComparison([Self.classes[0]]).write(to: path)
    #expect(try folder.contents == ["spectra.PNG"])
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(try bytes == SpectraComparison([Self.classes[0]]).figure.drawn(as: .png).get())
  }

  @Test func `an unknown ending, a missing folder and a taken name are errors that leave nothing`()
    throws
  {
    let folder = try PictureFolder()
    let figure = SpectraComparison([Self.classes[0]])
    #expect(throws: ReportingError.unknownFormat(path: "\(folder.path)/a.jpg")) {
      try figure.write(to: "\(folder.path)/a.jpg")
    }
    let missing = "\(folder.path)/missing/a.png"
    #expect(
      throws: ReportingError.cannotWrite(path: missing, reason: "No such file or directory")
    ) { try figure.write(to: missing) }
    let taken = folder.path + "/taken.svg"
    try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: false)
    #expect(throws: ReportingError.cannotWrite(path: taken, reason: "Is a directory")) {
      try figure.write(to: taken)
    }
    #expect(try folder.contents == ["taken.svg"])
    #expect(
      ReportingError.unknownFormat(path: "a.jpg").description
        == "'a.jpg' has no known picture format: choose a name that ends in .png or .svg")
  }

  @Test func `a picture larger than cairo can draw is an error`() throws {
    let folder = try PictureFolder()
    let path = folder.path + "/tall.png"
    let figure = Figure(title: "tall", width: 100, height: 40_000)
    #expect {
      try figure.write(to: path)
    } throws: { error in
      if case .cannotDraw(path, _) = error as? ReportingError { true } else { false }
    }
    #expect(try folder.contents.isEmpty)
  }
}
