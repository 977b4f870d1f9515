import Preprocessing
import Spectra
import SpectrumFiles

/// The maps of the fitted background that `preprocess` writes beside the spectra.
enum BackgroundMaps {
  /// Writes A, r and the reduced χ² of every spectrum and returns their names for a notebook; none
  /// where no background was fitted.
  static func write(
    _ report: PreprocessReport, axes: [Axis], to writer: SpectrumFileWriter
  ) throws -> [String] {
    guard let background = report.plan.background else { return [] }
    let maps: [(String, String, [Float], String)] = [
      (
        "A", "Background coefficient A", report.coefficients.map { Float($0) },
        "A of the background A E^-r, counts per eV"
      ),
      (
        "r", "Background exponent r", report.exponents.map { Float($0) },
        "r of the background A E^-r"
      ),
      (
        "chi2", "Background reduced chi-square", report.reducedChiSquared,
        "chi-square in the fit window over its degrees of freedom, for counting noise"
      ),
    ]
    for (_, title, values, meaning) in maps {
      let entry = MetadataTree([
        "meaning": .string(meaning),
        "fit": .string(background.fit.rawValue),
        "window": .string("\(background.window.firstEnergy) to \(background.window.lastEnergy) eV"),
      ])
      try writer.addMap(
        title: title, values: values, axes: axes,
        metadata: MetadataTree([Provenance.branch: .tree(MetadataTree(["map": .tree(entry)]))]))
    }
    return maps.map(\.0)
  }
}
