internal import LinearAlgebra

/// The projection of a panel's usable spectra on principal components, and the norm after it.
///
/// Sendable unchecked: the matrices are only read.
struct Denoiser: @unchecked Sendable {
  private let projectors: Matrix
  private let factors: Matrix
  private let norm: PreprocessOptions.Norm
  private let channelWidth: Double

  init(_ pca: PCA, norm: PreprocessOptions.Norm, channelWidth: Double) {
    projectors = Matrix(rows: pca.count, elements: pca.projectors)
    factors = Matrix(rows: pca.count, elements: pca.factors)
    self.norm = norm
    self.channelWidth = channelWidth
  }

  /// x ← Σ_k s_k p_k with the scores s, then x ← x / d with the norm d of the denoised spectrum; one
  /// that has none is flagged.
  ///
  /// With `keepsResiduals`, the panel gets x − Σ_k s_k p_k, one usable spectrum a row.
  ///
  /// Returns the loadings s/d, one spectrum a row; those of unusable spectra are NaN, as HyperSpy has
  /// them for pixels outside its navigation mask.
  func apply(to panel: SpectrumPanel, keepsResiduals: Bool = false) -> Matrix {
    let rows = panel.usableRows
    let spectra = panel.values
    let loadings = Matrix(rows: spectra.rowCount, columns: factors.rowCount)
    loadings.fill(.nan)
    guard !rows.isEmpty else { return loadings }
    let channels = factors.columnCount
    let gathered = Matrix(rows: rows.count, columns: channels)
    for (index, row) in rows.enumerated() {
      gathered.row(index).update(from: spectra.row(row), count: channels)
    }
    let scores = Matrix(rows: rows.count, columns: factors.rowCount)
    scores.setProduct(gathered, transposed: projectors)
    gathered.setProduct(scores, factors)
    if keepsResiduals {
      let residuals = Matrix(rows: rows.count, columns: channels)
      for (index, row) in rows.enumerated() {
        let (x, y, r) = (spectra.row(row), gathered.row(index), residuals.row(index))
        for j in 0..<channels { r[j] = x[j] - y[j] }
      }
      panel.residuals = residuals
    }
    for (index, row) in rows.enumerated() {
      let x = spectra.row(row)
      x.update(from: gathered.row(index), count: channels)
      var divisor: Float = 1
      if norm != .none {
        if let found = norm.divide(x, 0..<channels, channelWidth: channelWidth) {
          divisor = found
        } else {
          panel.insert(.noSignal, row: row)
        }
      }
      let score = scores.row(index)
      let loading = loadings.row(row)
      for k in 0..<scores.columnCount { loading[k] = score[k] / divisor }
    }
    return loadings
  }
}
