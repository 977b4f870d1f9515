internal import LinearAlgebra

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
///     τ = λ(β) √max(n, m) σ,   λ(β) = √(2(β + 1) + 8β / (β + 1 + √(β² + 14β + 1))),
///     σ = median singular value / √(max(n, m) μ_β),   β = min(n, m)/max(n, m)
///
/// loses asymptotically least; μ_β is the median of the Marchenko–Pastur distribution.
///
/// White noise is a condition: counting noise is weighted first. After Keenan & Kotula (Surf.
/// Interface Anal. 36 (2004) 203, doi 10.1002/sia.1657), a spectrum is divided by the square root of
/// its raw counts and a channel by that of the mean raw spectrum.
public enum OptimalThreshold {
  /// The largest number of components that is ever chosen.
  public static let mostComponents = 64

  /// λ(β), the threshold in units of the noise √max(n, m) σ, for 0 < β ≤ 1.
  public static func coefficient(aspectRatio beta: Double) -> Double {
    precondition(beta > 0 && beta <= 1, "aspect ratio \(beta)")
    let root = (beta * beta + 14 * beta + 1).squareRoot()
    return (2 * (beta + 1) + 8 * beta / (beta + 1 + root)).squareRoot()
  }

  /// τ², above which squares of singular values are kept, for noise of variance σ².
  public static func square(noiseVariance: Double, rows: Int, columns: Int) -> Double {
    let coefficient = coefficient(aspectRatio: aspectRatio(rows, columns))
    return coefficient * coefficient * Double(max(rows, columns)) * noiseVariance
  }

  /// The variance σ² of the noise, from the median of the squared singular values.
  ///
  /// `values` are those of a rows × columns matrix, largest first; those beyond min(rows, columns)
  /// are zero and ignored.
  public static func noiseVariance(squares values: [Double], rows: Int, columns: Int) -> Double {
    let rank = min(rows, columns, values.count)
    guard rank > 0 else { return 0 }
    let median = (max(values[(rank - 1) / 2], 0) + max(values[rank / 2], 0)) / 2
    return median
      / (Double(max(rows, columns)) * marchenkoPasturMedian(aspectRatio: aspectRatio(rows, columns)))
  }

  /// The variance σ² of the noise in a matrix whose columns have the given products, of which the
  /// lower triangle in row order is read.
  ///
  /// Where there are many columns, from every second, third… of them, 512 at most: all hold the same
  /// white noise, and the eigenvalues of a quarter take a sixtieth of the time. Returns nil when an
  /// element is not finite or the iteration does not converge.
  package static func noiseVariance(gram: [Double], rows: Int, columns: Int) -> Double? {
    let step = (columns + mostColumns - 1) / mostColumns
    let chosen = Array(stride(from: step / 2, to: columns, by: step))
    var part: [Double] = []
    part.reserveCapacity(chosen.count * chosen.count)
    for i in chosen { for j in chosen { part.append(gram[i * columns + j]) } }
    return symmetricEigenvalues(of: part, order: chosen.count).map {
      noiseVariance(squares: $0, rows: rows, columns: chosen.count)
    }
  }

  private static let mostColumns = 512

  private static func aspectRatio(_ rows: Int, _ columns: Int) -> Double {
    Double(min(rows, columns)) / Double(max(rows, columns))
  }

  /// The median of the Marchenko–Pastur distribution of unit variance: density
  /// √((b − x)(x − a)) / (2πβx) on a…b, with a, b = (1 ∓ √β)².
  public static func marchenkoPasturMedian(aspectRatio beta: Double) -> Double {
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
