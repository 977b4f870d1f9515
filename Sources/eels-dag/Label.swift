import ArgumentParser
import Classification
import LinearAlgebra
import Preprocessing
import Reporting
import Spectra
import SpectrumFiles

/// `eels-dag label`: spectra → their classes, from a file or by clusters → the spectra with their labels.
struct Label: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give spectra class labels: those of a file, or clusters of spectra that are alike.",
    discussion: """
      The output holds the spectra as they are, their maps and their labels; 'augment', 'evaluate' and \
      'classify' take it with no further option. In HyperSpy the labels are a signal of their own, and \
      s.get_cluster_labels() and s.get_cluster_signals() give them, too.

      --from takes one label for each spectrum, as indices (-1 for none) or names, or masks of 0 and 1, \
      one a class: a signal of an HSPY or NeXus file or the clusters in its learning results, a .npy \
      array, or a table in text (.csv).

      --clusters groups spectra by k-means of their principal components; each is divided by its length \
      before, so that thickness and dose do not matter. Clusters are numbered by falling size. Spectra that \
      preprocessing flagged as unusable get no label.

      Examples: eels-dag label si_preprocessed.hspy --clusters 3 -o si_labelled.hspy --plot map.png
                eels-dag label si_preprocessed.hspy --from labels.csv -o si_labelled.hspy
      """)

  @Argument(help: "The spectra: HSPY, DigitalMicrograph or .msa.")
  var input: String

  @Option(name: OutputNames.all, help: "The file to write (.hspy, .h5, .hdf5, .nxs).")
  var output: String

  @Option(
    help: ArgumentHelp(
      "The labels: HSPY or NeXus, .npy, or a table in text.", valueName: "file"))
  var from: String?

  @Option(help: ArgumentHelp("Group the spectra into so many clusters.", valueName: "K"))
  var clusters: Int?

  @Option(
    help: ArgumentHelp(
      "The names of the classes, in their order, with commas between them.", valueName: "a,b,…"))
  var names: String?

  @Option(
    help: ArgumentHelp(
      "With --clusters: so many principal components (default: those above the noise).",
      valueName: "N"))
  var components: Int?

  @Option(
    help: ArgumentHelp(
      "With --clusters: start so many times from other centres and take the best.", valueName: "N"))
  var starts = 20

  @Option(help: "Draw the classes and their mean spectra into this PNG or SVG file.")
  var plot: String?

  @Flag(help: "Print one JSON document (Schemas/label.schema.json), and messages as lines of JSON.")
  var json = false

  @OptionGroup var compression: CompressionOption
  @OptionGroup var seeding: SeedOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  /// The names of `--names`.
  private var classNames: [String]? {
    names.map { text in
      text.split(separator: ",", omittingEmptySubsequences: false).map { name in
        let start = name.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
      }
    }
  }

  func validate() throws {
    if (from == nil) == (clusters == nil) {
      throw ValidationError(
        "Give the labels (--from FILE) or how many clusters to make (--clusters K), one of both.")
    }
    if let clusters, !(2...100).contains(clusters) {
      throw ValidationError("--clusters is \(clusters); give a number from 2 to 100.")
    }
    if components != nil, clusters == nil {
      throw ValidationError("--components goes with --clusters.")
    }
    if let components, !(1...1000).contains(components) {
      throw ValidationError("--components is \(components); give a number from 1 to 1000.")
    }
    if !(1...1000).contains(starts) {
      throw ValidationError("--starts is \(starts); give a number from 1 to 1000.")
    }
    if let classNames {
      if classNames.contains(where: \.isEmpty) {
        throw ValidationError("--names is \(names ?? ""); a name is empty.")
      }
      if Set(classNames).count < classNames.count {
        throw ValidationError("--names is \(names ?? ""); a name is there twice.")
      }
      if let clusters, classNames.count != clusters {
        throw ValidationError(
          "--names has \(classNames.count) names for \(clusters) clusters; give one for each.")
      }
    }
    if let plot, (try? PictureFormat(path: plot)) == nil {
      throw ValidationError("--plot: \(ReportingError.unknownFormat(path: plot)).")
    }
  }

  func run() throws {
    talk.apply(json: json)
    let outputs = [output] + [plot].compactMap(\.self)
    try FilePath.check(outputs: outputs, inputs: [input] + [from].compactMap(\.self))
    try FilePath.checkEnding(of: output)
    let file = try SpectrumFile(reading: input, threads: threads.count)
    for warning in file.warnings { Console.warn("\(input): \(warning)") }
    let source = try file.spectra()
    var inputs = [try Provenance.Input(digesting: input, metadata: source.header.metadata)]
    if let from {
      inputs.append(try Provenance.Input(digesting: from, metadata: MetadataTree()))
    }
    for path in outputs { try Provenance.checkOutput(path, from: inputs) }
    if let plot { try FilePath.checkFolder(of: plot) }
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)

    let labelling = try labelling(of: source, in: file)
    for line in labelling.sentences { Console.say(line) }
    let record = try Provenance(
      command: "label", settings: labelling.settings,
      seed: clusters == nil ? nil : seeding.seed, inputs: inputs,
      quality: ["without_a_class": labelling.unlabelledCount],
      synthetic: Provenance.isSynthetic(source.header.metadata))
    let means = try write(labelling, of: source, in: file, record, to: writer)
    Console.say("wrote \(output); in HyperSpy:")
    let maps = file.signals.filter { $0 !== source && $0.isMap }.indices.map { "map\($0 + 1)" }
    Console.say("    \(hyperSpyLine(opening: output, signals: ["s", "labels"] + maps))")
    if let plot { try figure(labelling, of: source, means).write(to: plot) }
    if json {
      try Console.output(
        JSONValue.text(
          LabelReport(labelling, input: input, output: output, seed: seeding.seed), pretty: true))
    }
    if labelling.labels.values.allSatisfy({ $0 < 0 }) {
      throw Refusal(
        "no spectrum of \(input) has a class; \(output) is written and says so; check the labels",
        .qualityGate)
    }
  }

  /// The labels of a file, or clusters.
  private func labelling(of source: StoredSignal, in file: SpectrumFile) throws -> Labelling {
    if let from {
      let (labels, place) = try LabelFile.labels(
        in: from, of: source.header, names: classNames)
      return Labelling(labels, from: place)
    }
    let progress = Progress("decomposing", total: 1, unit: "")
    let usable = try QualityMap.usable(in: file, for: source)
    let scores: SpectrumScores
    do {
      scores = try SpectrumScores(
        of: source, usable: usable, components: components, threads: threads.count,
        progress: { progress.update($0) })
    } catch let error as PreprocessError {
      throw Refusal("\(input): \(error)")
    }
    progress.finish()
    let count = clusters ?? 0
    let stream = RandomStream(seed: seeding.seed).split(Self.use)
    guard
      let found = KMeans(
        scores.scores, clusters: count, starts: starts, using: stream, threads: threads.count)
    else {
      throw Refusal(
        "\(input): fewer than \(count) usable spectra differ, so they make no \(count) clusters: ask "
          + "for fewer")
    }
    return Labelling(
      found, of: scores, axes: source.header.navigationAxes,
      names: classNames ?? (0..<count).map { "cluster \($0)" }, starts: starts)
  }

  /// The use of the seed beside those of ``LabelledSpectra``.
  private static let use: UInt64 = 0x434C_5553_5445

  /// Writes spectra, labels and maps; gives the mean spectrum of each class.
  private func write(
    _ labelling: Labelling, of source: StoredSignal, in file: SpectrumFile, _ record: Provenance,
    to writer: SpectrumFileWriter
  ) throws -> [[Double]] {
    let labels = labelling.labels
    let channels = source.header.channelCount
    let spectra = try writer.addSpectra(
      source.header, carrying: source, compression: compression.value)
    try writer.carryLearningResults(of: source, to: spectra)
    var sums = [Double](repeating: 0, count: labels.classNames.count * channels)
    let progress = Progress(
      "writing", total: Double(source.header.spectrumCount), unit: "spectra")
    try copy(source, to: spectra) { numbers, values in
      for number in numbers where labels.values[number] >= 0 {
        let target = Int(labels.values[number]) * channels
        let first = (number - numbers.lowerBound) * channels
        for channel in 0..<channels { sums[target + channel] += values[first + channel] }
      }
      progress.update(Double(numbers.upperBound))
    }
    progress.finish()
    try writer.addClusterLabels(labels, sums: sums, distances: labelling.distances, to: spectra)
    var metadata = MetadataTree()
    try record.write(into: &metadata)
    try writer.addLabels(labels, title: "Labels", metadata: metadata)
    var left: [String] = []
    for other in file.signals where other !== source {
      if other.isMap {
        let sink = try writer.addSpectra(other.header, carrying: other, compression: .gzip(4))
        try copy(other, to: sink) { _, _ in }
      } else if !other.isLabelArray {
        left.append(other.name)
      }
    }
    try writer.commit()
    for warning in writer.warnings { Console.warn(warning) }
    if !left.isEmpty {
      Console.warn(
        "\(input) also holds \(left.joined(separator: ", ")), which \(output) does not")
    }
    let counts = labels.counts
    return labels.classNames.indices.map { index in
      sums[index * channels..<(index + 1) * channels].map { $0 / Double(counts[index]) }
    }
  }

  /// Copies all spectra of a signal, with all their digits, and shows them to `look` block by block.
  private func copy(
    _ source: StoredSignal, to sink: SpectrumFileSink,
    _ look: (_ numbers: Range<Int>, _ values: [Double]) -> Void
  ) throws {
    let count = source.header.spectrumCount
    var start = 0
    while start < count {
      let numbers = start..<min(start + source.preferredBlockCount, count)
      switch source.header.elementType {
      case .bool, .int8, .int16, .uint8, .uint16, .float16, .float32:
        // Single precision holds these, and several threads decompress them.
        let block = try source.read(numbers)
        try sink.append(block)
        look(numbers, block.values.map(Double.init))
      default:
        let values = try source.readDoubles(numbers)
        try sink.append(doubles: values)
        look(numbers, values)
      }
      start = numbers.upperBound
    }
  }

  /// The picture of classes and mean spectra; rows are those of the last navigation axis.
  private func figure(
    _ labelling: Labelling, of source: StoredSignal, _ means: [[Double]]
  ) -> ClassMapFigure {
    let labels = labelling.labels
    let channels = Array(0..<source.header.channelCount).map(Double.init)
    return ClassMapFigure(
      classNames: labels.classNames, columns: labels.axes.last?.count ?? 1, classes: labels.values,
      energies: source.header.signalAxes.first?.coordinates ?? channels, means: means,
      title: "Classes and their mean spectra")
  }
}
