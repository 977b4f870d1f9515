import ArgumentParser
import Simulation
import Spectra
import SpectrumFiles

/// `eels-dag simulate`: physically documented data with labels.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulate a labelled EELS spectrum image with documented physics.",
    discussion: "Example: eels-dag simulate si -o si.hspy --labels labels.hspy --seed 1")

  /// What is simulated.
  enum Preset: String, ExpressibleByArgument, CaseIterable {
    /// Core–shell nanoparticles, raw counts: O K, Mn L2,3 and Fe L2,3.
    case si
  }

  @Argument(help: "si: Fe3O4 core, MnFe2O4 shell nanoparticles, raw counts, 460 to 800 eV.")
  var preset: Preset

  @Option(name: OutputNames.all, help: "The file to write.")
  var output: String

  @Option(help: "A second file for the true labels.")
  var labels: String?

  @Option(help: "The size of the image in pixels, ROWSxCOLUMNS.")
  var size: ImageSize = ImageSize(rows: 44, columns: 36)

  @Option(help: "The number of energy channels, in the preset's steps from its first (si: 1360).")
  var channels: Int?

  @Option(help: "The number type of the counts: uint16 or float32.")
  var type: CountType = .uint16

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

    var defaultValueDescription: String { "\(rows)x\(columns)" }
  }

  func validate() throws {
    if let channels, !(16...16_384).contains(channels) {
      throw ValidationError("--channels is \(channels); give a number from 16 to 16384.")
    }
  }

  func run() throws {
    talk.apply()
    let outputs = [output] + (labels.map { [$0] } ?? [])
    try FilePath.check(outputs: outputs)
    for path in outputs { try FilePath.checkEnding(of: path) }
    let seed = seeding.seed
    var parameters = SpectrumImageParameters()
    parameters.rows = size.rows
    parameters.columns = size.columns
    // What the preset says goes without saying; what differs is recorded.
    var settings = ["preset": preset.rawValue, "size": size.defaultValueDescription]
    if let channels {
      parameters.energyAxis.count = channels
      settings["channels"] = "\(channels)"
    }
    if type == .float32 {
      parameters.elementType = .float32
      settings["type"] = type.rawValue
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
