public import LinearAlgebra

/// How far a generated set's mean spectrum is from the real one's, in standard errors.
///
/// e[j] = |mean_g[j] − mean_r[j]| / (s_r[j] / √m), with s_r the standard deviation of the real spectra
/// at channel j (divisor n − 1) and m the number of spectra whose standard error is the measure. A
/// channel where the real spectra do not differ counts as 0 when the means agree there, as ∞ when
/// they do not.
public struct MeanSpectrumError: Sendable {
  /// e, one a channel.
  public let standardErrors: [Double]

  /// Compares `generated`, m × L, to `real`, n × L with n ≥ 2.
  ///
  /// `count` is the number of spectra whose standard error is the measure; the real ones' if nil.
  public init(of generated: Matrix, against real: Matrix, count: Int? = nil) {
    precondition(
      generated.columnCount == real.columnCount && real.rowCount > 1,
      "\(generated.columnCount) channels against \(real.rowCount) × \(real.columnCount)")
    let theirs = meanSpectrum(of: generated)
    let ours = meanSpectrum(of: real)
    var squares = [Double](repeating: 0, count: ours.count)
    for i in 0..<real.rowCount {
      let x = real.row(i)
      for j in ours.indices { squares[j] += (Double(x[j]) - ours[j]) * (Double(x[j]) - ours[j]) }
    }
    let spectra = Double((count ?? real.rowCount) * (real.rowCount - 1))
    standardErrors = ours.indices.map { j in
      let difference = abs(theirs[j] - ours[j])
      return difference == 0 ? 0 : difference / (squares[j] / spectra).squareRoot()
    }
  }

  /// The share of the channels with an error of at most `limit` standard errors.
  public func share(within limit: Double) -> Double {
    Double(standardErrors.count { $0 <= limit }) / Double(standardErrors.count)
  }
}

/// The mean over the spectra of a set, one number a channel, summed in Double.
public func meanSpectrum(of spectra: Matrix) -> [Double] {
  var mean = [Double](repeating: 0, count: spectra.columnCount)
  for i in 0..<spectra.rowCount {
    let x = spectra.row(i)
    for j in mean.indices { mean[j] += Double(x[j]) }
  }
  for j in mean.indices { mean[j] /= Double(spectra.rowCount) }
  return mean
}
