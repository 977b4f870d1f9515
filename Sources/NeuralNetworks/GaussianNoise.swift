public import LinearAlgebra

/// Additive normal noise: y = x + σ ε.
///
/// Shapes: all rows × count. Has no parameters. ε stays what ``draw(_:)`` made it until the next
/// draw. May work in place.
public final class GaussianNoise: RandomLayer {
  private let count: Int
  private let deviation: Float
  private let deviates: Matrix

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Creates a layer of standard deviation σ; `rows` is the largest batch.
  public init(deviation: Float, count: Int, rows: Int) {
    self.deviation = deviation
    self.count = count
    deviates = Matrix(rows: rows, columns: count)
  }

  /// Draws ε anew.
  public func draw(_ stream: inout RandomStream) { stream.fillNormal(deviates) }

  /// y = x + σ ε.
  public func forward(_ input: Matrix, into output: Matrix) {
    for row in 0..<input.rowCount {
      let x = input.row(row)
      let y = output.row(row)
      let e = deviates.row(row)
      for j in 0..<count { y[j] = x[j] + deviation * e[j] }
    }
  }

  /// ∂L/∂x = ∂L/∂y.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    inputGradient?.copy(from: outputGradient)
  }
}

extension GaussianNoise: ExportableLayer {
  /// x + σ ε, ε an input.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    guard let deviates = graph.deviates("noise", count: count) else { return x }
    return graph.apply(
      "Add", [x, graph.apply("Mul", [deviates, graph.constant(deviation)])])
  }
}
