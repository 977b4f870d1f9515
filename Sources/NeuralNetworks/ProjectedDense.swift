public import LinearAlgebra

/// A fully connected layer that sees its input through a fixed basis: y = f((x Pᵀ)(W Pᵀ)ᵀ + b).
///
/// The same function, and the same gradients of W, b and x, as a ``Projection`` (without a mean)
/// followed by a ``Dense``, since x Pᵀ P Wᵀ = (x Pᵀ)(W Pᵀ)ᵀ; but the products are k wide instead of
/// n. Shapes: x is rows × n, P is k × n with orthonormal rows, W is outputs × n, y is
/// rows × outputs.
public final class ProjectedDense: Layer {
  /// W, outputs × inputs.
  public let weight: Parameters.Tensor
  /// b, 1 × outputs.
  public let bias: Parameters.Tensor
  private let activation: Activation
  private let basis: Matrix
  private let coefficients: Matrix
  private let coefficientGradient: Matrix
  private let reducedWeight: Matrix
  private let reducedGradient: Matrix
  private var output = Matrix(rows: 0, columns: 0)

  /// The number of outputs.
  public var outputCount: Int { weight.value.rowCount }

  /// Creates a layer with weights uniform in ±1/√n and biases 0.
  ///
  /// `rows` is the largest batch.
  public init(
    _ name: String, basis: Matrix, outputs: Int, activation: Activation, rows: Int,
    in parameters: Parameters, stream: inout RandomStream
  ) {
    weight = parameters.add("\(name).weight", rows: outputs, columns: basis.columnCount)
    bias = parameters.add("\(name).bias", rows: 1, columns: outputs)
    self.activation = activation
    self.basis = basis
    coefficients = Matrix(rows: rows, columns: basis.rowCount)
    coefficientGradient = Matrix(rows: rows, columns: basis.rowCount)
    reducedWeight = Matrix(rows: outputs, columns: basis.rowCount)
    reducedGradient = Matrix(rows: outputs, columns: basis.rowCount)
    weight.value.fillUniform(within: 1 / Float(basis.columnCount).squareRoot(), &stream)
  }

  /// y = f((x Pᵀ)(W Pᵀ)ᵀ + b).
  public func forward(_ input: Matrix, into output: Matrix) {
    self.output = output
    let coefficients = coefficients.rows(0..<input.rowCount)
    coefficients.setProduct(input, transposed: basis)
    reducedWeight.setProduct(weight.value, transposed: basis)
    output.setProduct(coefficients, transposed: reducedWeight)
    activation.apply(to: output, bias: bias.value)
  }

  /// ∂L/∂W = (gᵀ x Pᵀ) P, ∂L/∂b = Σ rows of g and ∂L/∂x = (g W Pᵀ) P, with g = ∂L/∂y · f′.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    activation.multiplyGradient(outputGradient, at: output)
    let rows = 0..<outputGradient.rowCount
    if parameters {
      reducedGradient.setProduct(transposed: outputGradient, coefficients.rows(rows))
      weight.gradient.setProduct(reducedGradient, basis)
      bias.gradient.setColumnSums(of: outputGradient)
    }
    if let inputGradient {
      coefficientGradient.rows(rows).setProduct(outputGradient, reducedWeight)
      inputGradient.setProduct(coefficientGradient.rows(rows), basis)
    }
  }
}
