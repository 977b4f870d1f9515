public import LinearAlgebra

/// A fixed affine map: y = x Aᵀ + b.
///
/// Shapes: x is rows × n, A is m × n, b is 1 × m, y is rows × m. Has no parameters.
public final class AffineMap: Layer {
  private let matrix: Matrix
  private let offset: Matrix

  /// m.
  public var outputCount: Int { matrix.rowCount }

  /// Creates the map of A and b.
  public init(_ matrix: Matrix, offset: Matrix) {
    precondition(
      offset.rowCount == 1 && offset.columnCount == matrix.rowCount,
      "an offset of \(offset.rowCount) × \(offset.columnCount) for \(matrix.rowCount) outputs")
    self.matrix = matrix
    self.offset = offset
  }

  /// y = x Aᵀ + b.
  public func forward(_ input: Matrix, into output: Matrix) {
    output.setProduct(input, transposed: matrix)
    Activation.identity.apply(to: output, bias: offset)
  }

  /// ∂L/∂x = g A.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    inputGradient?.setProduct(outputGradient, matrix)
  }
}

extension AffineMap: ExportableLayer {
  /// Gemm.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    let (a, b) = (graph.constant(matrix), graph.constant(offset))
    return graph.apply("Gemm", [x, a, b], ["transB": .integer(1)])
  }
}
