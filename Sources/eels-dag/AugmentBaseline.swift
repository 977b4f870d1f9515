import Augmentation
import LinearAlgebra
import Reporting
import Spectra
import SpectrumFiles

extension Augment {
  /// Makes synthetic spectra without a training, and writes and judges them as those of generators.
  func write(
    _ baseline: BaselineMethod, of data: LabelledSpectra, to writer: SpectrumFileWriter
  ) throws {
    let start = ContinuousClock.now
    let settings = BaselineSettings()
    let fitted = try FittedBaseline.fit(
      baseline, to: data.groups.map { $0.classes.map(\.trainingSet) }, settings: settings,
      seed: seeding.seed, threads: threads.count)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let all = fitted.flatMap(\.self)
    let results = zip(all, data.classes).enumerated().map { index, item in
      ClassResult(item.0, channels: item.1.trainingSet.spectra.columnCount, index: index)
    }
    for (item, result) in zip(all, results) {
      if Console.isJSON && !Console.isQuiet {
        Console.line(TrainedLine(seconds: seconds, result: result))
      }
      Console.say(item.sentence)
    }
    let groups = zip(fitted, data.groups).map { fitted, group in
      SyntheticFile.Group(
        energyAxis: group.energyAxis, microscope: group.microscope,
        classes: zip(fitted, group.classes).map { fitted, item in
          SyntheticFile.Class(
            name: item.trainingSet.name, model: fitted.model,
            record: fitted.metadata(origins: item.origins))
        }
      ).like(acquisitions, fitted.map(\.calibration))
    }
    let failed = all.filter { $0.outcome == .notReached }.map(\.evaluation.name)
    let record = try Provenance(
      command: "augment",
      settings: BaselineRunSettings(
        method: baseline, baseline: settings, acquisitions: acquisitions, count: count,
        classes: data.classes.map(\.trainingSet.name), train: data.selection),
      seed: seeding.seed, inputs: data.inputs,
      quality: ["measures_beyond_limits": failed.count], synthetic: true)
    try SyntheticFile(
      groups: groups, origin: "made from real ones (\(baseline.rawValue))", count: count,
      seed: seeding.seed, record: record, compression: compression.value, threads: threads.count
    ).write(to: writer)
    Self.sayWritten(output, count, groups: data.groups.count)
    if let plot { try figure(groups, data).write(to: plot) }
    if json {
      try Console.output(
        JSONValue.text(
          AugmentResult(
            output: output, model: nil, method: method, count: count, seed: seeding.seed,
            classes: results), pretty: true))
    }
    if !failed.isEmpty {
      throw Refusal(
        "\(baseline.rawValue) does not give spectra like the real ones of "
          + "\(failed.joined(separator: ", ")); \(output) is written and says so",
        .qualityGate)
    }
  }

  /// The settings of the provenance record.
  private struct BaselineRunSettings: Encodable {
    var method: BaselineMethod
    var baseline: BaselineSettings
    var acquisitions: Acquisitions
    var count: Int
    var classes: [String]
    var train: TrainingSelection
  }
}

extension FittedBaseline {
  /// What the spectra are like, in one line.
  var sentence: String {
    let faults = evaluation.shortcomings
    let verdict = faults.isEmpty ? "like the real spectra" : "NOT like the real spectra"
    return "\(evaluation.name): \(method.rawValue) is \(verdict)"
      + (faults.isEmpty ? "" : " (\(faults.joined(separator: ", ")))") + "; "
      + evaluation.quality.words(limits: evaluation.limits)
  }

  /// The record as HyperSpy metadata: scalars.
  func metadata(origins: [TrainingOrigin]) -> MetadataTree {
    var tree = MetadataTree([
      "name": .string(evaluation.name),
      "method": .string(method.rawValue),
      "outcome": .string(outcome.rawValue),
      "shortcomings": .string(evaluation.shortcomings.joined(separator: "; ")),
      "null_group_size": .integer(Int64(evaluation.groupSize)),
      "energy_drift_channels": .real(calibration.energyDrift),
      "transform_shift_channels": .real(calibration.transformShift),
    ])
    tree.put(evaluation.quality, within: evaluation.limits)
    for (key, value) in origins.metadata.members { tree[key] = value }
    return tree
  }
}
