public import LinearAlgebra

/// Translation of a spectrum by a fraction of a channel, each row by its own.
///
/// y[i, j] = x[i, j − s_i], linearly interpolated, the first and last channels repeated beyond the
/// ends; s_i uniform in ±reach channels, plus, where a `deviation` is given, a normal deviate of that
/// many channels, cut at three. Shapes: rows × n. Has no parameters. s stays what
/// ``draw(_:)`` made it until the next draw. May not work in place.
public final class FractionalShift: RandomLayer {
  private let count: Int
  private let reach: Double
  private let deviation: Double
  private var shifts: [Double]
  private let deviates: Matrix

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Creates a layer of `count` columns; `rows` is the largest batch.
  public init(reach: Double, deviation: Double = 0, count: Int, rows: Int) {
    precondition(
      reach >= 0 && deviation >= 0 && reach + 3 * deviation < Double(count),
      "a shift of ±\(reach) ± 3 · \(deviation) on \(count) channels")
    self.reach = reach
    self.deviation = deviation
    self.count = count
    shifts = Array(repeating: 0, count: rows)
    deviates = Matrix(rows: 1, columns: deviation == 0 ? 0 : rows)
  }

  /// Draws s anew for every row.
  public func draw(_ stream: inout RandomStream) {
    for row in shifts.indices { shifts[row] = stream.uniform(-reach, reach) }
    if deviation == 0 { return }
    stream.fillNormal(deviates)
    for row in shifts.indices {
      shifts[row] += deviation * min(max(Double(deviates[0, row]), -3), 3)
    }
  }

  /// y[i, j] = x[i, j − s_i].
  public func forward(_ input: Matrix, into output: Matrix) {
    for row in 0..<input.rowCount {
      let shift = Interpolation(shift: shifts[row], count: count)
      let x = input.row(row)
      let y = output.row(row)
      y.update(repeating: x[0], count: shift.inside.lowerBound)
      for j in shift.inside {
        y[j] = shift.lowerWeight * x[j &+ shift.step] + shift.upperWeight * x[j &+ shift.step &+ 1]
      }
      (y + shift.inside.upperBound)
        .update(repeating: x[count - 1], count: count - shift.inside.upperBound)
    }
  }

  /// The adjoint: every output channel's gradient goes back to the two channels it came from.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    inputGradient?.fill(0)
    if let inputGradient { addAdjoint(of: outputGradient, to: inputGradient) }
  }

  /// Adds the adjoint of the shift, applied to `outputGradient`, to `inputGradient`.
  public func addAdjoint(of outputGradient: Matrix, to inputGradient: Matrix) {
    for row in 0..<outputGradient.rowCount {
      let shift = Interpolation(shift: shifts[row], count: count)
      let g = outputGradient.row(row)
      let dx = inputGradient.row(row)
      for j in 0..<shift.inside.lowerBound { dx[0] += g[j] }
      for j in shift.inside { dx[j &+ shift.step] += shift.lowerWeight * g[j] }
      for j in shift.inside { dx[j &+ shift.step &+ 1] += shift.upperWeight * g[j] }
      for j in shift.inside.upperBound..<count { dx[count - 1] += g[j] }
    }
  }

  /// Output channel j is lowerWeight · x[j + step] + upperWeight · x[j + step + 1] for j `inside`.
  private struct Interpolation {
    let step: Int
    let lowerWeight: Float
    let upperWeight: Float
    let inside: Range<Int>

    init(shift: Double, count: Int) {
      let whole = (-shift).rounded(.down)
      step = Int(whole)
      upperWeight = Float(-shift - whole)
      lowerWeight = 1 - upperWeight
      let first = min(max(0, -step), count)
      inside = first..<max(first, min(count, count - 1 - step))
    }
  }
}

extension FractionalShift: ExportableLayer {
  /// The interpolation, with an input for the shifts: rows × 1, whose probability leads from −reach
  /// to reach.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    guard reach > 0, let deviate = graph.deviates("shift", count: 1) else { return x }
    let centred = graph.apply(
      "Sub", [graph.constant(0.5), graph.probability(of: deviate)])
    let back = graph.apply("Mul", [centred, graph.constant(Float(2 * reach))])
    let whole = graph.apply("Floor", [back])
    let weight = graph.apply("Sub", [back, whole])
    let step = graph.whole(whole)
    let ends = [graph.constant(integer: 0), graph.constant(integer: count - 1)]
    func channels(from first: Int) -> OperatorGraph.Value {
      let columns = graph.constant(integers: Array(first..<first + count))
      let source = graph.apply("Clip", [graph.apply("Add", [columns, step])] + ends)
      return graph.apply("GatherElements", [x, source], ["axis": .integer(1)])
    }
    let (lower, upper) = (channels(from: 0), channels(from: 1))
    let difference = graph.apply("Sub", [upper, lower])
    return graph.apply("Add", [lower, graph.apply("Mul", [weight, difference])])
  }
}
