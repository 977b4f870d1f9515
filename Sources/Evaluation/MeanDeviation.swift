public import LinearAlgebra

/// What makes a spectrum, or the mean of many, differ from a mean spectrum μ: height, energy, background.
///
/// x − μ ≈ h μ − s μ′ + b₀ + b₁ t by least squares, with t from −1 at the first to 1 at the last
/// channel and μ′[j] = Σ_{u=−2…2} u μ[j+u] / 10 (Savitzky & Golay, doi 10.1021/ac60214a047). s is the
/// shift in channels, towards higher energy; b₀ + b₁ t is what a wrong background leaves. Both are
/// linear in x, so the value of a mean spectrum is the mean of the spectra's values.
public struct MeanDeviation: Sendable {
  /// The solution's rows: h, s, b₀, b₁ per unit of x − μ, each L.
  private let solution: [[Double]]
  private let mean: [Double]

  /// Takes the mean spectrum, L ≥ 5.
  ///
  /// Regressors that say nothing new, as for a flat μ, get weight 0.
  public init(around mean: [Double]) {
    let count = mean.count
    precondition(count > 4, "the slope of \(count) channels")
    self.mean = mean
    let last = count - 1
    let slope = mean.indices.map { j in
      (-2...2).reduce(0) { $0 + Double($1) * mean[min(max(j + $1, 0), last)] } / 10
    }
    let line = mean.indices.map { 2 * Double($0) / Double(last) - 1 }
    // Scaled to length 1, so that one tolerance serves all.
    let raw = [mean, slope.map { -$0 }, mean.map { _ in 1 }, line]
    let norms = raw.map { x in max(x.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12) }
    let regressors = zip(raw, norms).map { x, norm in x.map { $0 / norm } }
    var gram = [Double](repeating: 0, count: 16)
    for a in 0..<4 {
      for b in 0..<4 {
        gram[4 * a + b] = zip(regressors[a], regressors[b]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    guard let system = SymmetricEigensystem(gram, order: 4) else {
      preconditionFailure("a mean spectrum that is not finite")
    }
    solution = (0..<4).map { a in
      var row = [Double](repeating: 0, count: count)
      for k in 0..<4 where system.values[k] > 1e-6 {
        for b in 0..<4 {
          let weight = system.vectors[4 * k + a] * system.vectors[4 * k + b] / system.values[k]
          for j in 0..<count { row[j] += weight * regressors[b][j] / norms[a] }
        }
      }
      return row
    }
  }

  /// The shift and the background of one spectrum.
  public struct Value: Sendable, Equatable {
    /// s, channels.
    public var shift: Double
    /// b₀.
    public var level: Double
    /// b₁.
    public var tilt: Double
  }

  /// The shift and the background of every spectrum, n × L.
  public func values(of spectra: Matrix) -> [Value] {
    precondition(
      spectra.columnCount == mean.count, "\(spectra.columnCount) channels against \(mean.count)")
    return (0..<spectra.rowCount).map { i in
      let x = spectra.row(i)
      func along(_ row: [Double]) -> Double {
        var sum = 0.0
        for j in row.indices { sum += row[j] * (Double(x[j]) - mean[j]) }
        return sum
      }
      return Value(shift: along(solution[1]), level: along(solution[2]), tilt: along(solution[3]))
    }
  }
}
