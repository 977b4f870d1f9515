import ArgumentParser
import Augmentation
import Classification
import Evaluation
import LinearAlgebra
import Reporting
import Spectra
import SpectrumFiles

/// `eels-dag evaluate`: real spectra and synthetic ones → how like each other they are, class by class.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare synthetic spectra with real ones, class by class.",
    discussion: """
      Every measure stands beside what groups of the real spectra differ by among themselves. Classes \
      are matched by name. Ends with exit code 4 when a class is not good.

      Example: eels-dag evaluate si_preprocessed.hspy synth.h5 --labels labels.hspy
      """)

  @Argument(help: "Preprocessed real spectra: an HSPY file.")
  var real: String

  @Argument(help: "Synthetic spectra of the same classes, as 'augment' writes them.")
  var synthetic: String

  @Option(help: "A file with the labels of the real spectra, where they have none.")
  var labels: String?

  @Option(help: "A file with the labels of the synthetic spectra, where they have none.")
  var syntheticLabels: String?

  /// Which metrics the table shows.
  enum Metrics: String, ExpressibleByArgument, CaseIterable {
    case calibrated
    case paper
  }

  @Option(help: "Show ours, or in their place those of the paper on data-augmentation GANs.")
  var metrics = Metrics.calibrated

  @Option(help: "Write a report with all tables and pictures into this HTML file.")
  var report: String?

  @Flag(help: "Print one JSON document (Schemas/evaluate.schema.json).")
  var json = false

  @OptionGroup var seeding: SeedOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  /// The most synthetic spectra of a class that are compared, chosen at random.
  static let largestSyntheticSet = 1000

  func validate() throws {
    if let report, ![".html", ".htm"].contains(where: report.lowercased().hasSuffix) {
      throw ValidationError("--report is \(report); end its name with .html.")
    }
  }

  func run() throws {
    talk.apply()
    if let report {
      try FilePath.check(
        outputs: [report],
        inputs: [real, synthetic] + [labels, syntheticLabels].compactMap(\.self))
      try FilePath.checkFolder(of: report)
    }
    let made = try GeneratedFile(reading: synthetic)
    if try GeneratedFile(reading: real) != nil {
      Console.warn("\(real) holds synthetic spectra: the real ones come first")
    }
    if made?.isVaried == true {
      Console.warn(
        "\(synthetic) was made with --acquisitions unseen: its energy shifts and noise differ from those of the "
          + "training spectra on purpose, and the measures see that")
    }
    var learned = LearnedSpectra()
    if case .spectra(let spectra)? = try made?.learned(
      fromFileOf: FileDigest.sha256(ofFile: real))
    {
      learned = spectra
    }
    let pairs = try EvaluatedClasses(
      real: try spectra(
        real, labels, most: QualityReference.largestSet, preferring: learned,
        least: TrainingSet.minimumSpectra),
      // Collapsed ones, which do not differ, are to be compared, too.
      synthetic: try spectra(
        synthetic, syntheticLabels, most: Self.largestSyntheticSet, least: 2),
      learned: learned)
    var groups: [EvaluationReport.Group] = []
    for group in pairs.groups {
      let classes = try ClassEvaluation.evaluate(
        group.synthetic, against: group.real, training: group.learned.map { $0.matrix },
        paperMetrics: metrics == .paper || report != nil, seed: seeding.seed,
        threads: threads.count)
      groups.append(
        EvaluationReport.Group(
          energyAxis: group.energyAxis, classes: classes, toldApart: toldApart(group),
          leaks: ClassLeaks(group.real, group.synthetic, seed: seeding.seed)))
    }
    let found = EvaluationReport(
      real: real, synthetic: synthetic, seed: seeding.seed, groups: groups)
    try Console.output(json ? try JSONValue.text(found, pretty: true) : found.text(metrics))
    for (pair, group) in zip(pairs.groups, groups) {
      for (index, item) in group.classes.enumerated() where item.verdict != .good {
        if let other = pair.lookalike(of: index) {
          Console.warn(
            "the synthetic spectra of \(item.name) look like the real ones of \(other): are the labels right?"
          )
        }
      }
    }
    for item in groups.flatMap(\.classes) where item.groupSize < Self.tellingGroup {
      Console.warn(
        "\(item.name) is compared in groups of \(item.groupSize) spectra: only gross faults would be found"
      )
    }
    if let report {
      let trial = try PaperProtocol(pairs, seed: seeding.seed, threads: threads.count)
      if let obstacle = trial.obstacle {
        Console.say("what classifiers learn from the synthetic spectra was not tried: \(obstacle)")
      }
      try EvaluationPage(
        report: found, pairs: pairs, trial: trial, runs: made?.trainingRuns ?? []
      ).html.write(to: report)
      Console.say("wrote \(report)")
    }
    let faults =
      groups.flatMap(\.classes).filter { $0.verdict != .good }
      .map { "\($0.name) \($0.verdict.rawValue)" } + pairs.missing.map { "\($0) missing" }
    if !faults.isEmpty {
      throw Refusal(
        "the synthetic spectra are not like the real ones: \(faults.joined(separator: ", "))",
        .qualityGate)
    }
  }

  /// In groups of fewer spectra, the null is so wide that most sets are good.
  private static let tellingGroup = 15

  /// Whether a classifier tells real from synthetic spectra, for every class.
  private func toldApart(_ group: EvaluatedClasses.Group) -> [TwoSampleTest?] {
    // Nobody writes into these.
    nonisolated(unsafe) let group = group
    let seed = seeding.seed
    return concurrentMap(group.real.count, threads: threads.count) { index in
      var stream = RandomStream(seed: seed).split(Self.use).split(UInt64(index))
      return TwoSampleTest(
        group.synthetic[index].spectra, against: group.real[index].spectra, using: &stream,
        threads: 1)
    }
  }

  private static let use: UInt64 = 0x4332_5354

  private func spectra(
    _ path: String, _ labels: String?, most: Int,
    preferring preferred: LearnedSpectra = LearnedSpectra(),
    least: Int
  ) throws -> LabelledSpectra {
    let spectra = try LabelledSpectra(
      [path], labels: labels, selection: .count(most), preferring: preferred.among,
      seed: seeding.seed,
      least: least,
      threads: threads.count)
    for line in spectra.notes { Console.say(line) }
    for line in spectra.choices { Console.say("\(path): \(line)") }
    return spectra
  }
}
