import Augmentation
import LinearAlgebra
import Spectra
import SpectrumFiles

/// Writes synthetic spectra of all classes of a model with their labels and records.
struct SyntheticFile {
  /// The model.
  var model: TrainedModel
  /// The spectra of every class.
  var count: Int
  /// The seed of the spectra.
  var seed: UInt64
  /// What made the file.
  var record: Provenance
  /// How densely the spectra are packed.
  var compression: SpectrumFileWriter.Compression
  /// The number of threads.
  var threads: Int

  /// Streams the spectra, class after class, into the file and puts it in place; memory does not grow
  /// with their number.
  func write(to writer: SpectrumFileWriter) throws {
    let header = try header()
    let sink = try writer.addSpectra(header, compression: compression)
    let progress = Progress("writing", total: Double(header.spectrumCount), unit: "spectra")
    for index in model.classes.indices {
      let sampler = model.sampler(ofClass: index, seed: seed, threads: threads)
      for start in stride(from: 0, to: count, by: 2048) {
        let spectra = Matrix(rows: min(2048, count - start), columns: header.channelCount)
        sampler.sample(from: start, into: spectra)
        try sink.append(
          Block(
            first: index * count + start, count: spectra.rowCount, channels: spectra.columnCount,
            values: spectra.elements))
        progress.update(Double(index * count + start + spectra.rowCount))
      }
    }
    progress.finish()
    try writeLabels(header.navigationAxes, to: writer)
    try writer.commit()
    for warning in writer.warnings { Console.warn(warning) }
  }

  private func header() throws -> SignalHeader {
    let title = "Synthetic spectra"
    var metadata = model.microscope
    metadata[path: ["General", "title"]] = .string(title)
    metadata[path: ["General", "notes"]] = .string(
      "Synthetic spectra of a generative model, not a measurement: eels-dag \(record.command).")
    try record.write(into: &metadata)
    for (index, item) in model.classes.enumerated() {
      metadata[path: [Provenance.branch, "training", "class_\(index)"]] = .tree(
        item.generator.record.metadata(members: item.members))
    }
    return SignalHeader(
      title: title,
      axes: [.navigation("spectrum", count: count * model.classes.count), model.energyAxis],
      metadata: metadata)
  }

  private func writeLabels(_ axes: [Axis], to writer: SpectrumFileWriter) throws {
    var metadata = MetadataTree()
    try record.write(into: &metadata)
    let sink = try writer.addLabels(
      of: model.classes.map(\.generator.name), axes: axes, title: "Synthetic labels",
      metadata: metadata)
    for index in model.classes.indices {
      for start in stride(from: 0, to: count, by: 1 << 16) {
        try sink.append(
          doubles: [Double](repeating: Double(index), count: min(1 << 16, count - start)))
      }
    }
  }
}
