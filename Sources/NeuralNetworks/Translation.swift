public import LinearAlgebra

/// Translation of a whole batch by one whole number of channels.
///
/// y[i, j] = x[i, j − k], the first or last channel repeated beyond the ends; |k| uniform in `reach`,
/// either sign. Shapes: rows × n. Has no parameters. k stays what ``draw(_:)`` made it until the next
/// draw, and is 0 before the first. May not work in place.
public final class Translation: RandomLayer {
  private let count: Int
  private let reach: ClosedRange<Int>
  private var shift = 0

  /// Creates a layer of `count` columns.
  public init(reach: ClosedRange<Int>, count: Int) {
    precondition(
      reach.lowerBound >= 0 && reach.upperBound < count,
      "a shift of \(reach) on \(count) channels")
    self.reach = reach
    self.count = count
  }

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Draws k anew.
  public func draw(_ stream: inout RandomStream) {
    let size = reach.lowerBound + stream.index(below: reach.count)
    shift = stream.index(below: 2) == 0 ? size : -size
  }

  /// y[i, j] = x[i, j − k].
  public func forward(_ input: Matrix, into output: Matrix) {
    let moved = count - abs(shift)
    for row in 0..<input.rowCount {
      let x = input.row(row)
      let y = output.row(row)
      if shift >= 0 {
        y.update(repeating: x[0], count: shift)
        (y + shift).update(from: x, count: moved)
      } else {
        y.update(from: x - shift, count: moved)
        (y + moved).update(repeating: x[count - 1], count: -shift)
      }
    }
  }

  /// The adjoint: every output channel's gradient goes back to the channel it came from.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    guard let inputGradient else { return }
    inputGradient.fill(0)
    addAdjoint(of: outputGradient, to: inputGradient)
  }

  /// Adds the adjoint of the shift, applied to `outputGradient`, to `inputGradient`.
  public func addAdjoint(of outputGradient: Matrix, to inputGradient: Matrix) {
    let moved = count - abs(shift)
    for row in 0..<outputGradient.rowCount {
      let g = outputGradient.row(row)
      let dx = inputGradient.row(row)
      if shift >= 0 {
        for j in 0..<shift { dx[0] += g[j] }
        for j in 0..<moved { dx[j] += g[shift &+ j] }
      } else {
        for j in 0..<moved { dx[j &- shift] += g[j] }
        for j in moved..<count { dx[count - 1] += g[j] }
      }
    }
  }
}

extension Translation: ExportableLayer {
  /// Nothing: only where noise is off.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    precondition(graph.deviatePrefix == nil, "a translation as operators")
    return x
  }
}
