public import LinearAlgebra

/// The features in which sets of spectra are compared: coordinates along fixed components.
///
/// f = (x − μ) Pᵀ. Shapes: x is n × L, μ is 1 × L, P is d × L with orthonormal rows, f is n × d.
/// One basis must serve both sets of a comparison. Components of one class's own spectra contain
/// their noise and flatter them; take components that several classes share, or smoothed ones.
public struct SpectralFeatures {
  /// μ, 1 × L.
  public let mean: Matrix
  /// P, d × L.
  public let components: Matrix

  /// Creates the features of a mean and orthonormal components.
  public init(mean: Matrix, components: Matrix) {
    precondition(
      mean.rowCount == 1 && mean.columnCount == components.columnCount,
      "a mean of \(mean.rowCount) × \(mean.columnCount) for \(components.columnCount) channels")
    self.mean = mean
    self.components = components
  }

  /// The features of every spectrum, n × d.
  public func features(of spectra: Matrix) -> Matrix {
    let centred = Matrix(rows: spectra.rowCount, columns: spectra.columnCount)
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      let y = centred.row(i)
      let m = mean.start
      for j in 0..<spectra.columnCount { y[j] = x[j] - m[j] }
    }
    let features = Matrix(rows: spectra.rowCount, columns: components.rowCount)
    features.setProduct(centred, transposed: components)
    return features
  }
}
