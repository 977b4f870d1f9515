import LinearAlgebra
import Preprocessing
import Simulation
import Spectra
import SpectrumFiles

/// The labelled sets of a preset, simulated and preprocessed, and the file that holds them.
///
/// For every energy axis the file holds the spectra, their labels, the map of their acquisition
/// numbers, by which train and test spectra can be kept apart, and where they are preprocessed the map
/// of quality flags.
struct SimulatedSets {
  private let preset: PaperPreset
  private let isRaw: Bool
  private let seed: UInt64
  private let threads: Int

  init(_ preset: PaperPreset, isRaw: Bool, seed: UInt64, threads: Int) {
    self.preset = preset
    self.isRaw = isRaw
    self.seed = seed
    self.threads = threads
  }

  /// Simulates the sets into a file.
  func write(to output: String) throws {
    let writer = try SpectrumFileWriter(writing: output, creator: EELSDAG.creator, threads: threads)
    var names: [String] = []
    for (index, parameters) in preset.sets.enumerated() {
      let simulation = SpectrumSetSimulation(
        parameters, stream: RandomStream(seed: seed).split(UInt64(index)), threads: threads)
      try write(simulation, to: writer)
      let name = parameters.shortName
      names += [name, "\(name)_labels", "\(name)_acquisitions"]
      if !isRaw { names.append("\(name)_quality") }
    }
    try writer.commit()
    Console.say("wrote \(output); in HyperSpy:")
    Console.say("    \(hyperSpyLine(opening: output, signals: names))")
  }

  /// How a set is preprocessed.
  static func preprocessing(of parameters: SpectrumSetParameters) -> PreprocessOptions {
    var options = PreprocessOptions()
    options.background = .window(parameters.fitWindow)
    options.components = parameters.components.map { .count($0) } ?? .none
    return options
  }

  private func write(_ simulation: SpectrumSetSimulation, to writer: SpectrumFileWriter) throws {
    let title = simulation.header.title
    var settings = Settings(preset: preset.rawValue, raw: isRaw)
    var quality: [String: Int] = [:]
    var flags: [QualityFlags]?
    let progress = Progress(
      "simulating", total: Double(simulation.header.spectrumCount), unit: "spectra")
    let sink: SpectrumFileSink
    if isRaw {
      sink = try writer.addSpectra(simulation.header)
      let count = simulation.header.spectrumCount
      for first in stride(from: 0, to: count, by: simulation.preferredBlockCount) {
        let last = min(first + simulation.preferredBlockCount, count)
        try sink.append(simulation.read(first..<last))
        progress.update(Double(last))
      }
    } else {
      let preprocessor = try Preprocessor(
        simulation, options: Self.preprocessing(of: simulation.parameters), threads: threads)
      var target = try writer.addSpectra(preprocessor.outputHeader)
      let report = try preprocessor.run(into: &target) {
        progress.update($0 * Double(simulation.header.spectrumCount))
      }
      settings.preprocessing = report.plan
      quality = Dictionary(uniqueKeysWithValues: report.flagCounts.map { ($0.name, $0.count) })
      sink = target
      flags = report.flags
    }
    progress.finish()
    let record = try Provenance(
      command: "simulate", settings: settings, seed: seed, quality: quality, synthetic: true)
    var metadata = sink.header.metadata
    try record.write(into: &metadata)
    try writer.setMetadata(metadata, of: sink)

    let labels = simulation.labels
    var labelMetadata = MetadataTree()
    try record.write(into: &labelMetadata)
    try writer.addLabels(
      labels, title: "\(title), labels", spectra: title, metadata: labelMetadata)
    try writer.addMap(
      title: "\(title), acquisitions", spectra: title, values: simulation.acquisitionNumbers,
      axes: labels.axes, metadata: Self.metadata(of: simulation.acquisitions))
    if let flags {
      try writer.addMap(
        title: QualityMap.title, spectra: title, values: flags.map { Int32($0.rawValue) },
        axes: labels.axes, metadata: QualityMap.metadata)
    }
    let counts = zip(labels.classNames, labels.counts).map { "\($0): \($1)" }
    Console.say(
      "\(title): \(counts.joined(separator: ", ")) spectra in "
        + "\(simulation.acquisitions.count) acquisitions, \(isRaw ? "raw counts" : "preprocessed")")
  }

  /// The settings of the provenance record.
  private struct Settings: Encodable {
    var preset: String
    var raw: Bool
    var preprocessing: PreprocessPlan?
  }

  /// What the spectra of each acquisition share.
  private static func metadata(of acquisitions: [SpectrumSetSimulation.Acquisition]) -> MetadataTree
  {
    var all = MetadataTree()
    for (number, acquisition) in acquisitions.enumerated() {
      all["acquisition_\(number)"] = .tree(
        MetadataTree([
          "calibration_error_eV": .real(acquisition.calibrationError),
          "energy_resolution_eV": .real(acquisition.resolution),
          "relative_thickness": .real(acquisition.thickness),
          "relative_dose": .real(acquisition.dose),
        ]))
    }
    return MetadataTree(["Simulation": .tree(all)])
  }
}
