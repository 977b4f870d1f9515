internal import LinearAlgebra

/// The projection of a panel's usable spectra on principal components, and the norm after it.
///
/// Sendable unchecked: the matrix of components is only read.
struct Denoiser: @unchecked Sendable {
  private let components: Matrix
  private let mean: [Float]
  private let norm: PreprocessOptions.Norm
  private let channelWidth: Double

  init(_ pca: PCA, norm: PreprocessOptions.Norm, channelWidth: Double) {
    components = Matrix(rows: pca.count, elements: pca.components)
    mean = pca.mean
    self.norm = norm
    self.channelWidth = channelWidth
  }

  /// x ← μ + Σ_k ((x − μ)·v_k) v_k, then x ← x / max x; a maximum that is not positive is flagged.
  func apply(to panel: SpectrumPanel) {
    let rows = panel.usableRows
    guard !rows.isEmpty else { return }
    let spectra = panel.values
    let gathered = Matrix(rows: rows.count, columns: mean.count)
    let mean = mean.span
    for (index, row) in rows.enumerated() {
      let x = spectra.row(row)
      let y = gathered.row(index)
      for j in 0..<mean.count { y[j] = x[j] - mean[j] }
    }
    let scores = Matrix(rows: rows.count, columns: components.rowCount)
    scores.setProduct(gathered, transposed: components)
    gathered.setProduct(scores, components)
    for (index, row) in rows.enumerated() {
      let x = spectra.row(row)
      let y = gathered.row(index)
      for j in 0..<mean.count { x[j] = y[j] + mean[j] }
      if norm != .none, norm.divide(x, 0..<mean.count, channelWidth: channelWidth) == nil {
        panel.insert(.noSignal, row: row)
      }
    }
  }
}
