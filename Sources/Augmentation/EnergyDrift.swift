internal import Evaluation
package import LinearAlgebra

/// How far the spectra of a class are shifted against each other along the energy axis.
package struct EnergyDrift {
  /// The standard deviation of the shifts, channels.
  package let deviation: Double

  /// Measures the shifts of the spectra of one class, n × L.
  ///
  /// A shift s and a change of height c turn the class's mean μ into μ − s μ′ + c μ, to first order.
  /// Least squares give s and c of every spectrum (μ smoothed by 2 channels, μ′ its central
  /// difference). Their spread is the interquartile range / 1.349, which a few odd spectra do not
  /// move; the part of it that the noise makes, σ² (AᵀA)⁻¹, is subtracted.
  package init(of spectra: Matrix) {
    let count = spectra.columnCount
    let mean = GaussianSmoothing(width: 2)(meanSpectrum(of: spectra))
    let slope = mean.indices.map {
      (mean[min($0 + 1, count - 1)] - mean[max($0 - 1, 0)]) / 2
    }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let (mm, ms, ss) = (dot(mean, mean), dot(mean, slope), dot(slope, slope))
    let determinant = mm * ss - ms * ms
    guard determinant > 1e-12 * mm * ss, mm > 0 else {
      deviation = 0
      return
    }
    var shifts: [Double] = []
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      var (dm, ds) = (0.0, 0.0)
      for j in 0..<count {
        let difference = Double(x[j]) - mean[j]
        dm += difference * mean[j]
        ds += difference * slope[j]
      }
      shifts.append(-(mm * ds - ms * dm) / determinant)
    }
    shifts.sort()
    let spread = (shifts[shifts.count * 3 / 4] - shifts[shifts.count / 4]) / 1.349
    let noise = highFrequencyNoise(of: spectra)
    deviation = max(spread * spread - noise * noise * mm / determinant, 0).squareRoot()
  }
}
