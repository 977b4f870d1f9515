#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// How many singular values of a matrix stand above its noise.
///
/// Gavish & Donoho, IEEE Trans. Inf. Theory 60 (2014) 5040, doi 10.1109/TIT.2014.2323359: for a
/// low-rank n × m matrix in white noise of unknown level, keeping the singular values above
///
///     τ = ω(β) · median singular value,   ω(β) = λ(β) / √μ_β,   β = min(n, m)/max(n, m),
///     λ(β) = √(2(β + 1) + 8β / (β + 1 + √(β² + 14β + 1)))
///
/// loses asymptotically least; μ_β is the median of the Marchenko–Pastur distribution.
///
/// White noise is a condition: counting noise is weighted first. After Keenan & Kotula (Surf.
/// Interface Anal. 36 (2004) 203, doi 10.1002/sia.1657), a spectrum is divided by the square root of
/// its raw counts and a channel by that of the mean raw spectrum.
public enum OptimalThreshold {
  /// The largest number of components that is ever chosen.
  public static let mostComponents = 64

  /// ω(β), the threshold in units of the median singular value, for 0 < β ≤ 1.
  public static func coefficient(aspectRatio beta: Double) -> Double {
    precondition(beta > 0 && beta <= 1, "aspect ratio \(beta)")
    let root = (beta * beta + 14 * beta + 1).squareRoot()
    let lambda = (2 * (beta + 1) + 8 * beta / (beta + 1 + root)).squareRoot()
    return lambda / marchenkoPasturMedian(aspectRatio: beta).squareRoot()
  }

  /// The number of singular values above the threshold.
  ///
  /// `values` are the squares of the singular values of a rows × columns matrix, largest first; those
  /// beyond min(rows, columns) are zero and ignored.
  public static func count(squares values: [Double], rows: Int, columns: Int) -> Int {
    let rank = min(rows, columns, values.count)
    guard rank > 0 else { return 0 }
    let upper = max(values[(rank - 1) / 2], 0).squareRoot()
    let lower = max(values[rank / 2], 0).squareRoot()
    let ratio = Double(min(rows, columns)) / Double(max(rows, columns))
    let threshold = coefficient(aspectRatio: ratio) * (upper + lower) / 2
    return values.prefix(rank).count { $0 > threshold * threshold }
  }

  /// The median of the Marchenko–Pastur distribution of unit variance: density
  /// √((b − x)(x − a)) / (2πβx) on a…b, with a, b = (1 ∓ √β)².
  static func marchenkoPasturMedian(aspectRatio beta: Double) -> Double {
    let a = (1 - beta.squareRoot()) * (1 - beta.squareRoot())
    let b = (1 + beta.squareRoot()) * (1 + beta.squareRoot())
    // x = a + (b − a) sin²t takes the square roots out of the ends: the integrand is smooth.
    let steps = 20_000
    let width = Double.pi / 2 / Double(steps)
    var area = 0.0
    for step in 0..<steps {
      let t = (Double(step) + 0.5) * width
      let square = sin(t) * sin(t)
      let x = a + (b - a) * square
      let slice =
        (b - a) * (b - a) * 2 * square * (1 - square) / (2 * Double.pi * beta * x) * width
      if area + slice >= 0.5 {
        let edge = sin((Double(step) + (0.5 - area) / slice) * width)
        return a + (b - a) * edge * edge
      }
      area += slice
    }
    return b
  }
}
