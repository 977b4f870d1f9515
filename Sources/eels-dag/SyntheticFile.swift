import Augmentation
import LinearAlgebra
import Spectra
import SpectrumFiles
import Studies

/// Writes synthetic spectra of all classes with their labels and records.
struct SyntheticFile {
  /// One class.
  struct Class {
    /// The name.
    var name: String
    /// What the spectra are drawn from.
    var model: any SpectrumModel
    /// How that was made.
    var record: MetadataTree
  }

  /// The classes on one energy axis.
  struct Group {
    /// The energy axis of the spectra.
    var energyAxis: Axis
    /// What the metadata say of microscope and sample.
    var microscope: MetadataTree
    /// The classes, in the order of the labels.
    var classes: [Class]

    /// The group with spectra like those of some acquisitions, of classes of these amplitudes.
    func like(_ acquisitions: Acquisitions, _ calibrations: [Calibration]) -> Group {
      var other = self
      let varied = acquisitions.varied(
        zip(classes, calibrations).map { (model: $0.model, calibration: $1) })
      for (index, item) in varied.enumerated() {
        other.classes[index].model = item.model
        guard let variation = item.variation else { continue }
        let isScaled = variation.energyStep != nil
        if !isScaled {
          Console.warn(
            "the energy axis of \(classes[index].name) is not in eV: --acquisitions unseen varies its "
              + "calibration and dose, but not the thickness; give the axis the units eV")
        }
        for (key, value) in [
          ("shift_channels", variation.shift), ("noise_low", variation.noise.lowerBound),
          ("noise_high", variation.noise.upperBound),
          ("thickness", isScaled ? variation.thickness : 0),
        ] {
          other.classes[index].record["variation_\(key)"] = .real(value)
        }
      }
      return other
    }
  }

  /// One group an energy axis.
  var groups: [Group]
  /// What made the spectra, in words.
  var origin = "of a generative model"
  /// The spectra of every class.
  var count: Int
  /// The seed of the spectra.
  var seed: UInt64
  /// What made the file.
  var record: Provenance
  /// What cross-validation on the training spectra says of such spectra.
  var advice: Advice?
  /// How densely the spectra are packed.
  var compression: SpectrumFileWriter.Compression
  /// The number of threads.
  var threads: Int

  /// The sampler of a class of a number, counted over all groups: its own split of the seed.
  static func sampler(
    of model: any SpectrumModel, ofClass index: Int, seed: UInt64, threads: Int
  ) -> ParallelSampler {
    let stream = RandomStream(seed: seed).split(LabelledSpectra.Use.sampling)
    return ParallelSampler(model, stream: stream.split(UInt64(index)), threads: threads)
  }

  /// Streams the spectra, group after group and class after class, into the file and puts it in place;
  /// memory does not grow with their number.
  func write(to writer: SpectrumFileWriter) throws {
    let progress = Progress(
      "writing", total: Double(count * groups.reduce(0) { $0 + $1.classes.count }), unit: "spectra")
    var firstClass = 0
    for index in groups.indices {
      try writeGroup(index, firstClass: firstClass, to: writer, progress)
      firstClass += groups[index].classes.count
    }
    progress.finish()
    try writer.commit()
    for warning in writer.warnings { Console.warn(warning) }
  }

  /// The variables of the printed line, in the order of the file's signals.
  static func variables(groups: Int) -> [String] {
    groups == 1 ? ["s", "labels"] : (1...groups).flatMap { ["s_\($0)", "labels_\($0)"] }
  }

  private func writeGroup(
    _ index: Int, firstClass: Int, to writer: SpectrumFileWriter, _ progress: Progress
  ) throws {
    let header = try header(ofGroup: index)
    let sink = try writer.addSpectra(header, compression: compression)
    let classes = groups[index].classes
    for label in classes.indices {
      let sampler = Self.sampler(
        of: classes[label].model, ofClass: firstClass + label, seed: seed, threads: threads)
      for start in stride(from: 0, to: count, by: 2048) {
        let spectra = Matrix(rows: min(2048, count - start), columns: header.channelCount)
        sampler.sample(from: start, into: spectra)
        try sink.append(
          Block(
            first: label * count + start, count: spectra.rowCount, channels: spectra.columnCount,
            values: spectra.elements))
        progress.update(Double((firstClass + label) * count + start + spectra.rowCount))
      }
    }
    var metadata = MetadataTree()
    try record.write(into: &metadata)
    let labels = try writer.addLabels(
      of: classes.map(\.name), axes: header.navigationAxes,
      title: title("Synthetic labels", index), spectra: header.title, metadata: metadata)
    for label in classes.indices {
      for start in stride(from: 0, to: count, by: 1 << 16) {
        try labels.append(
          doubles: [Double](repeating: Double(label), count: min(1 << 16, count - start)))
      }
    }
  }

  private func header(ofGroup index: Int) throws -> SignalHeader {
    let group = groups[index]
    let title = title("Synthetic spectra", index)
    var metadata = group.microscope
    metadata[path: ["General", "title"]] = .string(title)
    metadata[path: ["General", "notes"]] = .string(
      "Synthetic spectra \(origin), not a measurement: eels-dag \(record.command).")
    try record.write(into: &metadata)
    if let advice {
      metadata[path: [Provenance.branch, "advice"]] = .tree(
        MetadataTree([
          "recommendation": .string(advice.recommendation.rawValue),
          "words": .string(advice.sentences.joined(separator: "\n")),
          "record": .string(try JSONValue.text(advice)),
        ]))
    }
    for (label, item) in group.classes.enumerated() {
      metadata[path: [Provenance.branch, "training", "class_\(label)"]] = .tree(item.record)
    }
    return SignalHeader(
      title: title,
      axes: [.navigation("spectrum", count: count * group.classes.count), group.energyAxis],
      metadata: metadata)
  }

  /// A title, with the energies where there are several groups.
  private func title(_ what: String, _ index: Int) -> String {
    guard groups.count > 1, let axis = groups[index].energyAxis.uniform else {
      return what
    }
    let ends = [axis[0], axis[axis.count - 1]].map { Text.number($0, digits: 4) }
    return "\(what) \(index + 1), \(ends[0]) to \(ends[1]) eV"
  }
}
