internal import CKernels

/// The power law of greatest likelihood for Poisson counts.
///
/// With the model m = e^(a − r·l), l = ln(E/E_c), the likelihood of counts c is
///
///     ln L = Σ (c ln m − m) + const,   0 = Σ (c − m) = Σ l (c − m)
///
/// It is concave. The first condition gives a; the second then says that the mean of l with the
/// weights of the model is that of the counts. The model's mean falls with r (its slope is minus the
/// variance of l), so that there is one solution and Newton's method (here the same as Fisher
/// scoring) finds it. Only Σ c and Σ l·c enter: zero counts need no care, a gain changes nothing but
/// the level, and values slightly below zero (after the subtraction of a dark reference) have the
/// quasi-likelihood of P. McCullagh & J. A. Nelder, Generalized Linear Models (2nd ed. 1989),
/// chapter 9.
public struct PoissonPowerLaw: Sendable {
  /// The window.
  public let window: FitWindow

  /// A fit in a window.
  public init(window: FitWindow) { self.window = window }

  /// Fits one spectrum, whose first channel `spectrum` points to; values must be finite.
  ///
  /// Returns nil when the fit failed: a window whose sum is not positive, or a greatest likelihood
  /// outside ``PowerLawBackground/physicalExponents``.
  public func fit(_ spectrum: UnsafePointer<Float>) -> FittedPowerLaw? {
    let counts = window.moments(0, of: spectrum)
    guard counts.zeroth > 0 else { return nil }
    let mean = counts.first / counts.zeroth
    let exponent = ExponentSearch.root(from: 3) { exponent in
      let model = FitWindow.spread(window.moments(exponent))
      return (model.mean - mean, -model.variance)
    }
    guard let exponent else { return nil }
    let level = counts.zeroth / window.moments(exponent).zeroth
    return FittedPowerLaw(level: level, exponent: exponent, in: window, spectrum: spectrum)
  }
}
