internal import CKernels

/// A linear combination of two power laws of fixed exponents (LCPL): B = A₁E^−r₁ + A₂E^−r₂.
///
/// Only the amplitudes are fitted, both at least 0, so that neither noise nor the tail of an edge
/// below can turn the extrapolation up: it lies between the two laws. Source: P. Cueva, R. Hovden,
/// J. A. Mundy, H. L. Xin, D. A. Muller, Microsc. Microanal. 18 (2012) 667, doi
/// 10.1017/S1431927612000244; there r₁ and r₂ are percentiles of the exponents of the map.
///
/// The weights of the squares are 1/E^−r with r = (r₁ + r₂)/2, the variance of the counts but for a
/// factor; the same for all spectra, so that the normal equations are set up once.
public struct PowerLawCombination: Sendable {
  /// The window.
  public let window: FitWindow
  /// r₁ < r₂.
  public let exponents: (first: Double, second: Double)
  /// Σ w f_i f_j.
  private let gram: (first: Double, both: Double, second: Double)
  /// Σ f of the law of the mean exponent.
  private let middle: Double
  /// Σ w² f_i f_j f_k by the number of times that the second law is among them.
  private let cubic: (Double, Double, Double, Double)

  /// A fit in a window with two exponents, the first the smaller.
  public init(window: FitWindow, exponents: (first: Double, second: Double)) {
    let (r, s) = exponents
    precondition(r < s, "exponents \(r) and \(s) of a combination must differ and ascend")
    self.window = window
    self.exponents = exponents
    let weight = (r + s) / 2
    middle = window.moments(weight).zeroth
    gram = (
      window.moments(2 * r - weight).zeroth, window.moments(r + s - weight).zeroth,
      window.moments(2 * s - weight).zeroth
    )
    cubic = (
      window.moments(3 * r - 2 * weight).zeroth, window.moments(2 * r + s - 2 * weight).zeroth,
      window.moments(r + 2 * s - 2 * weight).zeroth, window.moments(3 * s - 2 * weight).zeroth
    )
  }

  /// The 5th and the 95th percentile of exponents, as the paper takes them from fits to locally
  /// averaged spectra.
  ///
  /// Percentiles between two values are interpolated linearly. Returns nil when the two are the same
  /// or there are no exponents.
  public static func exponents(from fitted: [Double]) -> (first: Double, second: Double)? {
    guard !fitted.isEmpty else { return nil }
    let sorted = fitted.sorted()
    func percentile(_ share: Double) -> Double {
      let position = share * Double(sorted.count - 1)
      let index = min(Int(position), sorted.count - 1)
      let next = min(index + 1, sorted.count - 1)
      return sorted[index] + (position - Double(index)) * (sorted[next] - sorted[index])
    }
    let (first, second) = (percentile(0.05), percentile(0.95))
    return first < second ? (first, second) : nil
  }

  /// Fits one spectrum, whose first channel `spectrum` points to; values must be finite.
  ///
  /// Returns nil when no amplitude is positive.
  public func fit(_ spectrum: UnsafePointer<Float>) -> FittedCombination? {
    let weight = (exponents.first + exponents.second) / 2
    let p = window.moments(exponents.first - weight, of: spectrum).zeroth
    let q = window.moments(exponents.second - weight, of: spectrum).zeroth
    let determinant = gram.first * gram.second - gram.both * gram.both
    var x = (p * gram.second - q * gram.both) / determinant
    var y = (q * gram.first - p * gram.both) / determinant
    if !(x >= 0 && y >= 0) {
      // The least squares then lie where one amplitude is 0: what each law takes off alone decides.
      let alone = (max(p, 0) / gram.first, max(q, 0) / gram.second)
      let isFirst = alone.0 * p >= alone.1 * q
      x = isFirst ? alone.0 : 0
      y = isFirst ? 0 : alone.1
    }
    guard x > 0 || y > 0 else { return nil }
    return FittedCombination(
      first: window.background(level: x, exponent: exponents.first),
      second: window.background(level: y, exponent: exponents.second),
      covariance: covariance(x, y, determinant),
      middle: window.background(
        level: window.moments(0, of: spectrum).zeroth / middle, exponent: weight),
      centre: window.centre,
      dispersion: window.chiSquare(spectrum, (x, exponents.first), (y, exponents.second))
        / Double(window.channels.count - 2))
  }

  /// The covariance of the amplitudes, G⁻¹ H G⁻¹, in counts per eV.
  ///
  /// G is the normal matrix and H_ij = Σ w² m f_i f_j the covariance of the right-hand sides, whose
  /// counts have the variance m. An amplitude held at 0 counts as free: the error is then rather too
  /// large.
  private func covariance(
    _ x: Double, _ y: Double, _ determinant: Double
  ) -> (first: Double, both: Double, second: Double) {
    let h = (
      first: x * cubic.0 + y * cubic.1, both: x * cubic.1 + y * cubic.2,
      second: x * cubic.2 + y * cubic.3
    )
    let scale = 1 / (determinant * window.valuePerDensity)
    let (a, b, c) = (gram.second * scale, -gram.both * scale, gram.first * scale)
    return (
      a * a * h.first + 2 * a * b * h.both + b * b * h.second,
      a * b * h.first + (a * c + b * b) * h.both + b * c * h.second,
      b * b * h.first + 2 * b * c * h.both + c * c * h.second
    )
  }
}
