internal import CKernels
public import LinearAlgebra

/// A fully connected layer with its activation: y = f(x Wᵀ + b).
///
/// Shapes: x is rows × inputs, W is outputs × inputs, b is 1 × outputs, y is rows × outputs.
public final class Dense: Layer {
  /// W, outputs × inputs.
  public let weight: Parameters.Tensor
  /// b, 1 × outputs.
  public let bias: Parameters.Tensor
  private let activation: Activation
  private var input = Matrix(rows: 0, columns: 0)
  private var output = Matrix(rows: 0, columns: 0)

  /// The number of outputs.
  public var outputCount: Int { weight.value.rowCount }

  /// Creates a layer with weights uniform in ±1/√inputs and biases 0.
  public init(
    _ name: String, inputs: Int, outputs: Int, activation: Activation, in parameters: Parameters,
    stream: inout RandomStream
  ) {
    weight = parameters.add("\(name).weight", rows: outputs, columns: inputs)
    bias = parameters.add("\(name).bias", rows: 1, columns: outputs)
    self.activation = activation
    weight.value.fillUniform(within: 1 / Float(inputs).squareRoot(), &stream)
  }

  /// y = f(x Wᵀ + b).
  public func forward(_ input: Matrix, into output: Matrix) {
    self.input = input
    self.output = output
    output.setProduct(input, transposed: weight.value)
    activation.apply(to: output, bias: bias.value)
  }

  /// ∂L/∂W = gᵀx, ∂L/∂b = Σ rows of g and ∂L/∂x = g W, with g = ∂L/∂y · f′ in place.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    activation.multiplyGradient(outputGradient, at: output)
    if parameters {
      weight.gradient.setProduct(transposed: outputGradient, input)
      bias.gradient.setColumnSums(of: outputGradient)
    }
    inputGradient?.setProduct(outputGradient, weight.value)
  }
}

extension Dense: ExportableLayer {
  /// Gemm and the activation.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    let w = graph.constant(weight.value, named: weight.name)
    let b = graph.constant(bias.value, named: bias.name)
    return activation.append(
      to: &graph, graph.apply("Gemm", [x, w, b], ["transB": .integer(1)]))
  }
}
