import ArgumentParser
import Augmentation
import LinearAlgebra
import Reporting
import Spectra
import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `eels-dag augment`: spectra and labels → one generator a class → synthetic spectra.
struct Augment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a generator for every class and write synthetic spectra.",
    discussion: """
      Without IN it takes the one *_preprocessed.hspy of the current folder. Spectra without labels \
      are one class.

      Example: eels-dag augment si_preprocessed.hspy --labels labels.hspy --out synth.h5
      """)

  @Argument(help: "Preprocessed spectra: HSPY files on one energy axis.")
  var inputs: [String] = []

  @Option(name: OutputNames.all, help: "The file to write (.hspy, .h5, .hdf5, .nxs).")
  var output: String

  @Option(help: "A file with the labels of the spectra, where the input has none.")
  var labels: String?

  @Option(help: "Synthetic spectra to write for every class.")
  var count: Int = 1000

  @Option(help: "Train on this share of every class, chosen at random.")
  var trainFraction: Double?

  @Option(help: "Train on so many spectra of every class, chosen at random (default: all).")
  var trainCount: Int?

  @OptionGroup var designing: DesignOptions

  @Option(help: "Stop after so many iterations at the latest.")
  var maxEpochs: Int?

  @Option(help: "Draw real and synthetic spectra into this PNG or SVG file.")
  var plot: String?

  @Option(help: "Draw losses and Fréchet distance by iteration into this PNG or SVG file.")
  var plotTraining: String?

  @OptionGroup var seeding: SeedOption
  @OptionGroup var compression: CompressionOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  func validate() throws {
    if !(1...Self.mostSpectra ~= count) {
      throw ValidationError("--count is \(count); give a number from 1 to \(Self.mostSpectra).")
    }
    if let maxEpochs, !(1...Self.mostEpochs ~= maxEpochs) {
      throw ValidationError(
        "--max-epochs is \(maxEpochs); give a number from 1 to \(Self.mostEpochs).")
    }
    for picture in pictures where (try? PictureFormat(path: picture)) == nil {
      throw ValidationError("--plot: \(ReportingError.unknownFormat(path: picture)).")
    }
    if trainFraction != nil && trainCount != nil {
      throw ValidationError("--train-fraction and --train-count exclude each other.")
    }
    if let trainFraction, !(trainFraction > 0 && trainFraction <= 1) {
      throw ValidationError(
        "--train-fraction is \(trainFraction); give a number above 0, at most 1.")
    }
    if let trainCount, trainCount < 1 {
      throw ValidationError("--train-count is \(trainCount); give at least 1.")
    }
    if labels != nil && inputs.count > 1 {
      throw ValidationError("--labels goes with one input; \(inputs.count) are given.")
    }
  }

  private static let mostSpectra = 10_000_000
  private static let mostEpochs = 1_000_000_000

  private var pictures: [String] { [plot, plotTraining].compactMap(\.self) }

  func run() throws {
    talk.apply()
    let seed = seeding.seed
    var design = try designing.chosen()
    let paths = inputs.isEmpty ? [try Self.soleInput(in: ".")] : inputs
    try FilePath.check(
      outputs: [output] + pictures, inputs: paths + (labels.map { [$0] } ?? []))
    try FilePath.checkEnding(of: output)
    let selection: TrainingSelection =
      trainFraction.map { .fraction($0) } ?? trainCount.map { .count($0) } ?? .all
    let data = try LabelledSpectra(
      paths, labels: labels, selection: selection, seed: seed, threads: threads.count)
    try Provenance.checkOutput(output, from: data.inputs)
    for line in data.remarks { Console.say(line) }
    // Before the training: what cannot be written must not cost its hours.
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    for picture in pictures { try FilePath.checkFolder(of: picture) }

    if let maxEpochs {
      design.stopping.maximumIterations = maxEpochs
      design.stopping.minimumIterations = min(design.stopping.minimumIterations, maxEpochs)
      design.evaluationInterval = min(design.evaluationInterval, maxEpochs)
    }
    let board = TrainingBoard(
      classes: data.classes.count, maximumIterations: design.stopping.maximumIterations)
    let generators = try Augmenter(design: design, seed: seed, threads: threads.count)
      .train(data.classes.map(\.trainingSet)) { board.update($0) }
    board.finish()
    for generator in generators { Console.say(generator.record.sentence) }

    try write(generators, data, design, to: writer)
    Console.say(
      "wrote \(output): \(Text.count(count, "synthetic spectrum", "synthetic spectra")) of each "
        + "class; in HyperSpy:")
    Console.say("    \(hyperSpyLine(opening: output, signals: ["s", "labels"]))")
    if let plot { try figure(generators, data).write(to: plot) }
    if let plotTraining {
      try TrainingCurves(generators.map(\.record.run)).write(to: plotTraining)
    }
    let failed = generators.filter { $0.record.outcome == .notReached }.map(\.name)
    if !failed.isEmpty {
      throw Refusal(
        "the stopping criterion was not reached for \(failed.joined(separator: ", ")); \(output) "
          + "is written and says so; train longer (--max-epochs) or on more spectra", .qualityGate)
    }
  }

  /// Streams the synthetic spectra, class after class, into the file with all that belongs to them.
  private func write(
    _ generators: [TrainedGenerator], _ data: LabelledSpectra, _ design: DAGDesign,
    to writer: SpectrumFileWriter
  ) throws {
    var header = data.outputHeader(count: count)
    let record = try Provenance(
      command: "augment",
      settings: Settings(
        design: design, count: count, classes: generators.map(\.name), train: data.selection),
      seed: seeding.seed, inputs: data.inputs,
      quality: [
        "stopping_criterion_not_reached": generators.count { $0.record.outcome == .notReached }
      ], synthetic: true)
    try record.write(into: &header.metadata)
    for (index, generator) in generators.enumerated() {
      header.metadata[path: [Provenance.branch, "training", "class_\(index)"]] = .tree(
        generator.record.metadata(members: data.classes[index].members))
    }
    let sink = try writer.addSpectra(header, compression: compression.value)
    let progress = Progress("writing", total: Double(header.spectrumCount), unit: "spectra")
    for (index, generator) in generators.enumerated() {
      let sampler = sampler(of: generator, index)
      for start in stride(from: 0, to: count, by: 512) {
        let spectra = Matrix(rows: min(512, count - start), columns: header.channelCount)
        sampler.sample(from: start, into: spectra)
        try sink.append(
          Block(
            first: index * count + start, count: spectra.rowCount, channels: spectra.columnCount,
            values: spectra.elements))
        progress.update(Double(index * count + start + spectra.rowCount))
      }
    }
    progress.finish()
    var labelMetadata = MetadataTree()
    try record.write(into: &labelMetadata)
    try writer.addLabels(
      Labels(
        classNames: generators.map(\.name),
        values: generators.indices.flatMap { [Int32](repeating: Int32($0), count: count) },
        axes: header.navigationAxes),
      title: "Synthetic labels", metadata: labelMetadata)
    try writer.commit()
    for warning in writer.warnings { Console.warn(warning) }
  }

  /// The settings of the provenance record.
  private struct Settings: Encodable {
    var design: DAGDesign
    var count: Int
    var classes: [String]
    var train: TrainingSelection
  }

  /// The sampler of a class: its own split of the seed.
  private func sampler(of generator: TrainedGenerator, _ index: Int) -> SpectrumSampler {
    let stream = RandomStream(seed: seeding.seed).split(LabelledSpectra.Use.sampling)
    return SpectrumSampler(generator.snapshot, stream: stream.split(UInt64(index)))
  }

  /// Real spectra beside the first synthetic ones of the file.
  private func figure(
    _ generators: [TrainedGenerator], _ data: LabelledSpectra
  ) -> AugmentationFigure {
    let energies = data.energyAxis.uniform?.coordinates ?? []
    let classes = zip(generators, data.classes).enumerated().map { index, pair in
      let synthetic = Matrix(rows: min(count, 1000), columns: energies.count)
      sampler(of: pair.0, index).sample(from: 0, into: synthetic)
      return ClassSpectra(
        name: pair.0.name, energies: energies, real: pair.1.trainingSet.spectra.elements,
        synthetic: synthetic.elements)
    }
    return AugmentationFigure(classes)
  }

  /// The one `*_preprocessed.hspy` of a folder.
  private static func soleInput(in folder: String) throws -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.filter { $0.hasSuffix("_preprocessed.hspy") && !$0.hasPrefix(".") }.sorted()
    switch found.count {
    case 1:
      Console.say("taking \(found[0]), the one *_preprocessed.hspy here")
      return found[0]
    case 0:
      throw Refusal(
        "no *_preprocessed.hspy in this folder: run 'eels-dag preprocess FILE' first, or name the "
          + "input", .usage)
    default:
      throw Refusal(
        "\(found.count) files *_preprocessed.hspy in this folder (\(found.joined(separator: ", "))): "
          + "name the one to take", .usage)
    }
  }
}
