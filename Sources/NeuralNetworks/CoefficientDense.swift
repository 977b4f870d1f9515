public import LinearAlgebra

/// A fully connected layer on vectors of which it is given the coefficients: y = f(c B Wᵀ + b).
///
/// The same function, and the same gradients of W, b and c, as a ``Dense`` behind the map c B; but the
/// products are k wide instead of n, since c B Wᵀ = c (W Bᵀ)ᵀ. Shapes: c is rows × k, B is k × n, W is
/// outputs × n, y is rows × outputs.
public final class CoefficientDense: Layer {
  /// W, outputs × n.
  public let weight: Parameters.Tensor
  /// b, 1 × outputs.
  public let bias: Parameters.Tensor
  private let activation: Activation
  private let basis: Matrix
  private let reducedWeight: Matrix
  private let reducedGradient: Matrix
  private var input = Matrix(rows: 0, columns: 0)
  private var output = Matrix(rows: 0, columns: 0)

  /// The number of outputs.
  public var outputCount: Int { weight.value.rowCount }

  /// Creates a layer with weights uniform in ±1/√n and biases 0.
  public init(
    _ name: String, basis: Matrix, outputs: Int, activation: Activation, in parameters: Parameters,
    stream: inout RandomStream
  ) {
    weight = parameters.add("\(name).weight", rows: outputs, columns: basis.columnCount)
    bias = parameters.add("\(name).bias", rows: 1, columns: outputs)
    self.activation = activation
    self.basis = basis
    reducedWeight = Matrix(rows: outputs, columns: basis.rowCount)
    reducedGradient = Matrix(rows: outputs, columns: basis.rowCount)
    weight.value.fillUniform(within: 1 / Float(basis.columnCount).squareRoot(), &stream)
  }

  /// y = f(c (W Bᵀ)ᵀ + b).
  public func forward(_ input: Matrix, into output: Matrix) {
    self.input = input
    self.output = output
    reducedWeight.setProduct(weight.value, transposed: basis)
    output.setProduct(input, transposed: reducedWeight)
    activation.apply(to: output, bias: bias.value)
  }

  /// ∂L/∂W = (gᵀ c) B, ∂L/∂b = Σ rows of g and ∂L/∂c = g W Bᵀ, with g = ∂L/∂y · f′ in place.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    activation.multiplyGradient(outputGradient, at: output)
    if parameters {
      reducedGradient.setProduct(transposed: outputGradient, input)
      weight.gradient.setProduct(reducedGradient, basis)
      bias.gradient.setColumnSums(of: outputGradient)
    }
    inputGradient?.setProduct(outputGradient, reducedWeight)
  }
}
