/// The two-area method (``TwoAreaFit``) with its error.
///
/// I₁ and I₂ are independent, and r hangs on ln(I₁/I₂) alone: v_r = (2/L)² (1/I₁ + 1/I₂) with L the
/// logarithmic width of the window, and v₀ = 1/(I₁ + I₂).
public struct TwoAreaPowerLaw: Sendable {
  /// The window.
  public let window: FitWindow

  /// A fit in a window.
  public init(window: FitWindow) { self.window = window }

  /// Fits one spectrum, whose first channel `spectrum` points to; values must be finite.
  ///
  /// Returns nil when the fit failed: a half without positive counts, or an exponent outside
  /// ``PowerLawBackground/physicalExponents``.
  public func fit(_ spectrum: UnsafePointer<Float>) -> FittedPowerLaw? {
    let sums = window.sums(of: spectrum)
    return fit(spectrum, total: sums.lower + sums.upper, sums.lower, sums.upper, spectra: 1) {
      _ in window.areas.background(lowerSum: sums.lower, upperSum: sums.upper)
    }
  }

  /// Local background averaging: the average's exponent, the level of the spectrum's own counts.
  ///
  /// Source: as ``LocalAverage``. Returns nil where the average has no physical exponent or the spectrum no positive counts.
  public func fit(
    _ spectrum: UnsafePointer<Float>, exponentOf average: LocalAverage.Sums
  ) -> FittedPowerLaw? {
    let own = window.sums(of: spectrum)
    let total = own.lower + own.upper
    return fit(
      spectrum, total: total, average.lower, average.upper, spectra: average.effectiveSpectra
    ) { exponent in window.areas.background(sum: total, exponent: exponent) }
  }

  private func fit(
    _ spectrum: UnsafePointer<Float>, total: Double, _ lower: Double, _ upper: Double,
    spectra: Double, _ background: (Double) -> PowerLawBackground?
  ) -> FittedPowerLaw? {
    guard total > 0,
      let exponent = window.areas.background(lowerSum: lower, upperSum: upper)?.exponent,
      PowerLawBackground.physicalExponents.contains(exponent),
      let background = background(exponent)
    else { return nil }
    let factor = 2 / window.areas.logarithmicWidth
    return FittedPowerLaw(
      background, levelVariance: 1 / total,
      exponentVariance: factor * factor * (1 / lower + 1 / upper) / spectra,
      in: window, spectrum: spectrum)
  }
}

extension TwoAreaPowerLaw {
  /// A given exponent, the level of the spectrum's own counts; no background (A = 0) without counts.
  func fit(_ spectrum: UnsafePointer<Float>, exponent: Double) -> FittedPowerLaw {
    let own = window.sums(of: spectrum)
    let total = own.lower + own.upper
    let factor = 2 / window.areas.logarithmicWidth
    return FittedPowerLaw(
      window.areas.background(sum: total, exponent: exponent),
      levelVariance: total > 0 ? 1 / total : 0,
      exponentVariance: total > 0 ? factor * factor * 4 / total : 0,
      in: window, spectrum: spectrum)
  }
}
