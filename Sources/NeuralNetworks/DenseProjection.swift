public import LinearAlgebra

/// A fully connected layer and the orthogonal projection of its output on a fixed affine subspace:
/// y = μ + (x Wᵀ + b − μ) Pᵀ P.
///
/// The same function, and the same gradients of W, b and x, as a ``Dense`` without activation before
/// that projection; but as x (P W)ᵀ P, whose products are k wide instead of n. Shapes: x is
/// rows × inputs, W is n × inputs, b and μ are 1 × n, P is k × n with orthonormal rows, y is rows × n.
public final class DenseProjection: Layer {
  /// W, n × inputs.
  public let weight: Parameters.Tensor
  /// b, 1 × n.
  public let bias: Parameters.Tensor
  private let basis: Matrix
  /// μ − μ Pᵀ P: the part of μ outside the subspace is a constant of y.
  private let complement: Matrix
  private let reducedWeight: Matrix
  private let reducedGradient: Matrix
  private let reducedBias: Matrix
  private let coefficients: Matrix
  private var input = Matrix(rows: 0, columns: 0)

  /// Creates a layer with weights uniform in ±1/√inputs and biases 0.
  ///
  /// `mean` is μ, and `rows` the largest batch.
  public init(
    _ name: String, inputs: Int, basis: Matrix, mean: Matrix, rows: Int,
    in parameters: Parameters, stream: inout RandomStream
  ) {
    precondition(
      mean.rowCount == 1 && mean.columnCount == basis.columnCount,
      "a mean of \(mean.rowCount) × \(mean.columnCount) for \(basis.columnCount) channels")
    weight = parameters.add("\(name).weight", rows: basis.columnCount, columns: inputs)
    bias = parameters.add("\(name).bias", rows: 1, columns: basis.columnCount)
    self.basis = basis
    let width = basis.rowCount
    reducedWeight = Matrix(rows: width, columns: inputs)
    reducedGradient = Matrix(rows: width, columns: inputs)
    reducedBias = Matrix(rows: 1, columns: width)
    coefficients = Matrix(rows: rows, columns: width)
    let inside = Matrix(rows: 1, columns: basis.columnCount)
    reducedBias.setProduct(mean, transposed: basis)
    inside.setProduct(reducedBias, basis)
    complement = Matrix(
      rows: 1, elements: zip(mean.elements, inside.elements).map { $0 - $1 })
    weight.value.fillUniform(within: 1 / Float(inputs).squareRoot(), &stream)
  }

  /// n.
  public var outputCount: Int { basis.columnCount }

  /// y = μ − μ Pᵀ P + (x (P W)ᵀ + b Pᵀ) P.
  public func forward(_ input: Matrix, into output: Matrix) {
    self.input = input
    let coefficients = coefficients.rows(0..<input.rowCount)
    reducedWeight.setProduct(basis, weight.value)
    reducedBias.setProduct(bias.value, transposed: basis)
    coefficients.setProduct(input, transposed: reducedWeight)
    Activation.identity.apply(to: coefficients, bias: reducedBias)
    output.setProduct(coefficients, basis)
    Activation.identity.apply(to: output, bias: complement)
  }

  /// With c = ∂L/∂y Pᵀ: ∂L/∂W = Pᵀ (cᵀ x), ∂L/∂b = (Σ rows of c) P and ∂L/∂x = c (P W).
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    let coefficients = coefficients.rows(0..<outputGradient.rowCount)
    coefficients.setProduct(outputGradient, transposed: basis)
    if parameters {
      reducedGradient.setProduct(transposed: coefficients, input)
      weight.gradient.setProduct(transposed: basis, reducedGradient)
      reducedBias.setColumnSums(of: coefficients)
      bias.gradient.setProduct(reducedBias, basis)
    }
    inputGradient?.setProduct(coefficients, reducedWeight)
  }
}

extension DenseProjection: ExportableLayer {
  /// Two Gemm: the coefficients x (P W)ᵀ + b Pᵀ, and what they stand for.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    reducedWeight.setProduct(basis, weight.value)
    reducedBias.setProduct(bias.value, transposed: basis)
    let w = graph.constant(reducedWeight, named: weight.name)
    let b = graph.constant(reducedBias, named: bias.name)
    let coefficients = graph.apply("Gemm", [x, w, b], ["transB": .integer(1)])
    return graph.apply(
      "Gemm", [coefficients, graph.constant(basis), graph.constant(complement)])
  }
}
