public import LinearAlgebra

/// The noise level of a set of spectra: standard deviation of a channel, from second differences.
///
/// The median of ``noiseLevels(of:)``, times √(n/(n−1)) for the mean that was subtracted. For white
/// noise it is the noise's standard deviation; smooth differences between spectra hardly count, nor do
/// the few spectra of an image that are all noise. Shape: n × L with n ≥ 2 and L ≥ 3.
public func highFrequencyNoise(of spectra: Matrix) -> Double {
  let n = Double(spectra.rowCount)
  return quantile(0.5, of: noiseLevels(of: spectra).sorted()) * (n / (n - 1)).squareRoot()
}

/// The noise level of every spectrum of a set.
///
/// With y = x − (mean spectrum of the set), √(mean_j (y[j−1] − 2 y[j] + y[j+1])² / 6). Shape: n × L
/// with n ≥ 2 and L ≥ 3.
public func noiseLevels(of spectra: Matrix) -> [Double] {
  let count = spectra.columnCount
  precondition(
    spectra.rowCount > 1 && count > 2, "noise of \(spectra.rowCount) spectra of \(count) channels")
  let mean = meanSpectrum(of: spectra)
  return (0..<spectra.rowCount).map { i in
    let x = spectra.row(i)
    var squares = 0.0
    for j in 1..<count - 1 {
      let curvature =
        (Double(x[j - 1]) - mean[j - 1]) - 2 * (Double(x[j]) - mean[j])
        + (Double(x[j + 1]) - mean[j + 1])
      squares += curvature * curvature
    }
    return (squares / (6 * Double(count - 2))).squareRoot()
  }
}

/// How unequal the noise levels of a set are: the quotient of their 84 % and 16 % quantiles, for a
/// lognormal distribution e to the power of two standard deviations.
func spread(ofNoiseLevels levels: [Double]) -> Double {
  let sorted = levels.sorted()
  return quantile(0.84, of: sorted) / max(quantile(0.16, of: sorted), .leastNormalMagnitude)
}

/// The value below which the share `probability` of the sorted values lies, linearly interpolated.
package func quantile(_ probability: Double, of sorted: [Double]) -> Double {
  precondition(probability >= 0 && probability <= 1, "a quantile at \(probability)")
  let position = probability * Double(sorted.count - 1)
  let lower = Int(position)
  let upper = min(lower + 1, sorted.count - 1)
  return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
}
