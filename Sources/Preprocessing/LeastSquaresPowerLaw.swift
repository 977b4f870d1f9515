internal import CKernels

/// The power law of least weighted squares, in counts.
///
/// It minimises Σ w (c − b e^(−r·l))², l = ln(E/E_c), with w = 1/m₀: counts have a variance in
/// proportion to their mean, and m₀ is the mean that a two-area fit of the same spectrum gives (its
/// exponent brought within ``PowerLawBackground/physicalExponents``). Weights 1/c of the counts
/// themselves would be largest where noise went down and draw the fit about one count per channel
/// too low; so would the logarithm of the counts.
///
/// For each r the best b follows from a linear equation (G. H. Golub & V. Pereyra, SIAM J. Numer.
/// Anal. 10 (1973) 413, doi 10.1137/0710036): with P_k = Σ w c f lᵏ, Q_k = Σ w f² lᵏ, f = e^(−r·l),
/// b = P₀/Q₀, and r is where Q₁/Q₀ = P₁/P₀. Its slope follows from P₂ and Q₂.
public struct LeastSquaresPowerLaw: Sendable {
  /// The window.
  public let window: FitWindow

  /// A fit in a window.
  public init(window: FitWindow) { self.window = window }

  /// Fits one spectrum, whose first channel `spectrum` points to; values must be finite.
  ///
  /// Returns nil when the fit failed: a half of the window without positive counts, or no minimum
  /// inside ``PowerLawBackground/physicalExponents``.
  public func fit(_ spectrum: UnsafePointer<Float>) -> FittedPowerLaw? {
    let sums = window.sums(of: spectrum)
    guard
      let start = window.areas.background(lowerSum: sums.lower, upperSum: sums.upper)?.exponent
    else { return nil }
    let bounds = PowerLawBackground.physicalExponents
    let weight = min(max(start, bounds.lowerBound), bounds.upperBound)
    let exponent = ExponentSearch.root(from: weight) { exponent in
      // w f = e^(−(r − r₀)·l), w f² = e^(−(2r − r₀)·l), but for a factor.
      let counts = window.moments(exponent - weight, of: spectrum)
      guard counts.zeroth > 0 else { return (.nan, .nan) }
      let data = FitWindow.spread(counts)
      let model = FitWindow.spread(window.moments(2 * exponent - weight))
      return (model.mean - data.mean, data.variance - 2 * model.variance)
    }
    guard let exponent else { return nil }
    let level =
      window.moments(exponent - weight, of: spectrum).zeroth
      / window.moments(2 * exponent - weight).zeroth
    guard level > 0 else { return nil }
    return FittedPowerLaw(level: level, exponent: exponent, in: window, spectrum: spectrum)
  }
}
