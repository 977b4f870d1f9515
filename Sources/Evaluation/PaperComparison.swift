public import LinearAlgebra

/// The paper's metrics of a generated set, beside those of real spectra against real ones.
public struct PaperComparison: Codable, Sendable, Equatable {
  /// The number of spectra in each group: the metrics need sets of equal size.
  public let groupSize: Int
  /// Generated against real groups, the mean of several draws.
  public let metrics: PaperMetrics
  /// The mean of real against real groups.
  public let real: PaperMetrics
  /// The smallest value of each metric between real groups.
  public let realLow: PaperMetrics
  /// The largest value of each metric between real groups.
  public let realHigh: PaperMetrics

  private static let drawCount = 8
  private static let splitCount = 20

  /// Draws groups of at most `largestGroup` spectra, n × L each; nil when a value is not finite.
  public init?(
    of generated: Matrix, against real: Matrix, largestGroup: Int,
    using stream: inout RandomStream
  ) {
    let size = min(largestGroup, real.rowCount / 2, generated.rowCount)
    var ours: [PaperMetrics] = []
    var theirs: [PaperMetrics] = []
    for draw in 0..<max(Self.drawCount, Self.splitCount) {
      let order = stream.permutation(real.rowCount)
      let first = real.rows(Array(order[0..<size]))
      let others = generated.rows(Array(stream.permutation(generated.rowCount)[0..<size]))
      if draw < Self.drawCount {
        guard let metrics = PaperMetrics(of: others, against: first) else { return nil }
        ours.append(metrics)
      }
      let second = real.rows(Array(order[size..<2 * size]))
      guard let metrics = PaperMetrics(of: second, against: first) else { return nil }
      theirs.append(metrics)
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    groupSize = size
    metrics = PaperMetrics(ours, mean)
    self.real = PaperMetrics(theirs, mean)
    realLow = PaperMetrics(theirs) { $0.min() ?? .nan }
    realHigh = PaperMetrics(theirs) { $0.max() ?? .nan }
  }
}

extension PaperMetrics {
  /// One number for each metric, from those of several comparisons.
  fileprivate init(_ all: [PaperMetrics], _ summary: ([Double]) -> Double) {
    let ratios = all.compactMap(\.signalToNoise)
    self.init(
      frechetDistance: summary(all.map(\.frechetDistance)),
      correlation: summary(all.map(\.correlation)),
      cosineDistance: summary(all.map(\.cosineDistance)),
      signalToNoise: ratios.isEmpty ? nil : summary(ratios),
      kullbackLeibler: summary(all.map(\.kullbackLeibler)))
  }
}
