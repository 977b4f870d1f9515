import ArgumentParser
import Preprocessing
import Spectra
import SpectrumFiles

/// `eels-dag preprocess`: file → blocks → background, norm, PCA → file.
struct Preprocess: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove the background, normalise and denoise a spectrum image.",
    discussion: """
      With no options it finds the first edge, fits a power law before it, divides every spectrum \
      by its maximum, denoises by PCA with an automatic number of components, and says what it chose.

      Example: eels-dag preprocess si.hspy
      """)

  @Argument(help: "The spectrum image: HSPY, NeXus, DigitalMicrograph or EMSA/MSA.")
  var input: String

  @Option(
    name: OutputNames.all, help: "The file to write (default: NAME_preprocessed.hspy beside it).")
  var output: String?

  @Option(help: ArgumentHelp("Keep this energy window only, eV.", valueName: "A:B"))
  var crop: EnergyWindow?

  @Option(
    help: ArgumentHelp(
      "Fit the power law in this window, eV; auto: before the first edge (default: auto).",
      valueName: "A:B|auto|none"))
  var background: PreprocessOptions.Background?

  @Option(
    help: ArgumentHelp(
      """
      How it is fitted: two-area (as HyperSpy's fast fit), least-squares, poisson (few counts), \
      lba (local averages), lcpl (two fixed exponents) (default: two-area).
      """, valueName: "method"))
  var backgroundFit: PreprocessOptions.BackgroundFit?

  @Flag(help: "Replace spikes (X-ray and cosmic-ray hits); without it they are only flagged.")
  var removeSpikes = false

  @Flag(
    help: """
      Undo the drift of the energy scale during the scan, a smooth curve; shifts between \
      neighbouring pixels, chemical ones among them, stay.
      """)
  var align = false

  @Flag(
    help: """
      Align every spectrum by its own shift instead; this also removes chemical shifts, so use it \
      with a window on an edge that does not shift.
      """)
  var alignEach = false

  @Option(
    help: ArgumentHelp(
      "The features to align by, eV (default: all after the fit window).", valueName: "A:B"))
  var alignWindow: EnergyWindow?

  @Option(
    help: ArgumentHelp(
      "Divide by the maximum, the integral over energy, or nothing (default: max).",
      valueName: "max|area|none"))
  var norm: PreprocessOptions.Norm?

  @Option(
    help: ArgumentHelp(
      "Denoise with so many principal components; auto: as many as stand above the noise "
        + "(default: auto).",
      valueName: "N|auto|none"))
  var pca: PreprocessOptions.Components?

  @Option(
    help: ArgumentHelp(
      "Weight spectra and channels for counting noise before, or not (default: poisson where the "
        + "counts are known).",
      valueName: "poisson|none"))
  var pcaWeighting: PreprocessOptions.Weighting?

  @Option(
    help: ArgumentHelp(
      "Maps of the background's A, r and reduced chi-square, of replaced channels and of energy "
        + "shifts beside the spectra; the map of quality flags is always there.",
      valueName: "all|none"))
  var maps = Maps.all

  @Option(
    help: ArgumentHelp(
      "Do what was done to this file, with its windows, settings and components; other options "
        + "given here come first.",
      valueName: "file"))
  var like: String?

  @Flag(
    name: [.customLong("plan"), .customLong("dry-run")],
    help: "Say what would be done, step by step and why, and write nothing.")
  var plansOnly = false

  @Flag(
    help: "Say which edges stand out of the mean spectrum and what they may be, and write nothing.")
  var edges = false

  @Flag(help: "With --plan or --edges: print JSON.")
  var json = false

  @OptionGroup var choice: SignalOption
  @OptionGroup var compression: CompressionOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  /// Which maps are written beside the spectra.
  enum Maps: String, ExpressibleByArgument, CaseIterable {
    case all
    case none
  }

  func validate() throws {
    if align && alignEach {
      throw ValidationError("--align and --align-each exclude each other.")
    }
    if alignWindow != nil && !align && !alignEach && like == nil {
      throw ValidationError("--align-window goes with --align or --align-each.")
    }
    if background == PreprocessOptions.Background.none, backgroundFit != nil {
      throw ValidationError("--background-fit needs a background to fit; --background is none.")
    }
    if pca == PreprocessOptions.Components.none, pcaWeighting == .poisson {
      throw ValidationError("--pca-weighting goes with --pca; --pca is none.")
    }
    if json && !plansOnly && !edges {
      throw ValidationError("--json goes with --plan or --edges.")
    }
    if edges && plansOnly {
      throw ValidationError("--edges and --plan exclude each other.")
    }
  }

  func run() throws {
    talk.apply()
    let output = output ?? Self.defaultOutput(for: input)
    try FilePath.check(outputs: [output], inputs: [input] + (like.map { [$0] } ?? []))
    try FilePath.checkEnding(of: output)
    let file = try SpectrumFile(
      reading: input, threads: threads.count, signal: choice.signal)
    for warning in file.warnings { Console.warn("\(input): \(warning)") }
    let source = try file.spectra()
    if edges { return try naming(input) { try show(EdgeDetection(surveying: source)) } }
    let options = try options()

    let preprocessor = try naming(input) {
      try Preprocessor(source, options: options, threads: threads.count)
    }
    if plansOnly { return try show(preprocessor.plan) }
    Console.say("background: \(preprocessor.plan.backgroundReason)")
    if preprocessor.plan.alignment?.method == .each {
      Console.warn(
        "--align-each moves every spectrum by its own shift: chemical shifts of the aligned edge are "
          + "gone from the result; --align undoes the drift alone")
    }

    let labels = try file.labels(for: source)
    let earlierFlags = try QualityMap.flags(in: file, for: source)
    var origin = Provenance.Input(input, metadata: source.header.metadata)
    try Provenance.checkOutput(output, from: [origin])
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    var sink = try writer.addSpectra(
      preprocessor.outputHeader, carrying: source, compression: compression.value)
    let progress = Progress(
      "preprocessing", total: Double(source.header.spectrumCount), unit: "spectra")
    let decomposition = try writer.addLearningResults(to: sink)
    let digest = Later(ifUseful: threads.count > 1) { try FileDigest.sha256(ofFile: input) }
    // The process must not end while a thread of it is in libcrypto.
    defer { digest.wait() }
    let report = try naming(input) {
      try preprocessor.run(
        into: &sink,
        progress: { progress.update($0 * Double(source.header.spectrumCount)) },
        loadings: { try decomposition.append($0) })
    }
    if let components = report.components { try decomposition.finish(LearningResults(components)) }
    progress.finish()

    origin.sha256 = try digest.value
    var metadata = sink.header.metadata
    try Provenance(
      command: "preprocess", settings: report.plan,
      inputs: [origin],
      quality: Dictionary(uniqueKeysWithValues: report.flagCounts.map { ($0.name, $0.count) }),
      synthetic: Provenance.isSynthetic(source.header.metadata)
    ).write(into: &metadata)
    try writer.setMetadata(metadata, of: sink)
    var signals = ["s"]
    if let labels {
      try writer.addLabels(labels, title: "Labels")
      signals.append("labels")
    }
    if maps == .all {
      signals += try ResultMaps(
        report: report, axes: source.header.navigationAxes, writer: writer
      ).write()
    }
    // What an earlier run has found stays true: a saturated spectrum does not look so any more.
    let flags = zip(report.flags, earlierFlags ?? report.flags).map { $0.union($1) }
    try writer.addMap(
      title: QualityMap.title, values: flags.map { Int32($0.rawValue) },
      axes: source.header.navigationAxes, metadata: QualityMap.metadata)
    signals.append("quality")
    try writer.commit()

    describe(report)
    let others = file.signals.filter { other in
      other !== source && !other.isMap && !(labels != nil && other.isLabelArray)
    }
    if !others.isEmpty {
      Console.warn(
        "\(input) also holds \(others.map(\.name).joined(separator: ", ")), which "
          + "\(output) does not")
    }
    for warning in report.warnings + writer.warnings { Console.warn(warning) }
    Console.say("wrote \(output); in HyperSpy:")
    Console.say("    \(hyperSpyLine(opening: output, signals: signals))")
    if report.usableCount == 0 {
      throw Refusal(
        "no spectrum of \(input) is usable, all are flagged; \(output) is written and says so; look "
          + "at the fit window (--background) first", .qualityGate)
    }
  }

  /// What the command line asks for, over what was done to another file.
  private func options() throws -> PreprocessOptions {
    var options =
      try like.map { try PlanRecord.options(like: $0, takingComponents: pca == nil) }
      ?? PreprocessOptions()
    if let crop { options.crop = crop }
    if let background { options.background = background }
    if let backgroundFit { options.backgroundFit = backgroundFit }
    if removeSpikes { options.removesSpikes = true }
    if align { options.alignment = .drift }
    if alignEach { options.alignment = .each }
    if let alignWindow { options.alignmentWindow = alignWindow }
    if let norm { options.norm = norm }
    if let pca { options.components = pca }
    if let pcaWeighting { options.weighting = pcaWeighting }
    return options
  }

  /// Prints what was detected.
  private func show(_ detection: EdgeDetection) throws {
    if json { return try Console.output(JSONValue.text(detection, pretty: true)) }
    if detection.edges.isEmpty { Console.say("no edge stands out of the mean spectrum") }
    for edge in detection.edges { try Console.output("\(edge)") }
  }

  /// Prints the plan.
  private func show(_ plan: PreprocessPlan) throws {
    try Console.output(json ? JSONValue.text(plan, pretty: true) : PlanText.text(plan))
  }

  /// Says what was done and what is noteworthy.
  private func describe(_ report: PreprocessReport) {
    if let alignment = report.plan.alignment {
      let shifts = report.shifts.filter { !$0.isNaN }.map(Double.init)
      let range = [shifts.min() ?? 0, shifts.max() ?? 0].map { Text.number($0, digits: 2) }
      Console.say(
        "alignment: \(alignment.method == .drift ? "drift" : "shifts") of \(range[0]) to \(range[1]) eV "
          + "undone, measured in \(report.knownShiftCount) of \(report.spectrumCount) spectra"
          + (alignment.method == .drift ? "; shifts between neighbours stay" : ""))
    }
    Console.say("PCA components: \(report.plan.componentReason)")
    for (name, meaning, count) in report.flagCounts {
      let spectra = Text.count(count, "spectrum", "spectra")
      Console.say("flagged \(name): \(spectra) of \(report.spectrumCount) (\(meaning))")
    }
  }

  /// Puts the file's name before what preprocessing says about its content.
  private func naming<Result>(_ path: String, _ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as PreprocessError {
      throw Refusal("\(path): \(error)")
    }
  }

  /// `<name>_preprocessed.hspy` beside the input.
  private static func defaultOutput(for input: String) -> String {
    let slash = input.lastIndex(of: "/")
    let folder = slash.map { input[...$0] } ?? ""
    let name = slash.map { input[input.index(after: $0)...] } ?? input[...]
    let dot = name.dropFirst().lastIndex(of: ".")
    return folder + name[..<(dot ?? name.endIndex)] + "_preprocessed.hspy"
  }
}
