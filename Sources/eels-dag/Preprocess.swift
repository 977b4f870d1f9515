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

  @Argument(help: "The spectrum image, an HSPY file.")
  var input: String

  @Option(
    name: OutputNames.all, help: "The file to write (default: NAME_preprocessed.hspy beside it).")
  var output: String?

  @Option(help: ArgumentHelp("Keep this energy window only, eV.", valueName: "A:B"))
  var crop: EnergyWindow?

  @Option(
    help: ArgumentHelp(
      "Fit the power law in this window, eV; auto: before the first edge.",
      valueName: "A:B|auto|none"))
  var background = PreprocessOptions.Background.automatic

  @Option(help: ArgumentHelp("Divide by the maximum, or not.", valueName: "max|none"))
  var norm = PreprocessOptions.Norm.max

  @Option(
    help: ArgumentHelp(
      "Denoise with so many principal components; auto: as many as stand above the noise.",
      valueName: "N|auto|none"))
  var pca = PreprocessOptions.Components.automatic

  @OptionGroup var compression: CompressionOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  func run() throws {
    talk.apply()
    let output = output ?? Self.defaultOutput(for: input)
    try FilePath.check(outputs: [output], inputs: [input])
    try FilePath.checkEnding(of: output)
    let file = try SpectrumFile(reading: input)
    for warning in file.warnings { Console.warn("\(input): \(warning)") }
    let source = try file.spectra()
    let labels = try file.labels(for: source)
    let earlierFlags = try QualityMap.flags(in: file, for: source)

    var options = PreprocessOptions()
    options.crop = crop
    options.background = background
    options.norm = norm
    options.components = pca
    let origin = try Provenance.Input(input, metadata: source.header.metadata)
    try Provenance.checkOutput(output, from: [origin])

    let preprocessor = try naming(input) {
      try Preprocessor(source, options: options, threads: threads.count)
    }
    Console.say("background: \(preprocessor.plan.backgroundReason)")

    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    var sink = try writer.addSpectra(
      preprocessor.outputHeader, carrying: source, compression: compression.value)
    let progress = Progress(
      "preprocessing", total: Double(source.header.spectrumCount), unit: "spectra")
    let report = try naming(input) {
      try preprocessor.run(into: &sink) { share in
        progress.update(share * Double(source.header.spectrumCount))
      }
    }
    progress.finish()

    var metadata = sink.header.metadata
    try Provenance(
      command: "preprocess", settings: report.plan,
      inputs: [origin],
      quality: Dictionary(uniqueKeysWithValues: report.flagCounts.map { ($0.name, $0.count) }),
      synthetic: Provenance.isSynthetic(source.header.metadata)
    ).write(into: &metadata)
    try writer.setMetadata(metadata, of: sink)
    if let labels { try writer.addLabels(labels, title: "Labels") }
    // What an earlier run has found stays true: a saturated spectrum does not look so any more.
    let flags = zip(report.flags, earlierFlags ?? report.flags).map { $0.union($1) }
    try writer.addMap(
      title: QualityMap.title, values: flags.map { Int32($0.rawValue) },
      axes: source.header.navigationAxes, metadata: QualityMap.metadata)
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
    let signals = labels == nil ? ["s", "quality"] : ["s", "labels", "quality"]
    Console.say("wrote \(output); in HyperSpy:")
    Console.say("    \(hyperSpyLine(opening: output, signals: signals))")
    if report.usableCount == 0 {
      throw Refusal(
        "no spectrum of \(input) is usable, all are flagged; \(output) is written and says so; look "
          + "at the fit window (--background) first", .qualityGate)
    }
  }

  /// Says what was done and what is noteworthy.
  private func describe(_ report: PreprocessReport) {
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
