import ArgumentParser
import Augmentation
import Classification
import LinearAlgebra
import ModelFiles
import Reporting
import Spectra
import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `eels-dag classify`: labelled spectra → a classifier → how well it tells the classes of others; or, with
/// `--apply`, a classifier and a spectrum image → a map of classes.
struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Train a classifier and say how well it tells the classes of other spectra, or apply it.",
    discussion: """
      Training and test files are labelled spectra, preprocessed; their classes are matched by name. \
      Real and synthetic files may train together: real spectra choose the classifier's settings, and \
      spectra of a test file that trained a generator of a synthetic one are left out of the test. \
      With --train-count or --train-fraction a real file may also stand under --test: the rest of it tests. \
      One file that holds no labels of its own takes those of another, with --labels.

      --apply tells the class of every spectrum of a file, preprocessed as those that trained: a label \
      array and a map of the probabilities.

      Examples: eels-dag classify --train wl.hspy --train-count 125 --test wl.hspy --model svm.safetensors
                eels-dag classify --apply svm.safetensors si_preprocessed.hspy -o classes.hspy
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Labelled spectra to learn from, real or synthetic.", valueName: "files"))
  var train: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Labelled spectra to test on.", valueName: "files"))
  var test: [String] = []

  @Option(
    help: ArgumentHelp(
      "svm: support vector machines with a Gaussian kernel; ann: a neural network of a convolutional "
        + "and a dense branch.", valueName: "svm|ann"))
  var classifier: ClassifierKind = .svm

  @Option(help: "Learn from this share of every class of the real files, chosen at random.")
  var trainFraction: Double?

  @Option(help: "Learn from so many spectra of every class of the real files (default: all).")
  var trainCount: Int?

  @Option(
    help: ArgumentHelp(
      "The labels of the real file of --train, where it has none; also of the file of --test, where that "
        + "is the same one.", valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp("The labels of the file of --test, where it has none.", valueName: "file"))
  var testLabels: String?

  @Option(help: "Write the classifier into this safetensors file.")
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Tell the classes of a file by this classifier, which --model wrote.", valueName: "model"))
  var apply: String?

  @Argument(help: "With --apply: the spectra, a file of any navigation shape.")
  var input: String?

  @Option(
    name: OutputNames.all, help: "With --apply: the file to write (.hspy, .h5, .hdf5, .nxs).")
  var output: String?

  @Option(help: "With --apply: draw classes and probabilities into this PNG or SVG file.")
  var plot: String?

  @Flag(
    help: "Print one JSON document (Schemas/classify.schema.json), and messages as lines of JSON.")
  var json = false

  @OptionGroup var choice: SignalOption
  @OptionGroup var seeding: SeedOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  func validate() throws {
    if apply != nil { return try validateApplication() }
    if train.isEmpty || test.isEmpty {
      throw ValidationError(
        "Give labelled spectra to learn from (--train) and to test on (--test), or a classifier to "
          + "apply (--apply).")
    }
    let others = [
      ("IN", input), ("--out", output), ("--plot", plot), ("--signal", choice.signal),
    ]
    if let (name, _) = others.first(where: { $0.1 != nil }) {
      throw ValidationError("\(name) goes with --apply.")
    }
    if let model, !model.lowercased().hasSuffix(".safetensors") {
      throw ValidationError("--model is \(model); end its name with .safetensors.")
    }
    _ = try selection
    if testLabels != nil && test.count > 1 {
      throw ValidationError("--test-labels goes with one file to test on; \(test.count) are given.")
    }
  }

  /// Which real spectra train.
  private var selection: TrainingSelection {
    get throws { try TrainingSelection(fraction: trainFraction, count: trainCount, least: 2) }
  }

  private func validateApplication() throws {
    if input == nil || output == nil {
      throw ValidationError("--apply needs the file of the spectra, and --out for their classes.")
    }
    let others = [
      ("--train", !train.isEmpty), ("--test", !test.isEmpty), ("--model", model != nil),
      ("--train-count", trainCount != nil), ("--train-fraction", trainFraction != nil),
      ("--labels", labels != nil), ("--test-labels", testLabels != nil), ("--json", json),
    ]
    if let (name, _) = others.first(where: \.1) {
      throw ValidationError("\(name) goes with training; --apply takes a trained classifier.")
    }
    if let plot, (try? PictureFormat(path: plot)) == nil {
      throw ValidationError("--plot: \(ReportingError.unknownFormat(path: plot)).")
    }
  }

  func run() throws {
    if let apply, let input, let output {
      talk.apply()
      return try classify(input, by: apply, into: output)
    }
    talk.apply(json: json)
    try trainAndTest()
  }

  private func trainAndTest() throws {
    let seed = seeding.seed
    let outputs = [model].compactMap(\.self)
    try FilePath.check(
      outputs: outputs, inputs: train + test + [labels, testLabels].compactMap(\.self))
    let selection = try selection
    let data = try ClassificationData(
      train: train, test: test, labels: labels, testLabels: testLabels, selection: selection,
      seed: seed, threads: threads.count)
    for line in data.remarks { Console.say(line) }
    for line in data.warnings { Console.warn(line) }
    for path in outputs { try Provenance.checkOutput(path, from: data.inputs) }
    let writer = try model.map { try ModelFileWriter(writing: $0) }

    let stream = RandomStream(seed: seed).split(Use.training)
    let trained = try classifier.train(data, using: stream, threads: threads.count)
    for line in trained.remarks { Console.say(line) }
    for line in trained.warnings { Console.warn(line) }
    let confusion = ConfusionMatrix(
      truth: data.test.classes,
      predictions: trained.classifier.predictions(of: data.test.spectra, threads: threads.count),
      classNames: data.test.classNames)
    let result = ClassificationResult(
      confusion, data, trained, kind: classifier, seed: seed, model: model)
    if let writer {
      try writer.write(
        ClassifierModel(
          kind: classifier, classifier: trained.classifier, groups: data.groups,
          provenance: try Provenance(
            command: "classify",
            settings: Settings(
              classifier: classifier, train: selection, classes: data.real.classNames,
              settings: trained.settings),
            seed: seed, inputs: data.inputs, synthetic: false)
        ).archive())
      Console.say("wrote \(writer.path): the classifier")
    }
    try Console.output(json ? JSONValue.text(result, pretty: true) : result.text)
  }

  /// Tells the classes of all spectra of a file.
  private func classify(_ input: String, by path: String, into output: String) throws {
    let outputs = [output] + [plot].compactMap(\.self)
    try FilePath.check(outputs: outputs, inputs: [path, input])
    try FilePath.checkEnding(of: output)
    let model = try ClassifierModel(reading: path)
    let file = try SpectrumFile(
      reading: input, threads: threads.count, signal: choice.signal)
    for warning in file.warnings { Console.warn("\(input): \(warning)") }
    let source = try file.spectra()
    let inputs = [
      try Provenance.Input(digesting: input, metadata: source.header.metadata),
      try Provenance.Input(model, from: path),
    ]
    for path in outputs { try Provenance.checkOutput(path, from: inputs) }
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    if let plot { try FilePath.checkFolder(of: plot) }
    let map = try ClassMap(model, of: source, in: file, threads: threads.count)
    let classified = map.labels.values.count { $0 >= 0 }
    if 2 * map.unlikelyMaxima > classified {
      throw Refusal(
        "\(input): most spectra have maxima far from 1 and are not preprocessed as those that trained the "
          + "classifier: run 'eels-dag preprocess' first")
    }
    for line in map.sentences { Console.say(line) }
    if map.unlikelyMaxima > 0 {
      Console.warn(
        "\(input): \(Text.count(map.unlikelyMaxima, "spectrum has a maximum", "spectra have maxima")) "
          + "far from 1; unless they were preprocessed as the spectra that trained the classifier, their "
          + "classes mean nothing")
    }
    let record = try Provenance(
      command: "classify",
      settings: Application(classifier: model.kind, classes: map.classNames), inputs: inputs,
      quality: ["without_a_class": map.labels.values.count { $0 < 0 }],
      synthetic: Provenance.isSynthetic(source.header.metadata))
    try map.write(to: writer, record: record)
    Console.say("wrote \(output); in HyperSpy:")
    Console.say("    \(hyperSpyLine(opening: output, signals: ["classes", "confidence"]))")
    if let plot { try map.figure.write(to: plot) }
  }

  /// The uses of the seed beside those of ``LabelledSpectra``.
  private enum Use {
    static let training: UInt64 = 0x434C_4153_5349
  }

  /// The settings of the provenance record of a map.
  private struct Application: Encodable {
    var classifier: ClassifierKind
    var classes: [String]
  }

  /// The settings of the provenance record.
  private struct Settings: Encodable {
    var classifier: ClassifierKind
    var train: TrainingSelection
    var classes: [String]
    var settings: JSONValue
  }
}

extension Provenance.Input {
  /// Describes a classifier's file that was read.
  init(_ model: ClassifierModel, from path: String) throws {
    self.init(
      file: URL(filePath: path).lastPathComponent, sha256: try FileDigest.sha256(ofFile: path),
      bytes: FilePath.size(path), provenance: try JSONValue(encoding: model.provenance))
  }
}
