public import LinearAlgebra

/// The mean and the covariance of a set of features, as the Fréchet distance needs them.
public struct FeatureDistribution: Sendable {
  /// The number of examples.
  public let count: Int
  /// The mean, d.
  public let mean: [Double]
  /// The trace of the covariance (divisor n − 1).
  public let variance: Double
  /// Λ^½ V with the covariance C = Vᵀ Λ V: d × d in row order, so that rootᵀ root = C.
  private let root: [Double]

  /// Takes the given rows of `features`, n × d; needs two at least.
  ///
  /// Returns nil when a feature is not finite.
  public init?(_ features: Matrix, rows: [Int]) {
    precondition(rows.count > 1, "a covariance of \(rows.count) examples")
    let d = features.columnCount
    var mean = [Double](repeating: 0, count: d)
    for row in rows { for j in 0..<d { mean[j] += Double(features.row(row)[j]) } }
    for j in 0..<d { mean[j] /= Double(rows.count) }
    var covariance = [Double](repeating: 0, count: d * d)
    for row in rows {
      let f = features.row(row)
      for j in 0..<d {
        let deviation = Double(f[j]) - mean[j]
        for k in 0...j { covariance[j * d + k] += deviation * (Double(f[k]) - mean[k]) }
      }
    }
    for index in covariance.indices { covariance[index] /= Double(rows.count - 1) }
    guard let system = SymmetricEigensystem(covariance, order: d) else { return nil }
    count = rows.count
    self.mean = mean
    variance = (0..<d).reduce(0) { $0 + covariance[$1 * d + $1] }
    root = system.vectors.indices.map {
      max(system.values[$0 / d], 0).squareRoot() * system.vectors[$0]
    }
  }

  /// Takes all rows of `features`.
  public init?(_ features: Matrix) {
    self.init(features, rows: Array(0..<features.rowCount))
  }

  /// The Fréchet distance of two normal distributions with these means and covariances.
  ///
  /// FD = ‖μ₁ − μ₂‖² + ``covarianceDistance(to:)``: the distance of Dowson & Landau (J. Multivariate
  /// Anal. 12 (1982) 450, doi 10.1016/0047-259X(82)90077-X). Biased upwards in small sets: read it
  /// against a ``RealAgainstRealNull`` of the same size. Returns nil when the singular values do not
  /// converge.
  public func frechetDistance(to other: FeatureDistribution) -> Double? {
    let apart = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return covarianceDistance(to: other).map { apart + $0 }
  }

  /// The part of the Fréchet distance that the covariances make.
  ///
  /// tr C₁ + tr C₂ − 2 ‖R₁ R₂ᵀ‖_* with C = RᵀR and the nuclear norm the sum of the singular values:
  /// tr (C₁C₂)^½ written so that covariances without full rank do no harm. Returns nil when the
  /// singular values do not converge.
  public func covarianceDistance(to other: FeatureDistribution) -> Double? {
    let d = mean.count
    precondition(other.mean.count == d, "\(d) features against \(other.mean.count)")
    var cross = [Double](repeating: 0, count: d * d)
    for i in 0..<d {
      for j in 0..<d {
        cross[i * d + j] = (0..<d).reduce(0) { $0 + root[i * d + $1] * other.root[j * d + $1] }
      }
    }
    guard let values = singularValues(of: cross, rows: d, columns: d) else { return nil }
    return max(variance + other.variance - 2 * values.reduce(0, +), 0)
  }
}
