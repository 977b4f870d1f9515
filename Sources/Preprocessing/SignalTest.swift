#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Whether anything stands above background and noise: a sum of net counts and its standard error.
///
/// With a background fitted in a window, the channels above it are cut into pieces, an eighth of the
/// window wide (for white lines, which stand out of any error of the background) and as wide as the
/// window (for faint, broad edges), at least 8 channels; a signal is there when in some piece
///
///     S > 5 · √(φ·N + (φ/N_w + ln²(E/E_w)·δr²)·B²),   δr = (2/L)·√(φ (1/I₁ + 1/I₂))
///
/// S, N and B are the piece's sums of net, raw and background counts, E its middle. The first term
/// is the counting noise of the piece, the second that of the background extrapolated into it:
/// N_w = I₁ + I₂ are the raw counts of the window, E_w its logarithmic middle, L its logarithmic
/// width, and δr follows from the two-area formula (Egerton, 3rd ed., section 4.4.4, treats the same
/// question for other fits). φ, the variance of the counts divided by their mean (1 for electrons,
/// the gain for detector counts), is the window's mean squared residual over its mean.
///
/// Without a fitted background, S is the sum of the kept channels and its variance half the sum of
/// the squared differences of neighbouring channels.
struct SignalTest {
  /// The number of standard errors.
  static let significance = 5.0

  /// The parts of a fit that its error follows from.
  struct FitError {
    /// φ.
    var dispersion: Double
    /// The relative variance of the background in the middle of the window.
    var levelVariance: Double
    /// The variance of the exponent.
    var exponentVariance: Double
    /// ln E_w.
    var centre: Double

    /// From the counts of the halves, the window's mean squared residual and the fit's geometry.
    ///
    /// A window without counts says nothing about φ: the image's is taken.
    init(
      lowerSum: Double, upperSum: Double, squaredResidual: Double, imageDispersion: Double,
      fit: TwoAreaFit
    ) {
      let total = lowerSum + upperSum
      centre = log(fit.centre)
      guard lowerSum > 0, upperSum > 0 else {
        dispersion = imageDispersion
        levelVariance = 0
        exponentVariance = 0
        return
      }
      dispersion = squaredResidual * Double(fit.channels.count) / total
      levelVariance = dispersion / total
      let factor = 2 / fit.logarithmicWidth
      exponentVariance = factor * factor * dispersion * (1 / lowerSum + 1 / upperSum)
    }

    /// True when a piece's net counts are significant.
    func isSignal(net: Double, raw: Double, energy: Double) -> Bool {
      let background = raw - net
      let distance = log(energy) - centre
      let extrapolation = levelVariance + distance * distance * exponentVariance
      let variance = dispersion * max(raw, 0) + extrapolation * background * background
      return net > 0 && net > SignalTest.significance * variance.squareRoot()
    }
  }
}
