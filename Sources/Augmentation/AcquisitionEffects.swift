internal import LinearAlgebra

/// What other acquisitions do to spectra before shift and noise: thickness and energy resolution, each
/// spectrum's own.
///
/// The change of t/λ is uniform within ± ``AcquisitionVariation/thickness`` (``PlasmonLosses``). The resolution
/// changes by x + c (S_b − S_a) x, c uniform within ±1, S_b and S_a Gaussian smoothings of b² = a² + r² with the
/// r of ``AcquisitionVariation/resolution`` and a of one channel, which leaves the noise of single channels alone:
/// to first order in c r² a Gaussian of the variance c r², broader for c > 0 and sharper for c < 0.
final class AcquisitionEffects {
  private let variation: AcquisitionVariation
  private let losses: PlasmonLosses?
  private let sharp = GaussianSmoothing(width: 1)
  private let soft: GaussianSmoothing?
  private var thicknesses: [Float]
  private var resolutions: [Float]

  /// Effects for spectra of `count` channels, at most `rows` at once; nil if the variation has none.
  init?(_ variation: AcquisitionVariation?, count: Int, rows: Int) {
    guard let variation, let step = variation.energyStep else { return nil }
    self.variation = variation
    losses =
      variation.thickness > 0 ? PlasmonLosses(step: step, count: count) : nil
    let width = variation.resolution / step
    soft = width > 0 ? GaussianSmoothing(width: (1 + width * width).squareRoot()) : nil
    thicknesses = Array(repeating: 0, count: rows)
    resolutions = Array(repeating: 0, count: rows)
  }

  /// Draws the changes anew for every spectrum.
  func draw(_ stream: inout RandomStream) {
    for row in thicknesses.indices {
      thicknesses[row] = Float(stream.uniform(-variation.thickness, variation.thickness))
      resolutions[row] = Float(stream.uniform(-1, 1))
    }
  }

  /// Changes spectra, rows × L.
  func apply(to spectra: Matrix) {
    if let losses {
      for row in 0..<spectra.rowCount { losses.change(spectra.row(row), by: thicknesses[row]) }
    }
    guard let soft else { return }
    let (narrow, wide) = (sharp(spectra), soft(spectra))
    for row in 0..<spectra.rowCount {
      let (x, a, b) = (spectra.row(row), narrow.row(row), wide.row(row))
      let change = resolutions[row]
      for j in 0..<spectra.columnCount { x[j] += change * (b[j] - a[j]) }
    }
  }
}
