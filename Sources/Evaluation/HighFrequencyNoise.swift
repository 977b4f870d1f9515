public import LinearAlgebra

/// The noise level of a set of spectra: standard deviation of a channel, from second differences.
///
/// With y = x − (mean spectrum of the set), the median over the spectra of
/// √(mean_j (y[j−1] − 2 y[j] + y[j+1])² / 6), times √(n/(n−1)) for the mean that was subtracted. For
/// white noise it is the noise's standard deviation; smooth differences between spectra hardly
/// count, nor do the few spectra of an image that are all noise. Shape: n × L with n ≥ 2 and L ≥ 3.
public func highFrequencyNoise(of spectra: Matrix) -> Double {
  let n = spectra.rowCount
  let count = spectra.columnCount
  precondition(n > 1 && count > 2, "noise of \(n) spectra of \(count) channels")
  let mean = meanSpectrum(of: spectra)
  var levels: [Double] = []
  for i in 0..<n {
    let x = spectra.row(i)
    var squares = 0.0
    for j in 1..<count - 1 {
      let curvature =
        (Double(x[j - 1]) - mean[j - 1]) - 2 * (Double(x[j]) - mean[j])
        + (Double(x[j + 1]) - mean[j + 1])
      squares += curvature * curvature
    }
    levels.append((squares / (6 * Double(count - 2))).squareRoot())
  }
  levels.sort()
  let median = (levels[(n - 1) / 2] + levels[n / 2]) / 2
  return median * (Double(n) / Double(n - 1)).squareRoot()
}
