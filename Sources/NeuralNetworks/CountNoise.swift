public import LinearAlgebra

/// Counts that do not depend on the signal: y = x + scale · k, k Poisson of mean λ.
///
/// Adds scale · λ on average (unlike ``PoissonNoise``, which has the mean 0 and follows the signal).
/// Shapes: all rows × count. Has no parameters. k stays what ``draw(_:)`` made it until the next draw.
/// May work in place.
public final class CountNoise: RandomLayer {
  private let count: Int
  private let scale: Float
  private let distribution: DiscreteDistribution
  private let counts: Matrix

  /// Creates a layer of the mean λ > 0; `rows` is the largest batch.
  public init(mean: Double, scale: Float, count: Int, rows: Int) {
    self.count = count
    self.scale = scale
    distribution = .poisson(mean)
    counts = Matrix(rows: rows, columns: count)
  }

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Draws k anew.
  public func draw(_ stream: inout RandomStream) { stream.fill(counts, from: distribution) }

  /// y = x + scale · k.
  public func forward(_ input: Matrix, into output: Matrix) {
    for row in 0..<input.rowCount {
      let x = input.row(row)
      let y = output.row(row)
      let k = counts.row(row)
      for j in 0..<count { y[j] = x[j] + scale * k[j] }
    }
  }

  /// ∂L/∂x = ∂L/∂y.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    inputGradient?.copy(from: outputGradient)
  }
}

extension CountNoise: ExportableLayer {
  /// Nothing: only where noise is off.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    precondition(graph.deviatePrefix == nil, "counts as operators")
    return x
  }
}
