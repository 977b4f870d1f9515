import ArgumentParser
import Augmentation
import LinearAlgebra
import ModelFiles
import Reporting
import Spectra
import SpectrumFiles
import Studies

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
      are one class. The other methods than gan need no training: they are what a generator is to be \
      compared with.

      With --json each line on standard error is a JSON object (Schemas/progress.schema.json): every \
      evaluation with losses, measures, limits and the time left, every class that is done, messages, \
      warnings and errors.

      Example: eels-dag augment si_preprocessed.hspy --labels labels.hspy --out synth.h5
      """)

  @Argument(help: "Preprocessed spectra: HSPY files; each energy axis is trained on its own.")
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

  @Option(help: "What makes the spectra.")
  var method = SyntheticMethod.gan

  @Option(
    help: ArgumentHelp(
      "Spectra like those of the measured acquisitions, or also like those of unseen ones, with other energy "
        + "calibrations, thicknesses and doses: for a classifier of spectra that are yet to be measured."
    ))
  var acquisitions = Acquisitions.measured

  @Flag(
    name: .customLong("validate"), inversion: .prefixedNo,
    help: ArgumentHelp(
      "Find out by cross-validation on the training spectra whether synthetic spectra help a "
        + "classifier (default: where there are enough of two classes)."))
  var validates: Bool?

  @Option(
    help:
      "The classifier of the cross-validation: svm (default), or the network ann, which takes longer."
  )
  var validateWith: ClassifierKind?

  @OptionGroup var designing: DesignOptions

  @OptionGroup var stopping: StopOptions

  @Option(help: "Write the trained generators into this safetensors file, for 'generate'.")
  var model: String?

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Start from the generators of a model of the same classes, energies and architecture.",
      valueName: "model"))
  var start: String?

  @Option(help: "Draw real and synthetic spectra into this PNG or SVG file.")
  var plot: String?

  @Option(help: "Draw losses and Fréchet distance by iteration into this PNG or SVG file.")
  var plotTraining: String?

  @Flag(
    help: "Print one JSON document (Schemas/augment.schema.json), and progress as lines of JSON.")
  var json = false

  @OptionGroup var checkpoints: CheckpointOptions
  @OptionGroup var seeding: SeedOption
  @OptionGroup var compression: CompressionOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  func validate() throws {
    try Self.checkCount(count)
    for picture in pictures where (try? PictureFormat(path: picture)) == nil {
      throw ValidationError("--plot: \(ReportingError.unknownFormat(path: picture)).")
    }
    if let model, !model.lowercased().hasSuffix(".safetensors") {
      throw ValidationError("--model is \(model); end its name with .safetensors.")
    }
    _ = try selection
    if method.baseline != nil, let option = trainingOption {
      throw ValidationError(
        "\(option) goes with --method gan; \(method.rawValue) trains no network.")
    }
    if acquisitions == .unseen {
      if !method.canVary {
        throw ValidationError(
          "--acquisitions unseen does not go with \(method.rawValue), which takes noise and shift as they are in "
            + "the real spectra.")
      }
      if designing.faithful {
        throw ValidationError("--acquisitions unseen and --faithful exclude each other.")
      }
    }
    if validates == false && validateWith != nil {
      throw ValidationError("--no-validate and --validate-with exclude each other.")
    }
    if labels != nil && inputs.count > 1 {
      throw ValidationError("--labels goes with one input; \(inputs.count) are given.")
    }
  }

  /// Which spectra train.
  private var selection: TrainingSelection {
    get throws {
      try TrainingSelection(
        fraction: trainFraction, count: trainCount, least: TrainingSet.minimumSpectra)
    }
  }

  /// Refuses a number of spectra of a class that makes no sense.
  static func checkCount(_ count: Int) throws {
    let most = 10_000_000
    if !(1...most ~= count) {
      throw ValidationError("--count is \(count); give a number from 1 to \(most).")
    }
  }

  /// Says what was written and how it is opened.
  static func sayWritten(_ output: String, _ count: Int, groups: Int) {
    Console.say(
      "wrote \(output): \(Text.count(count, "synthetic spectrum", "synthetic spectra")) of each "
        + "class; in HyperSpy:")
    let variables = SyntheticFile.variables(groups: groups)
    Console.say("    \(hyperSpyLine(opening: output, signals: variables))")
    if groups > 1 && output.lowercased().hasSuffix(".nxs") {
      Console.say("the first of \(groups) sets of spectra; a copy named .hspy opens all of them")
    }
  }

  /// An option that is given and concerns the training of networks alone.
  private var trainingOption: String? {
    let options = [
      ("--model", model != nil), ("--init", start != nil), ("--validate", validates == true),
      ("--validate-with", validateWith != nil),
      ("--plot-training", plotTraining != nil), ("--checkpoint", checkpoints.checkpoint != nil),
      ("--resume", checkpoints.resume != nil), ("--stop", stopping.stop != nil),
      ("--max-epochs", stopping.maxEpochs != nil),
      ("--architecture", designing.architecture != nil),
      ("--faithful", designing.faithful), ("--design", designing.design != nil),
    ]
    return options.first(where: \.1)?.0
  }

  private var outputs: [String] { [output] + [model].compactMap(\.self) + pictures }
  private var pictures: [String] { [plot, plotTraining].compactMap(\.self) }

  func run() throws {
    talk.apply(json: json)
    let seed = seeding.seed
    var design = try designing.chosen()
    let paths = inputs.isEmpty ? [try Self.soleInput(in: ".")] : inputs
    try FilePath.check(
      outputs: outputs, inputs: paths + [labels, start].compactMap(\.self))
    try FilePath.checkEnding(of: output)
    let data = try LabelledSpectra(
      paths, labels: labels, selection: try selection, seed: seed, threads: threads.count)
    for line in data.remarks { Console.say(line) }
    let old = try start.map { try StartModel(reading: $0, for: data, design: design) }
    let files = data.inputs + [old?.input].compactMap(\.self)
    for path in outputs { try Provenance.checkOutput(path, from: files) }
    for line in old?.remarks ?? [] { Console.say(line) }
    // Before the training: what cannot be written must not cost its hours.
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    let modelWriter = try model.map { try ModelFileWriter(writing: $0) }
    for picture in pictures { try FilePath.checkFolder(of: picture) }

    if let baseline = method.baseline {
      return try write(baseline, of: data, to: writer)
    }
    stopping.apply(to: &design)
    let groups = data.groups.map { $0.classes.map(\.trainingSet) }
    let folder = try checkpoints.folder(
      groups.flatMap(\.self), design: design, seed: seed, start: old?.input.sha256)
    let board = TrainingBoard(
      classes: data.classes.count, maximumIterations: design.stopping.maximumIterations)
    let generators = try checkpoints.train(
      Augmenter(design: design, seed: seed, threads: threads.count), groups,
      starts: old?.starts ?? [:], in: folder
    ) { board.update($0) }
    board.finish()
    for generator in generators.flatMap(\.self) { Console.say(generator.record.sentence) }

    let trained = TrainedModel(
      groups: zip(generators, data.groups).map { generators, group in
        TrainedModel.Group(
          energyAxis: group.energyAxis, microscope: group.microscope,
          classes: zip(generators, group.classes).map {
            TrainedModel.Class(generator: $0, origins: $1.origins)
          })
      },
      provenance: try Provenance(
        command: "augment",
        settings: Settings(
          design: design, acquisitions: acquisitions, count: count,
          classes: data.classes.map(\.trainingSet.name),
          train: data.selection, start: old?.starts.keys.sorted()),
        seed: seed, inputs: files,
        quality: [
          "stopping_criterion_not_reached": generators.flatMap(\.self).count {
            $0.record.outcome == .notReached
          }
        ], synthetic: true))
    // A model that cannot be written must not cost the spectra and pictures.
    var failure: (any Error)?
    if let modelWriter {
      do {
        try modelWriter.write(trained.archive())
        Console.say("wrote \(modelWriter.path): the trained generators, for 'eels-dag generate'")
      } catch {
        failure = error
      }
    }
    var file = SyntheticFile(
      groups: trained.synthetic(acquisitions), count: count, seed: seed, record: trained.provenance,
      compression: compression.value, threads: threads.count)
    try file.write(to: writer)
    Self.sayWritten(output, count, groups: data.groups.count)
    if let plot { try figure(trained.synthetic(acquisitions), data).write(to: plot) }
    if let plotTraining {
      try TrainingCurves(generators.flatMap(\.self).map(\.record.run)).write(to: plotTraining)
    }
    // Last, when nothing can be lost any more: the file is written once again with the advice.
    if let advice = advice(on: groups, of: data, design: design) {
      file.advice = advice
      try file.write(
        to: try SpectrumFileWriter(
          writing: output, creator: EELSDAG.creator, threads: threads.count))
    }
    if let failure { throw failure }
    if json {
      try Console.output(
        JSONValue.text(
          AugmentResult(
            output: output, model: model, method: method, count: count, seed: seed,
            classes: generators.flatMap(\.self).enumerated().map {
              ClassResult($1.record, index: $0)
            }, advice: file.advice), pretty: true))
    }
    let failed = generators.flatMap(\.self).filter { $0.record.outcome == .notReached }.map(\.name)
    if !failed.isEmpty {
      throw Refusal(
        "the stopping criterion was not reached for \(failed.joined(separator: ", ")); \(output) "
          + "is written and says so; train longer (\(stopping.longer)) or on more spectra",
        .qualityGate)
    }
  }

  /// What cross-validation says of synthetic spectra of these classes; nil where it is not wanted, or does
  /// not come about.
  private func advice(
    on groups: [[TrainingSet]], of data: LabelledSpectra, design: DAGDesign
  ) -> Advice? {
    if validates == false { return nil }
    if let obstacle = Advisor.obstacle(groups) {
      let words = "whether synthetic spectra help a classifier was not tried: \(obstacle)"
      if validates == true { Console.warn(words) } else { Console.say(words) }
      return nil
    }
    var advisor = Advisor(design: design, seed: seeding.seed, threads: threads.count)
    advisor.acquisitions = acquisitions
    advisor.judge = validateWith?.judge ?? .svm
    advisor.origins = data.acquisitionNumbers
    Console.say(
      (advisor.isApart
        ? "trying whether synthetic spectra help a classifier to tell the spectra of one input from what it learned "
          + "of the others"
        : "trying in \(Advisor.foldCount)-fold cross-validation whether synthetic spectra help a classifier")
        + "; this takes about four times the training. Ctrl-C leaves it out, as --no-validate does: all "
        + "else is written")
    let progress = Progress("trying", total: Double(advisor.stepCount), unit: "classifiers")
    defer { progress.finish() }
    do {
      let advice = try advisor.advice(on: groups) { progress.update(Double($0)) }
      progress.finish()
      for line in advice.sentences { Console.say(line) }
      return advice
    } catch {
      Console.warn("whether synthetic spectra help a classifier was not found out: \(error)")
      return nil
    }
  }

  /// The settings of the provenance record.
  private struct Settings: Encodable {
    let method = SyntheticMethod.gan
    var design: DAGDesign
    var acquisitions: Acquisitions
    var count: Int
    var classes: [String]
    var train: TrainingSelection
    /// The classes that started from the last of the inputs, a model.
    var start: [String]?

    enum CodingKeys: String, CodingKey {
      case method
      case design
      case acquisitions
      case count
      case classes
      case train
      case start = "init"
    }
  }

  /// Real spectra beside the first synthetic ones of the file.
  func figure(
    _ groups: [SyntheticFile.Group], _ data: LabelledSpectra
  ) -> AugmentationFigure {
    var classes: [ClassSpectra] = []
    for (made, group) in zip(groups, data.groups) {
      let energies = group.energyAxis.uniform?.coordinates ?? []
      for (item, real) in zip(made.classes, group.classes.map(\.trainingSet)) {
        let synthetic = Matrix(rows: min(count, 1000), columns: energies.count)
        SyntheticFile.sampler(
          of: item.model, ofClass: classes.count, seed: seeding.seed, threads: threads.count
        ).sample(from: 0, into: synthetic)
        classes.append(
          ClassSpectra(
            name: real.name, energies: energies, real: real.measured.elements,
            synthetic: synthetic.elements))
      }
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
