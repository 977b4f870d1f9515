internal import LinearAlgebra

/// Noise along the shared components on everything that the discriminators see, real and generated.
///
/// x + η Σ_k σ_k ε_k p_k with the components p_k, the standard deviation σ_k of the real spectra along
/// each, and normal ε. Spectra with little noise lie on a thin sheet that generated ones miss: a
/// discriminator then tells them apart without fail, and teaches nothing. Noise makes the two
/// distributions overlap (Arjovsky & Bottou, arXiv 1701.04862; Sønderby et al., arXiv 1610.04490).
final class InstanceNoise {
  /// η σ_k p_k, k × L.
  private let directions: Matrix
  private let deviates: Matrix

  /// Takes σ and p of the class's components; `share` is η and `rows` the largest batch.
  init(_ components: ClassComponents, share: Float, rows: Int) {
    directions = components.basis.matrix
    for (k, deviation) in components.scatter.enumerated() {
      directions.rows(k..<k + 1).multiply(by: share * deviation)
    }
    deviates = Matrix(rows: rows, columns: directions.rowCount)
  }

  /// Adds noise to every row; a constant to the chain rule.
  func add(to views: Matrix, _ stream: inout RandomStream) {
    let deviates = deviates.rows(0..<views.rowCount)
    stream.fillNormal(deviates)
    views.setProduct(deviates, directions, adding: true)
  }
}
