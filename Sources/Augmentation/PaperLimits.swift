public import Evaluation
internal import LinearAlgebra

/// How good the paper's metrics are between two batches of real spectra: where `--stop paper` stops.
///
/// The paper gives its thresholds in tables that are not at hand; these are the means over
/// 20 pairs of batches without a common spectrum.
public struct PaperLimits: Codable, Sendable, Equatable {
  /// The number of spectra in a batch.
  public let batchSize: Int
  /// The largest “FID”.
  public let frechetDistance: Double
  /// The smallest mean correlation.
  public let correlation: Double
  /// The largest mean cosine distance.
  public let cosineDistance: Double

  /// Measures pairs of batches of the real spectra, n × L with n ≥ 4, of at most `batchSize` spectra.
  ///
  /// Returns nil when a value is not finite.
  init?(_ real: Matrix, batchSize: Int, using stream: inout RandomStream) {
    let size = min(batchSize, real.rowCount / 2)
    var results: [PaperMetrics] = []
    for _ in 0..<20 {
      let batches = real.batch(of: 2 * size, using: &stream)
      guard
        let metrics = PaperMetrics(
          of: batches.rows(size..<2 * size), against: batches.rows(0..<size))
      else { return nil }
      results.append(metrics)
    }
    func mean(_ value: (PaperMetrics) -> Double) -> Double {
      results.reduce(0) { $0 + value($1) } / Double(results.count)
    }
    self.batchSize = size
    frechetDistance = mean(\.frechetDistance)
    correlation = mean(\.correlation)
    cosineDistance = mean(\.cosineDistance)
  }

  /// Whether the three metrics pass; the Kullback–Leibler divergence is looked at afterwards.
  public func admit(_ metrics: PaperMetrics) -> Bool {
    metrics.frechetDistance <= frechetDistance && metrics.correlation >= correlation
      && metrics.cosineDistance <= cosineDistance
  }
}

extension Matrix {
  /// A copy of `count` different rows, chosen at random.
  func batch(of count: Int, using stream: inout RandomStream) -> Matrix {
    let batch = Matrix(rows: count, columns: columnCount)
    for (row, index) in stream.permutation(rowCount)[0..<count].enumerated() {
      batch.rows(row..<row + 1).copy(from: rows(index..<index + 1))
    }
    return batch
  }
}
