internal import LinearAlgebra

/// Spectra as of specimens of other thicknesses: the change of t/λ is uniform within
/// ± ``AcquisitionVariation/thickness``, each spectrum's own (``PlasmonLosses``).
final class ThicknessVariation {
  private let reach: Double
  private let losses: PlasmonLosses
  private var changes: [Float]

  /// Prepares `rows` spectra of `count` channels; nil without a variation, or where a channel's width is not known.
  init?(_ variation: AcquisitionVariation?, count: Int, rows: Int) {
    guard let variation, let step = variation.energyStep, variation.thickness > 0 else {
      return nil
    }
    reach = variation.thickness
    losses = PlasmonLosses(step: step, count: count)
    changes = Array(repeating: 0, count: rows)
  }

  /// Draws the changes anew for every spectrum.
  func draw(_ stream: inout RandomStream) {
    for row in changes.indices { changes[row] = Float(stream.uniform(-reach, reach)) }
  }

  /// Changes spectra, rows × L.
  func apply(to spectra: Matrix) {
    for row in 0..<spectra.rowCount { losses.change(spectra.row(row), by: changes[row]) }
  }
}
