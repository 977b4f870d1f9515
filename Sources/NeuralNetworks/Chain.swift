public import LinearAlgebra

/// Layers one after the other, with the matrices between them: y = f_n(… f₂(f₁(x))).
///
/// Shapes: x is rows × the inputs of the first layer, y is rows × the outputs of the last. Every layer
/// has an output of its own, so that also those which may not work in place can stand here.
public final class Chain: RandomLayer {
  private let layers: [any Layer]
  private let randomLayers: [any RandomLayer]
  /// The output of every layer but the last, and ∂L/∂ of it.
  private let between: [Matrix]
  private let gradients: [Matrix]

  /// The outputs of the last layer.
  public let outputCount: Int

  /// Creates the chain of at least one layer; `rows` is the largest batch.
  public init(_ layers: [any Layer], rows: Int) {
    precondition(!layers.isEmpty, "a chain without layers")
    self.layers = layers
    randomLayers = layers.compactMap { $0 as? any RandomLayer }
    between = layers.dropLast().map { Matrix(rows: rows, columns: $0.outputCount) }
    gradients = layers.dropLast().map { Matrix(rows: rows, columns: $0.outputCount) }
    outputCount = layers[layers.count - 1].outputCount
  }

  /// Draws the random numbers of the layers, in their order.
  public func draw(_ stream: inout RandomStream) {
    for layer in randomLayers { layer.draw(&stream) }
  }

  /// y = f_n(… f₂(f₁(x))).
  public func forward(_ input: Matrix, into output: Matrix) {
    let rows = 0..<input.rowCount
    var x = input
    for index in layers.indices {
      let y = index < between.count ? between[index].rows(rows) : output
      layers[index].forward(x, into: y)
      x = y
    }
  }

  /// The chain rule from the last layer to the first.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    let rows = 0..<outputGradient.rowCount
    var g = outputGradient
    for index in layers.indices.reversed() {
      let dx = index > 0 ? gradients[index - 1].rows(rows) : inputGradient
      layers[index].backward(g, into: dx, parameters: parameters)
      if let dx { g = dx }
    }
  }
}

extension Chain: ExportableLayer {
  /// The operators of layer after layer, all of which must have some.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    layers.reduce(x) { x, layer in layer.exportable.append(to: &graph, x) }
  }
}
