public import LinearAlgebra
internal import NeuralNetworks

/// The shared components as one class sees them: its spectra lie around a centre and scatter along
/// each component.
///
/// With the components P (k × L, orthonormal rows), the centre μ (1 × L) and the standard deviations
/// σ (1 × k), the standardised coefficients c (rows × k) stand for the spectra μ + (c ⊙ σ) P, ⊙ column
/// by column.
public struct ClassComponents: Codable, Sendable, Equatable {
  /// P.
  public let basis: SharedBasis
  /// μ, the class's smoothed mean over its maximum.
  @Archived public private(set) var centre: [Float]
  /// σ, of the class's spectra along each component.
  @Archived public private(set) var scatter: [Float]

  /// Measures σ of the class's spectra, n × L, around their mean.
  ///
  /// A component along which they do not scatter counts as a thousandth of the largest.
  package init(_ basis: SharedBasis, centre: [Float], spectra: Matrix, mean: [Double]) {
    let centred = Matrix(rows: spectra.rowCount, columns: spectra.columnCount)
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      let y = centred.row(i)
      for j in mean.indices { y[j] = Float(Double(x[j]) - mean[j]) }
    }
    let coefficients = Matrix(rows: spectra.rowCount, columns: basis.componentCount)
    coefficients.setProduct(centred, transposed: basis.matrix)
    let deviations = ChannelStatistics(coefficients).variance.map { Float($0.squareRoot()) }
    let smallest = 1e-3 * (deviations.max() ?? 0)
    self.basis = basis
    self.centre = centre
    scatter = deviations.map { max($0, smallest) }
  }

  /// The spectra of coefficients: y = μ + (c ⊙ σ) P.
  var decoding: AffineMap { map(scale: 1, offset: centre) }

  /// The patterns of coefficients, of unit mean square: y = (c ⊙ σ) P √L / |σ|.
  var pattern: AffineMap {
    let square = scatter.reduce(0) { $0 + $1 * $1 }
    return map(
      scale: (Float(basis.channelCount) / square).squareRoot(),
      offset: Array(repeating: 0, count: basis.channelCount))
  }

  /// The components, each times the scatter along it: σ ⊙ P, row by row.
  var scaledBasis: Matrix {
    let matrix = basis.matrix
    for k in 0..<matrix.rowCount { matrix.rows(k..<k + 1).multiply(by: scatter[k]) }
    return matrix
  }

  /// What a map of the coefficients adds to those of spectra around the centre: y = (x − μ) Pᵀ (A − 1)ᵀ, for
  /// A k × k; nil for A = 1.
  func change(by map: [Float]) -> AffineMap? {
    let count = basis.componentCount
    var change = map
    for k in 0..<count { change[k * count + k] -= 1 }
    if change.allSatisfy({ $0 == 0 }) { return nil }
    let matrix = Matrix(rows: count, columns: basis.channelCount)
    matrix.setProduct(Matrix(rows: count, elements: change), basis.matrix)
    let offset = Matrix(rows: 1, columns: count)
    offset.setProduct(Matrix(rows: 1, elements: centre), transposed: matrix)
    offset.multiply(by: -1)
    return AffineMap(matrix, offset: offset)
  }

  private func map(scale: Float, offset: [Float]) -> AffineMap {
    let matrix = Matrix(rows: basis.channelCount, columns: basis.componentCount)
    let p = scaledBasis
    for j in 0..<matrix.rowCount {
      for k in 0..<matrix.columnCount { matrix[j, k] = scale * p[k, j] }
    }
    return AffineMap(matrix, offset: Matrix(rows: 1, elements: offset))
  }

  /// The standardised coefficients of spectra around their own mean m: c = ((x − m) Pᵀ) ⊘ σ.
  func standardising(around mean: [Float]) -> AffineMap {
    let matrix = Matrix(rows: basis.componentCount, columns: basis.channelCount)
    matrix.copy(from: basis.components)
    for k in 0..<matrix.rowCount { matrix.rows(k..<k + 1).multiply(by: 1 / scatter[k]) }
    let offset = Matrix(rows: 1, columns: matrix.rowCount)
    offset.setProduct(Matrix(rows: 1, elements: mean), transposed: matrix)
    offset.multiply(by: -1)
    return AffineMap(matrix, offset: offset)
  }
}
