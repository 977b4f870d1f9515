internal import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Smoothing along the energy axis: y[j] = Σ_t w[t] x[j + t], w a normalised Gaussian cut at 4 σ, the
/// end channels repeated beyond the ends.
struct GaussianSmoothing {
  private let weights: [Double]

  /// A smoothing of standard deviation `width` channels; 0 changes nothing.
  init(width: Double) {
    let reach = Int((4 * width).rounded(.up))
    let raw = (-reach...reach).map { width > 0 ? exp(-0.5 * pow(Double($0) / width, 2)) : 1 }
    let sum = raw.reduce(0, +)
    weights = raw.map { $0 / sum }
  }

  /// The smoothed values.
  func callAsFunction(_ x: [Double]) -> [Double] {
    let reach = weights.count / 2
    return x.indices.map { j in
      weights.indices.reduce(0) {
        $0 + weights[$1] * x[min(max(j + $1 - reach, 0), x.count - 1)]
      }
    }
  }

  /// The smoothed rows.
  func callAsFunction(_ spectra: Matrix) -> Matrix {
    let smoothed = Matrix(rows: spectra.rowCount, columns: spectra.columnCount)
    let reach = weights.count / 2
    let count = spectra.columnCount
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      let y = smoothed.row(i)
      for tap in weights.indices {
        let weight = Float(weights[tap])
        let step = tap - reach
        for j in 0..<count { y[j] += weight * x[min(max(j &+ step, 0), count - 1)] }
      }
    }
    return smoothed
  }
}
