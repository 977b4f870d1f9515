internal import LinearAlgebra

/// Noise along the shared components on everything that the discriminator sees, real and generated.
///
/// x + η Σ_k σ_k ε_k p_k with the components p_k, the standard deviation σ_k of the real spectra along
/// each, and normal ε. Spectra with little noise lie on a thin sheet that generated ones miss: a
/// discriminator then tells them apart without fail, and teaches nothing. Noise makes the two
/// distributions overlap (Arjovsky & Bottou, arXiv 1701.04862; Sønderby et al., arXiv 1610.04490).
final class InstanceNoise {
  /// η σ_k p_k, k × L.
  private let directions: Matrix
  private let deviates: Matrix

  /// Measures σ of the real spectra, n × L, around their mean; `rows` is the largest batch.
  init(of real: Matrix, mean: [Double], basis: SharedBasis, share: Float, rows: Int) {
    let centred = Matrix(rows: real.rowCount, columns: real.columnCount)
    for i in 0..<real.rowCount {
      let x = real.row(i)
      let y = centred.row(i)
      for j in 0..<real.columnCount { y[j] = Float(Double(x[j]) - mean[j]) }
    }
    let coefficients = Matrix(rows: real.rowCount, columns: basis.componentCount)
    coefficients.setProduct(centred, transposed: basis.matrix)
    let statistics = ChannelStatistics(coefficients)
    directions = Matrix(rows: basis.componentCount, columns: basis.channelCount)
    directions.copy(from: basis.matrix)
    for k in 0..<basis.componentCount {
      directions.rows(k..<k + 1).multiply(by: share * Float(statistics.variance[k].squareRoot()))
    }
    deviates = Matrix(rows: rows, columns: basis.componentCount)
  }

  /// Adds noise to every row; a constant to the chain rule.
  func add(to views: Matrix, _ stream: inout RandomStream) {
    let deviates = deviates.rows(0..<views.rowCount)
    stream.fillNormal(deviates)
    views.setProduct(deviates, directions, adding: true)
  }
}
