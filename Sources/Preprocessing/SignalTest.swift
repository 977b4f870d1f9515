internal import CKernels

/// Whether anything stands above background and noise: a sum of net counts and its standard error.
///
/// With a background fitted in a window, the channels above it are cut into pieces, an eighth of the
/// window wide (for white lines, which stand out of any error of the background) and as wide as the
/// window (for faint, broad edges), at least 8 channels; a signal is there when in some piece
///
///     S > 5 · √(φ·(N + v(E)·B²))
///
/// S, N and B are the piece's sums of net, raw and background counts, E its middle. The first term
/// is the counting noise of the piece, the second that of the background extrapolated into it, by
/// the fit's variance v(E) of ln B (``PowerLawError``; Egerton, 3rd ed., section 4.4.4, treats the
/// same question). φ, the variance of the counts divided by their mean (1 for electrons, the gain for
/// detector counts), is Pearson's χ² of the window over its degrees of freedom.
///
/// Without a fitted background, S is the sum of the kept channels and its variance half the sum of
/// the squared differences of neighbouring channels.
enum SignalTest {
  /// The number of standard errors.
  static let significance = 5.0

  /// True when the net counts of a piece are significant.
  ///
  /// `raw` are the counts with the background still in, `dispersion` is φ, and `backgroundError` the
  /// relative variance of the background there for φ = 1.
  static func isSignal(
    net: Double, raw: Double, dispersion: Double, backgroundError: Double
  ) -> Bool {
    let background = raw - net
    let variance = dispersion * (max(raw, 0) + backgroundError * background * background)
    return net > 0 && net > significance * variance.squareRoot()
  }

  /// The test for channels whose background was not fitted here.
  static func isSignal(_ x: UnsafePointer<Float>, _ count: Int) -> Bool {
    let sum = ck_sum_double(x, count)
    var squares = 0.0
    for j in 1..<count {
      let difference = Double(x[j] - x[j - 1])
      squares += difference * difference
    }
    return sum > 0 && sum > significance * (squares / 2).squareRoot()
  }
}
