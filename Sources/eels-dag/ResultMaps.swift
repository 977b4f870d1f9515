import Preprocessing
import Spectra
import SpectrumFiles

/// The maps of what was found that `preprocess` writes beside the spectra, one number a spectrum.
struct ResultMaps {
  let report: PreprocessReport
  let axes: [Axis]
  let writer: SpectrumFileWriter

  /// Writes the maps of the steps that were done and returns their names for a notebook.
  func write() throws -> [String] {
    var names: [String] = []
    if let background = report.plan.background {
      try write(background)
      names += ["A", "r", "chi2"]
    }
    if report.plan.removesSpikes {
      try writeSpikes()
      names.append("spikes")
    }
    if let alignment = report.plan.alignment {
      let about = MetadataTree([
        "method": .string(alignment.method.rawValue),
        "window": .string("\(alignment.window.firstEnergy) to \(alignment.window.lastEnergy) eV"),
      ])
      try write(
        "Energy shift", report.shifts, "shift of the energy scale that was undone, eV", about)
      names.append("shift")
    }
    return names
  }

  /// A, r and the reduced χ².
  private func write(_ background: PreprocessPlan.Background) throws {
    let about = MetadataTree([
      "fit": .string(background.fit.rawValue),
      "window": .string("\(background.window.firstEnergy) to \(background.window.lastEnergy) eV"),
    ])
    try write(
      "Background coefficient A", report.coefficients.map { Float($0) },
      "A of the background A E^-r, counts per eV", about)
    try write(
      "Background exponent r", report.exponents.map { Float($0) }, "r of the background A E^-r",
      about)
    try write(
      "Background reduced chi-square", report.reducedChiSquared,
      "chi-square in the fit window over its degrees of freedom, for counting noise", about)
  }

  /// The number of replaced channels, and as a list which ones.
  private func writeSpikes() throws {
    var counts = [Float](repeating: 0, count: report.spectrumCount)
    for spike in report.spikes { counts[spike.spectrum] += Float(spike.channels.count) }
    func list(_ value: (PreprocessReport.Spike) -> Int) -> MetadataValue {
      .integerArray(shape: [report.spikes.count], values: report.spikes.map { Int64(value($0)) })
    }
    var about = MetadataTree()
    if !report.spikes.isEmpty {
      about["spectrum"] = list(\.spectrum)
      about["first_channel"] = list(\.channels.lowerBound)
      about["channel_count"] = list(\.channels.count)
    }
    try write(
      "Replaced channels", counts,
      "number of channels that held spikes and were replaced; spectrum, first_channel and "
        + "channel_count list them, counted in the input", about)
  }

  private func write(
    _ title: String, _ values: [Float], _ meaning: String, _ about: MetadataTree
  ) throws {
    var entry = about
    entry["meaning"] = .string(meaning)
    try writer.addMap(
      title: title, values: values, axes: axes,
      metadata: MetadataTree([Provenance.branch: .tree(MetadataTree(["map": .tree(entry)]))]))
  }
}
