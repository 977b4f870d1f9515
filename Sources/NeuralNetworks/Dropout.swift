public import LinearAlgebra

/// Inverted dropout: y = x · k / (1 − p), each k 0 with probability p and 1 otherwise.
///
/// Srivastava et al., J. Mach. Learn. Res. 15 (2014) 1929; the division keeps the mean, so that nothing
/// is scaled where the layer is off. Shapes: all rows × count. Has no parameters. k stays what
/// ``draw(_:)`` made it until the next draw. May work in place.
public final class Dropout: RandomLayer {
  private let count: Int
  private let factor: Float
  private let distribution: DiscreteDistribution
  private let kept: Matrix
  /// Whether anything is dropped; y = x otherwise, as in prediction.
  ///
  /// Not to be changed between a forward
  /// pass and its backward pass.
  public var isOn = true

  /// Creates a layer that drops the share p, 0 ≤ p < 1; `rows` is the largest batch.
  public init(rate: Double, count: Int, rows: Int) {
    precondition(rate >= 0 && rate < 1, "a dropout of \(rate)")
    self.count = count
    factor = Float(1 / (1 - rate))
    distribution = .bernoulli(1 - rate)
    kept = Matrix(rows: rows, columns: count)
    kept.fill(1)
  }

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Draws k anew.
  public func draw(_ stream: inout RandomStream) { stream.fill(kept, from: distribution) }

  /// y = x · k / (1 − p).
  public func forward(_ input: Matrix, into output: Matrix) { drop(input, into: output) }

  /// ∂L/∂x = ∂L/∂y · k / (1 − p).
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    if let inputGradient { drop(outputGradient, into: inputGradient) }
  }

  private func drop(_ x: Matrix, into y: Matrix) {
    guard isOn else { return y.copy(from: x) }
    for row in 0..<x.rowCount {
      let from = x.row(row)
      let to = y.row(row)
      let k = kept.row(row)
      for j in 0..<count { to[j] = from[j] * (factor * k[j]) }
    }
  }
}
