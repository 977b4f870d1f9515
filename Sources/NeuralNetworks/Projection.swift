public import LinearAlgebra

/// The orthogonal projection on a fixed affine subspace: y = μ + (x − μ) Pᵀ P.
///
/// Shapes: x and y are rows × n, μ is 1 × n, P is k × n with orthonormal rows. Has no parameters.
/// May work in place (`output` the same matrix as `input`).
public final class Projection: Layer {
  private let basis: Matrix
  private let complement: Matrix
  private let coefficients: Matrix

  /// n: the output is as wide as the input.
  public var outputCount: Int { basis.columnCount }

  /// Creates the projection; `rows` is the largest batch.
  public init(basis: Matrix, mean: Matrix, rows: Int) {
    precondition(
      mean.rowCount == 1 && mean.columnCount == basis.columnCount,
      "a mean of \(mean.rowCount) × \(mean.columnCount) for \(basis.columnCount) channels")
    self.basis = basis
    coefficients = Matrix(rows: rows, columns: basis.rowCount)
    // y = x Pᵀ P + (μ − μ Pᵀ P): the part of μ outside the subspace is a constant.
    let inside = Matrix(rows: 1, columns: basis.columnCount)
    let reduced = Matrix(rows: 1, columns: basis.rowCount)
    reduced.setProduct(mean, transposed: basis)
    inside.setProduct(reduced, basis)
    complement = Matrix(
      rows: 1, elements: zip(mean.elements, inside.elements).map { $0 - $1 })
  }

  /// y = μ + (x − μ) Pᵀ P.
  public func forward(_ input: Matrix, into output: Matrix) {
    project(input, into: output)
    Activation.identity.apply(to: output, bias: complement)
  }

  /// ∂L/∂x = g Pᵀ P: the projection is its own adjoint.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    if let inputGradient { project(outputGradient, into: inputGradient) }
  }

  private func project(_ x: Matrix, into y: Matrix) {
    let coefficients = coefficients.rows(0..<x.rowCount)
    coefficients.setProduct(x, transposed: basis)
    y.setProduct(coefficients, basis)
  }
}
