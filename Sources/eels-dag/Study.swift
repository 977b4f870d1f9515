import ArgumentParser
import Augmentation
import Classification
import LinearAlgebra
import Simulation
import Studies
import Synchronization

/// `eels-dag study`: sets × seeds × ways to make spectra → how well classifiers do that learned from these.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find out over several seeds which synthetic spectra help which classifier.",
    discussion: """
      For every set, seed and way to make spectra it trains on a few real spectra of each class, lets \
      classifiers learn from the synthetic spectra, alone and beside these real ones, and tests them on all \
      other real spectra. Each job is a file in the folder of the study: what was interrupted goes on with \
      the same command, and what is done is not done again. At the end stand tables.md and tables.json \
      (Schemas/study.schema.json).

      Examples: eels-dag study --out study
                eels-dag study --out mine my_preprocessed.hspy --labels labels.hspy --seeds 1:10
      """)

  @Argument(help: "Labelled spectra, preprocessed; the seed chooses those that train.")
  var files: [String] = []

  @Option(
    name: OutputNames.all, help: "The folder of the study, new or begun with the same command.")
  var output: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Presets of 'simulate', simulated anew for each seed (default: all, without files).",
      valueName: "wl|w|k|mf"))
  var sets: [PaperPreset] = []

  @Option(help: "The labels of the one file, where it has none.")
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "Test on this file instead of on the rest of the one file: another acquisition, or another part of the specimen.",
      valueName: "file"))
  var test: String?

  @Option(help: "The labels of the file of --test, where it has none.")
  var testLabels: String?

  @Option(help: ArgumentHelp("Seeds: 1:5, or 1,4,9.", valueName: "seeds"))
  var seeds = SeedList([1, 2, 3, 4, 5])

  @Option(help: "Real training spectra of each class.")
  var trainCount = 125

  @Flag(help: "Presets: train on the first half of the acquisitions, test on the others.")
  var apart = false

  @Flag(
    help:
      "mf: denoise with the principal components of all spectra, as the paper did, and not of the training spectra alone."
  )
  var leak = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Schemes of discriminators, or JSON files with whole designs (default: single-bitrans).",
      valueName: "designs")
  )
  var designs: [DesignChoice] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "What the networks are made of (default: simple-dense).", valueName: "architectures"))
  var architectures: [DAGDesign.Architecture] = []

  @Flag(help: "Also the paper's own procedure for each of its schemes that --designs names.")
  var faithful = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("What makes synthetic spectra (default: all).", valueName: "methods"))
  var methods: [SyntheticMethod] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Whose spectra synthetic ones are like: of the measured acquisitions (default), or also of unseen "
        + "ones, with other calibrations, thicknesses and doses (gan, noise-shift, pca-gaussian).",
      valueName: "measured|unseen"))
  var acquisitions: [Acquisitions] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("What learns (default: svm ann).", valueName: "svm|ann"))
  var classifiers: [ClassifierKind] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "What is tried: clean (default); few-shot (10, 20 and 40 training spectra of a class); shifted "
        + "(test spectra by 1, 2, 4 and 8 channels); fewer-counts (their noise as of a half and a quarter "
        + "of the counts); unbalanced (a tenth of the training spectra of one class).",
      valueName: "protocols"))
  var protocols: [StudyProtocol] = []

  @OptionGroup var stopping: StopOptions

  @Option(help: "Jobs that run side by side, on one thread each (default: as many as threads).")
  var jobs: Int?

  @Flag(help: "Say which jobs there are and which of them are done, and do none.")
  var dryRun = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  func validate() throws {
    if trainCount < TrainingSet.minimumSpectra {
      throw ValidationError(
        "--train-count is \(trainCount); a generator needs at least \(TrainingSet.minimumSpectra).")
    }
    let most = SupportVectorSettings.largestPair / 2 - Trial.defaultMachineCount
    if trainCount > most {
      throw ValidationError(
        "--train-count is \(trainCount); a support vector machine takes at most \(most) beside the "
          + "synthetic ones.")
    }
    if labels != nil && files.count != 1 {
      throw ValidationError("--labels goes with one file; \(files.count) are given.")
    }
    if test != nil && (files.count != 1 || !sets.isEmpty) {
      throw ValidationError("--test goes with one file, and with no --sets.")
    }
    if testLabels != nil && test == nil {
      throw ValidationError("--test-labels goes with --test.")
    }
    if apart && !files.isEmpty {
      throw ValidationError(
        "--apart goes with presets: files do not say what was acquired together; name the other acquisition with --test."
      )
    }
    if leak && !files.isEmpty {
      throw ValidationError("--leak goes with presets: files are denoised already, or are not.")
    }
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("--jobs is \(jobs); give a number from 1 to 1024.")
    }
    if faithful && designs.isEmpty == false && faithfulSchemes.isEmpty {
      throw ValidationError(
        "--faithful goes with the paper's four schemes, and --designs names none.")
    }
    if !methods.isEmpty && !methods.contains(.gan) {
      let others = [
        ("--designs", !designs.isEmpty), ("--architectures", !architectures.isEmpty),
        ("--faithful", faithful),
      ]
      if let (option, _) = others.first(where: \.1) {
        throw ValidationError("\(option) goes with the method gan.")
      }
    }
  }

  func run() throws {
    talk.apply()
    let plan = try plan()
    for set in plan.sets { try set.check(reserved: plan.reserved) }
    let all = plan.jobs
    let folder = StudyFolder(path: output)
    let open = all.filter { folder.record(of: $0) == nil }
    let estimate = StudyEstimate(
      sets: plan.sets, done: all.compactMap { folder.record(of: $0) }
    ).seconds(of: open, sideBySide: jobs ?? threads.count)
    if dryRun { return try list(all, open: open, estimate: estimate) }
    try folder.make()
    if open.count < all.count {
      Console.say("\(all.count - open.count) of \(all.count) jobs are done")
    }
    try work(plan.work(of: open), in: folder)
    let tables = StudyTables(
      try all.map { job in
        guard let record = folder.record(of: job) else {
          throw Refusal(
            "the file of the job \(job.name) in \(output) is gone or not readable: run the study again",
            .temporary)
        }
        return record
      })
    let paths = try folder.write(tables)
    Console.say("wrote \(paths.joined(separator: " and "))")
    try Console.output(tables.text)
  }

  /// Does the jobs side by side.
  private func work(_ work: [StudyPlan.Work], in folder: StudyFolder) throws {
    let progress = Progress("studying", total: Double(work.count), unit: "jobs")
    let done = Atomic(0)
    _ = try concurrentMap(work.count, threads: jobs ?? threads.count) { index in
      let (job, shared) = (work[index].job, work[index].shared)
      defer { shared.release() }
      do {
        try folder.keep(job.record(on: shared.split.value, settings: shared))
      } catch let error where error is TrainingError || error is TwoBranchError {
        throw Refusal(
          "the job \(job.name) failed: \(error); the others are done: without its seed (--seeds) or its "
            + "method (--methods) the same command makes the tables")
      }
      let count = done.add(1, ordering: .relaxed).newValue
      progress.update(Double(count), job.name)
      if !Console.isTerminal { Console.say("\(count) of \(work.count): \(job.name)") }
    }
    progress.finish()
  }

  private func list(_ all: [StudyJob], open: [StudyJob], estimate: Double) throws {
    let names = Set(open.map(\.name))
    var lines = all.map { "\(names.contains($0.name) ? "to do" : "done ")  \($0.name)" }
    lines.append(
      "\(open.count) of \(Text.count(all.count, "job", "jobs")) to do, about \(Text.duration(estimate))"
    )
    try Console.output(lines.joined(separator: "\n"))
  }

  private var schemes: [DAGDesign.Scheme] {
    designs.isEmpty
      ? [.singleBiTrans]
      : StudyTables.unique(
        designs.compactMap { if case .scheme(let scheme) = $0 { scheme } else { nil } })
  }

  private var faithfulSchemes: [DAGDesign.Scheme] { schemes.filter { $0 != .sharedHeads } }

  /// The schemes with each architecture, the paper's own procedure, and the designs of files by their names.
  private func chosenDesigns() throws -> [StudyJob.Design] {
    var chosen = schemes.flatMap { scheme in
      (architectures.isEmpty ? [.simpleDense] : StudyTables.unique(architectures)).map {
        StudyJob.Design(
          scheme: scheme.optionName, architecture: $0.optionName,
          settings: DAGDesign(scheme: scheme, architecture: $0))
      }
    }
    if faithful {
      chosen += faithfulSchemes.map {
        let design = DAGDesign.faithful($0)
        return StudyJob.Design(
          scheme: "faithful-\($0.optionName)", architecture: design.architecture.optionName,
          settings: design)
      }
    }
    for case .file(let path) in designs {
      let design = try DesignOptions.design(reading: path)
      let file = path.split(separator: "/").last.map(String.init) ?? path
      let name = String(file.dropLast(".json".count))
      if chosen.contains(where: { $0.scheme == name }) {
        throw Refusal(
          "two designs are named \(name), and would share their files: rename one", .usage)
      }
      chosen.append(
        StudyJob.Design(
          scheme: name, architecture: design.architecture.optionName, settings: design))
    }
    for index in chosen.indices { stopping.apply(to: &chosen[index].settings) }
    return chosen
  }

  /// The sets, read, and everything chosen.
  private func plan() throws -> StudyPlan {
    let presets = sets.isEmpty && files.isEmpty ? PaperPreset.allCases : StudyTables.unique(sets)
    let inputs =
      presets.map { StudySet($0, isApart: apart, leaks: leak) }
      + (try files.map {
        try StudySet(
          reading: $0, labels: labels, tests: test, testLabels: testLabels,
          threads: threads.count)
      })
    if let twin = inputs.map(\.name).first(where: { name in
      inputs.count { $0.name == name } > 1
    }) {
      throw Refusal("two sets are named \(twin), and would share their files: rename one", .usage)
    }
    let chosen = try chosenDesigns()
    let judges = StudyTables.unique(classifiers).map(\.judge)
    return StudyPlan(
      sets: inputs, seeds: seeds.seeds,
      protocols: protocols.isEmpty ? [.clean] : StudyTables.unique(protocols),
      trainCount: trainCount, isApart: apart, leaks: leak,
      methods: methods.isEmpty ? SyntheticMethod.allCases : StudyTables.unique(methods),
      designs: chosen,
      acquisitions: acquisitions.isEmpty ? [.measured] : StudyTables.unique(acquisitions),
      classifiers: judges.isEmpty ? Judge.allCases : judges)
  }
}
