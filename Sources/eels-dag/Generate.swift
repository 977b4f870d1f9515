import ArgumentParser
import Augmentation
import SpectrumFiles

/// `eels-dag generate`: a trained model → any number of synthetic spectra.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw synthetic spectra from a trained model.",
    discussion: """
      MODEL is what 'augment --model' wrote. The seed and the count of that run give its spectra \
      again; another seed gives others. Memory does not grow with the count.

      Example: eels-dag generate model.safetensors -o more.hspy --count 100000 --seed 2
      """)

  @Argument(help: "The model file (.safetensors).")
  var model: String

  @Option(name: OutputNames.all, help: "The file to write (.hspy, .h5, .hdf5, .nxs).")
  var output: String

  @Option(help: "Synthetic spectra to write for every class.")
  var count: Int = 1000

  @Option(
    help: ArgumentHelp(
      "Spectra like those of the acquisitions that the model was trained on, or also like those of unseen "
        + "ones, with other energy calibrations, thicknesses and doses."))
  var acquisitions = Acquisitions.measured

  @OptionGroup var seeding: SeedOption
  @OptionGroup var compression: CompressionOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  func validate() throws { try Augment.checkCount(count) }

  func run() throws {
    talk.apply()
    try FilePath.check(outputs: [output], inputs: [model])
    try FilePath.checkEnding(of: output)
    let trained = try TrainedModel(reading: model)
    let input = try Provenance.Input(trained, from: model)
    try Provenance.checkOutput(output, from: [input])
    if acquisitions == .unseen,
      trained.classes.contains(where: { $0.generator.snapshot.design.faithful != nil })
    {
      throw Refusal(
        "\(model) holds generators of the paper's own procedure, which know no --acquisitions unseen",
        .usage)
    }
    let writer = try SpectrumFileWriter(
      writing: output, creator: EELSDAG.creator, threads: threads.count)
    let names = trained.classes.map(\.generator.name)
    let failed = trained.classes.count { $0.generator.record.outcome == .notReached }
    let record = try Provenance(
      command: "generate",
      settings: Settings(acquisitions: acquisitions, count: count, classes: names),
      seed: seeding.seed,
      inputs: [input], quality: ["stopping_criterion_not_reached": failed], synthetic: true)
    if failed > 0 {
      Console.warn(
        "\(model) holds \(Text.count(failed, "generator", "generators")) that did not reach the "
          + "stopping criterion; \(output) says so")
    }
    try SyntheticFile(
      groups: trained.synthetic(acquisitions), count: count, seed: seeding.seed, record: record,
      compression: compression.value, threads: threads.count
    ).write(to: writer)
    Augment.sayWritten(output, count, groups: trained.groups.count)
  }

  /// The settings of the provenance record.
  private struct Settings: Encodable {
    var acquisitions: Acquisitions
    var count: Int
    var classes: [String]
  }
}
