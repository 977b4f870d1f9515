internal import LinearAlgebra

/// What components of other spectra leave of these: noise alone, or a shape that they lack.
///
/// The mean of the residuals over n spectra is noise of σ/√n, σ² their mean square. Its root mean
/// square is a misfit when it is larger than twice that and than a tenth of σ: less would not be seen in
/// a single spectrum.
struct ComponentMisfit {
  private var sum: [Double]
  private var squares = 0.0
  private var count = 0

  init(channels: Int) { sum = Array(repeating: 0, count: channels) }

  /// Adds the residuals of some spectra, one a row.
  mutating func add(_ residuals: Matrix) {
    for row in 0..<residuals.rowCount {
      let r = residuals.row(row)
      for j in sum.indices {
        let value = Double(r[j])
        sum[j] += value
        squares += value * value
      }
    }
    count += residuals.rowCount
  }

  /// A sentence when the components do not describe the spectra.
  var warning: String? {
    guard count > 0 else { return nil }
    let n = Double(count)
    let channels = Double(sum.count)
    let noise = (squares / n / channels).squareRoot()
    let mean = (sum.reduce(0) { $0 + $1 * $1 } / n / n / channels).squareRoot()
    guard mean > 2 * noise / n.squareRoot(), mean > 0.1 * noise else { return nil }
    return "the components of the other file do not describe these spectra: what they leave is not "
      + "noise alone, on average \(decimal(100 * mean / noise)) % of its size; look for a shift of the "
      + "energy scale or another specimen, or give --pca for components of their own"
  }
}
