public import LinearAlgebra

/// The noise level of a set of spectra: standard deviation of a channel, from second differences.
///
/// With y = x − (mean spectrum of the set), the mean over the spectra of
/// √(mean_j (y[j−1] − 2 y[j] + y[j+1])² / 6), times √(n/(n−1)) for the mean that was subtracted. For
/// white noise it is the noise's standard deviation; smooth differences between spectra hardly
/// count. Shape: n × L with n ≥ 2 and L ≥ 3.
public func highFrequencyNoise(of spectra: Matrix) -> Double {
  let n = spectra.rowCount
  let count = spectra.columnCount
  precondition(n > 1 && count > 2, "noise of \(n) spectra of \(count) channels")
  let mean = meanSpectrum(of: spectra)
  var sum = 0.0
  for i in 0..<n {
    let x = spectra.row(i)
    var squares = 0.0
    for j in 1..<count - 1 {
      let curvature =
        (Double(x[j - 1]) - mean[j - 1]) - 2 * (Double(x[j]) - mean[j])
        + (Double(x[j + 1]) - mean[j + 1])
      squares += curvature * curvature
    }
    sum += (squares / (6 * Double(count - 2))).squareRoot()
  }
  return sum / Double(n) * (Double(n) / Double(n - 1)).squareRoot()
}
