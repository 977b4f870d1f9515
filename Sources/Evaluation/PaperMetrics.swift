public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The metrics of the paper on data-augmentation GANs for EELS, to be compared with its tables.
///
/// del-Pozo-Bueno et al., Microsc. Microanal. 30 (2024) 278, doi 10.1093/mam/ozae014; computed as their
/// first author's public code of 2023 does. They are blind: a generator that gives the
/// class mean again and again scores better in all of them than real spectra that were held out.
public struct PaperMetrics: Codable, Sendable, Equatable {
  /// “FID”: ‖mean_r − mean_g‖² + tr(C_r + C_g − 2 (C_r C_g)^½); low is good.
  ///
  /// The covariances are those **between spectra**, n × n (over the channels, divisor L − 1): it depends
  /// on the order of the spectra.
  public var frechetDistance: Double
  /// PCC: the mean over all pairs, real and generated together, of Pearson's correlation c, of those
  /// with 0 < c < 0.999; high is good.
  public var correlation: Double
  /// CosD: the mean cosine distance between a real and a generated spectrum, of the positive ones; low is
  /// good.
  public var cosineDistance: Double
  /// SNR of the generated set: see ``signalToNoise(of:)``; nil when its spectra do not differ.
  public var signalToNoise: Double?
  /// The Kullback–Leibler divergence Σ p ln(p/q) of the mean spectra, real p and generated q, clipped at
  /// 1e-12 and divided by their sums.
  public var kullbackLeibler: Double

  init(
    frechetDistance: Double, correlation: Double, cosineDistance: Double, signalToNoise: Double?,
    kullbackLeibler: Double
  ) {
    self.frechetDistance = frechetDistance
    self.correlation = correlation
    self.cosineDistance = cosineDistance
    self.signalToNoise = signalToNoise
    self.kullbackLeibler = kullbackLeibler
  }

  /// Compares two sets of equal size, n × L with n ≥ 2.
  ///
  /// Returns nil when a value is not finite.
  public init?(of generated: Matrix, against real: Matrix) {
    precondition(
      generated.rowCount == real.rowCount && generated.columnCount == real.columnCount
        && real.rowCount > 1,
      "\(generated.rowCount) × \(generated.columnCount) against \(real.rowCount) × "
        + "\(real.columnCount)")
    guard let ours = FeatureDistribution(real.transposed),
      let theirs = FeatureDistribution(generated.transposed),
      let between = theirs.covarianceDistance(to: ours)
    else { return nil }
    let p = meanSpectrum(of: real)
    let q = meanSpectrum(of: generated)
    frechetDistance = between + zip(p, q).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    correlation = Self.meanCorrelation(of: [real, generated])
    cosineDistance = Self.meanCosineDistance(real, generated)
    signalToNoise = Self.signalToNoise(of: generated)
    kullbackLeibler = Self.divergence(of: q, from: p)
    guard
      [frechetDistance, correlation, cosineDistance, kullbackLeibler]
        .allSatisfy(\.isFinite)
    else { return nil }
  }

  /// The mean over the channels of mean / standard deviation (divisor n) across the spectra.
  ///
  /// Channels where the spectra do not differ are left out; nil when that is all. Shape: n × L.
  public static func signalToNoise(of spectra: Matrix) -> Double? {
    let mean = meanSpectrum(of: spectra)
    var variance = [Double](repeating: 0, count: mean.count)
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      for j in mean.indices { variance[j] += (Double(x[j]) - mean[j]) * (Double(x[j]) - mean[j]) }
    }
    let ratios = mean.indices.filter { variance[$0] > 0 }.map {
      mean[$0] / (variance[$0] / Double(spectra.rowCount)).squareRoot()
    }
    return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
  }

  /// Rows in Double, each minus its own mean if `centred`, of length 1.
  private static func directions(of spectra: Matrix, centred: Bool) -> [[Double]] {
    (0..<spectra.rowCount).map { i in
      var x = spectra.rows(i..<i + 1).elements.map(Double.init)
      let mean = centred ? x.reduce(0, +) / Double(x.count) : 0
      for j in x.indices { x[j] -= mean }
      let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for j in x.indices { x[j] /= norm }
      return x
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for j in a.indices { sum += a[j] * b[j] }
    return sum
  }

  private static func meanCorrelation(of sets: [Matrix]) -> Double {
    let rows = sets.flatMap { directions(of: $0, centred: true) }
    var (sum, count) = (0.0, 0)
    for i in rows.indices {
      for j in 0..<i {
        let c = dot(rows[i], rows[j])
        if c > 0, c < 0.999 {
          sum += c
          count += 1
        }
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }

  private static func meanCosineDistance(_ x: Matrix, _ y: Matrix) -> Double {
    let a = directions(of: x, centred: false)
    let b = directions(of: y, centred: false)
    var (sum, count) = (0.0, 0)
    for x in a {
      for y in b {
        let distance = 1 - dot(x, y)
        if distance > 0 {
          sum += distance
          count += 1
        }
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }

  private static func divergence(of q: [Double], from p: [Double]) -> Double {
    func distribution(_ x: [Double]) -> [Double] {
      let clipped = x.map { max($0, 1e-12) }
      let sum = clipped.reduce(0, +)
      return clipped.map { $0 / sum }
    }
    return zip(distribution(p), distribution(q)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
  }
}

extension Matrix {
  fileprivate var transposed: Matrix {
    let other = Matrix(rows: columnCount, columns: rowCount)
    for i in 0..<rowCount {
      let x = row(i)
      for j in 0..<columnCount { other.row(j)[i] = x[j] }
    }
    return other
  }
}
