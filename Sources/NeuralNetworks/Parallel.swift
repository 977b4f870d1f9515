public import LinearAlgebra

/// Layers side by side: y = [f₁(x) | f₂(x) | …].
///
/// Shapes: x is rows × n, y is rows × the sum of the layers' outputs.
public final class Parallel: RandomLayer {
  private let layers: [any Layer]
  private let randomLayers: [any RandomLayer]
  private let columns: [Range<Int>]
  private let inputGradient: Matrix

  /// The outputs of all layers together.
  public let outputCount: Int

  /// Places layers of `inputs` columns side by side; `rows` is the largest batch.
  public init(_ layers: [any Layer], inputs: Int, rows: Int) {
    self.layers = layers
    randomLayers = layers.compactMap { $0 as? any RandomLayer }
    var columns: [Range<Int>] = []
    for layer in layers {
      let first = columns.last?.upperBound ?? 0
      columns.append(first..<first + layer.outputCount)
    }
    self.columns = columns
    outputCount = columns.last?.upperBound ?? 0
    inputGradient = Matrix(rows: rows, columns: inputs)
  }

  /// Draws the random numbers of the layers, in their order.
  public func draw(_ stream: inout RandomStream) {
    for layer in randomLayers { layer.draw(&stream) }
  }

  /// y = [f₁(x) | f₂(x) | …].
  public func forward(_ input: Matrix, into output: Matrix) {
    for index in layers.indices {
      layers[index].forward(input, into: output.columns(columns[index]))
    }
  }

  /// The sum of what every layer's chain rule gives.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    let share = inputGradient.map { self.inputGradient.rows(0..<$0.rowCount) }
    for index in layers.indices {
      layers[index].backward(
        outputGradient.columns(columns[index]), into: index == 0 ? inputGradient : share,
        parameters: parameters)
      if index > 0, let inputGradient, let share { inputGradient.add(share) }
    }
  }
}

extension Parallel: ExportableLayer {
  /// The operators of all layers, which must have some, and Concat.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    let outputs = layers.map { $0.exportable.append(to: &graph, x) }
    return graph.apply("Concat", outputs, ["axis": .integer(1)])
  }
}
