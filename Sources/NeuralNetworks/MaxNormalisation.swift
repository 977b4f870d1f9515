internal import CKernels
public import LinearAlgebra

/// Division of each row by its maximum: y = x / max(max x, floor).
///
/// The floor keeps a row without a positive signal finite. Shapes: rows × count. Has no parameters.
/// May work in place.
public final class MaxNormalisation: Layer {
  private let count: Int
  private let floor: Float
  private var divisors: [Float]
  /// The channel of the maximum, or −1 where the floor was the divisor.
  private var peaks: [Int]
  private var output = Matrix(rows: 0, columns: 0)

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Creates a layer; `rows` is the largest batch and `floor` > 0 the smallest divisor.
  public init(floor: Float, count: Int, rows: Int) {
    precondition(floor > 0, "a divisor of at least \(floor)")
    self.floor = floor
    self.count = count
    divisors = Array(repeating: 1, count: rows)
    peaks = Array(repeating: -1, count: rows)
  }

  /// y = x / max(max x, floor).
  public func forward(_ input: Matrix, into output: Matrix) {
    self.output = output
    for row in 0..<input.rowCount {
      let x = input.row(row)
      let y = output.row(row)
      let maximum = ck_max(x, count)
      peaks[row] = maximum > floor ? channel(of: maximum, in: x) : -1
      divisors[row] = maximum > floor ? maximum : floor
      let factor = 1 / divisors[row]
      for j in 0..<count { y[j] = x[j] * factor }
    }
  }

  /// ∂L/∂x = (g − (g·y) at the peak) / divisor, and g / floor where the floor was the divisor.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    guard let inputGradient else { return }
    for row in 0..<outputGradient.rowCount {
      let g = outputGradient.row(row)
      let dx = inputGradient.row(row)
      let factor = 1 / divisors[row]
      let along = ck_dot(g, output.row(row), count)
      for j in 0..<count { dx[j] = g[j] * factor }
      if peaks[row] >= 0 { dx[peaks[row]] -= along * factor }
    }
  }

  private func channel(of value: Float, in x: UnsafeMutablePointer<Float>) -> Int {
    for j in 0..<count where x[j] == value { return j }
    return -1
  }
}

extension MaxNormalisation: ExportableLayer {
  /// ReduceMax, Max and Div.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    let maximum = graph.apply(
      "ReduceMax", [x], ["axes": .integers([1]), "keepdims": .integer(1)])
    return graph.apply("Div", [x, graph.apply("Max", [maximum, graph.constant(floor)])])
  }
}
