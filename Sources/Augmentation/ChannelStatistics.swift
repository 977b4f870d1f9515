internal import Evaluation
internal import LinearAlgebra

/// The mean and the variance of a set of spectra at every channel.
struct ChannelStatistics {
  /// The number of spectra.
  let count: Int
  /// The mean, L.
  let mean: [Double]
  /// The variance (divisor n − 1), L.
  let variance: [Double]

  /// Takes all rows of `spectra`, n × L with n ≥ 2.
  init(_ spectra: Matrix) {
    let mean = meanSpectrum(of: spectra)
    var variance = [Double](repeating: 0, count: mean.count)
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      for j in mean.indices { variance[j] += (Double(x[j]) - mean[j]) * (Double(x[j]) - mean[j]) }
    }
    for j in mean.indices { variance[j] /= Double(spectra.rowCount - 1) }
    count = spectra.rowCount
    self.mean = mean
    self.variance = variance
  }
}
