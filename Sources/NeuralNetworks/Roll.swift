public import LinearAlgebra

/// Translation of a hidden layer: all rows rotated by the same whole number of columns.
///
/// y[i, j] = x[i, j − k mod n], with k uniform in −reach … reach. Shapes: rows × n. Has no
/// parameters. k stays what ``draw(_:)`` made it until the next draw. May not work in place.
public final class Roll: RandomLayer {
  private let count: Int
  private let reach: Int
  private var shift = 0

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Creates a layer of `count` columns.
  public init(reach: Int, count: Int) {
    precondition(reach >= 0 && reach < count, "a roll of ±\(reach) on \(count) columns")
    self.reach = reach
    self.count = count
  }

  /// Draws k anew.
  public func draw(_ stream: inout RandomStream) {
    shift = stream.index(below: 2 * reach + 1) - reach
  }

  /// y[i, j] = x[i, j − k mod n].
  public func forward(_ input: Matrix, into output: Matrix) {
    rotate(input, by: shift, into: output)
  }

  /// The rotation back.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    if let inputGradient { rotate(outputGradient, by: -shift, into: inputGradient) }
  }

  private func rotate(_ x: Matrix, by shift: Int, into y: Matrix) {
    let head = ((shift % count) + count) % count
    for row in 0..<x.rowCount {
      let from = x.row(row)
      let to = y.row(row)
      (to + head).update(from: from, count: count - head)
      to.update(from: from + (count - head), count: head)
    }
  }
}

extension Roll: ExportableLayer {
  /// A roll of its own for every row, by the probability of a deviate: rows × 1.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    guard reach > 0, let deviate = graph.deviates("roll", count: 1) else { return x }
    let choices = graph.constant(Float(2 * reach + 1))
    let chosen = graph.apply(
      "Floor", [graph.apply("Mul", [graph.probability(of: deviate), choices])])
    // The probability may be rounded to 1.
    let index = graph.whole(graph.apply("Min", [chosen, graph.constant(Float(2 * reach))]))
    let columns = graph.constant(integers: Array(reach..<reach + count))
    let source = graph.apply(
      "Mod", [graph.apply("Sub", [columns, index]), graph.constant(integers: [count])])
    return graph.apply("GatherElements", [x, source], ["axis": .integer(1)])
  }
}
