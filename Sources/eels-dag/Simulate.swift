import ArgumentParser
import Simulation
import Spectra
import SpectrumFiles

/// `eels-dag simulate`: physically documented data with labels.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulate labelled EELS data with documented physics.",
    discussion: """
      si is a spectrum image, raw counts. wl, w, k and mf are labelled sets of single spectra like those of \
      del-Pozo-Bueno et al. (2024), several acquisitions each, preprocessed so that 'eels-dag augment' takes \
      them as they are.

      Examples: eels-dag simulate si -o si.hspy --labels labels.hspy --seed 1
                eels-dag simulate wl -o wl.hspy
      """)

  /// What is simulated.
  enum Preset: String, ExpressibleByArgument, CaseIterable {
    /// Core–shell nanoparticles, raw counts: O K, Mn L2,3 and Fe L2,3.
    case si
    case wl
    case w
    case k
    case mf

    /// The labelled sets; nil for the image.
    var paper: PaperPreset? { PaperPreset(rawValue: rawValue) }
  }

  @Argument(
    help: """
      si: Fe3O4 core, MnFe2O4 shell nanoparticles, raw counts, 460 to 800 eV. wl: Fe L2,3 of FeO and \
      Fe3O4, Mn L2,3 of MnO, Mn2O3 and MnO2. w: O K and Fe L2,3 of FeO and Fe3O4. k: their O K alone. \
      mf: Mn and Fe L2,3 of a magnetite core and a Mn-ferrite shell, denoised.
      """)
  var preset: Preset

  @Option(name: OutputNames.all, help: "The file to write.")
  var output: String

  @Flag(help: "wl, w, k, mf: write the counts as the camera gives them.")
  var raw = false

  @Option(help: "si: a second file for the true labels; the other presets' files hold them.")
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "si: the size of the image in pixels (default: 44x36).", valueName: "ROWSxCOLUMNS"))
  var size: ImageSize?

  @Option(help: "si: the number of energy channels, in steps of 0.25 eV (default: 1360).")
  var channels: Int?

  @Option(
    help: ArgumentHelp(
      "si: the number type of the counts (default: uint16).", valueName: "uint16|float32"))
  var type: CountType?

  @OptionGroup var seeding: SeedOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  /// The number types in which counts are written.
  enum CountType: String, ExpressibleByArgument, CaseIterable {
    case uint16
    case float32
  }

  /// Rows and columns of an image, `44x36`.
  struct ImageSize: ExpressibleByArgument {
    /// 4096 × 4096.
    private static let mostPixels = 1 << 24

    var rows: Int
    var columns: Int

    init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }

    init?(argument: String) {
      let parts = argument.lowercased().split(separator: "x").map { Int($0) ?? 0 }
      guard parts.count == 2, parts.allSatisfy({ 1...Self.mostPixels ~= $0 }),
        parts[0] * parts[1] <= Self.mostPixels
      else { return nil }
      self.init(rows: parts[0], columns: parts[1])
    }

    var text: String { "\(rows)x\(columns)" }
  }

  func validate() throws {
    if preset.paper == nil {
      if raw {
        throw ValidationError("--raw goes with wl, w, k and mf; si is raw counts as it is.")
      }
    } else {
      if labels != nil {
        throw ValidationError(
          "--labels goes with si; the file of \(preset.rawValue) holds its labels.")
      }
      let others = [
        ("--size", size != nil), ("--channels", channels != nil), ("--type", type != nil),
      ]
      if let (option, _) = others.first(where: \.1) {
        throw ValidationError("\(option) goes with si; \(preset.rawValue) has a size of its own.")
      }
    }
    if let channels, !(16...16_384).contains(channels) {
      throw ValidationError("--channels is \(channels); give a number from 16 to 16384.")
    }
  }

  func run() throws {
    talk.apply()
    let outputs = [output] + (labels.map { [$0] } ?? [])
    try FilePath.check(outputs: outputs)
    for path in outputs { try FilePath.checkEnding(of: path) }
    if let paper = preset.paper {
      return try SimulatedSets(paper, isRaw: raw, seed: seeding.seed, threads: threads.count)
        .write(to: output)
    }
    try simulateImage(seed: seeding.seed)
  }

  private func simulateImage(seed: UInt64) throws {
    let size = size ?? ImageSize(rows: 44, columns: 36)
    var parameters = SpectrumImageParameters()
    parameters.rows = size.rows
    parameters.columns = size.columns
    // What the preset says goes without saying; what differs is recorded.
    var settings = ["preset": preset.rawValue, "size": size.text]
    if let channels {
      parameters.energyAxis.count = channels
      settings["channels"] = "\(channels)"
    }
    if type == .float32 {
      parameters.elementType = .float32
      settings["type"] = "float32"
    }
    let simulation = SpectrumImageSimulation(parameters, seed: seed, threads: threads.count)
    let record = try Provenance(
      command: "simulate", settings: settings, seed: seed, synthetic: true)

    var header = simulation.header
    try record.write(into: &header.metadata)
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    let labelWriter = try labels.map {
      try SpectrumFileWriter(writing: $0, creator: EELSDAG.creator)
    }
    let sink = try writer.addSpectra(header)
    let progress = Progress("simulating", total: Double(header.spectrumCount), unit: "spectra")
    for first in stride(from: 0, to: header.spectrumCount, by: simulation.preferredBlockCount) {
      let last = min(first + simulation.preferredBlockCount, header.spectrumCount)
      try sink.append(simulation.read(first..<last))
      progress.update(Double(last))
    }
    progress.finish()
    try writer.commit()
    Console.say("wrote \(output): \(header.title)")

    guard let labelWriter else { return }
    var metadata = MetadataTree()
    try record.write(into: &metadata)
    try labelWriter.addLabels(simulation.labels, title: "True labels", metadata: metadata)
    try labelWriter.commit()
    let counts = zip(simulation.labels.classNames, simulation.labels.counts)
    Console.say(
      "wrote \(labelWriter.path): " + counts.map { "\($0): \($1) pixels" }.joined(separator: ", "))
  }
}
