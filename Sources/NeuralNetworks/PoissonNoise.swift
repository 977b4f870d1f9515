internal import CKernels
public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Counting noise in its normal approximation: y = x + √(a·max(x, floor) + b) ε.
///
/// The variance grows with the signal by the gain a and has a background b, one a column (a detector's
/// read-out noise, the counting noise of a background that was subtracted). ε is white, or coloured
/// by a short filter c: ε[j] = Σ_t c[t] w[j + t], w white (Σ c² = 1 keeps its variance 1), as when a
/// detector's point spread correlates neighbouring channels. Where `levels` are given, every row's ε is
/// multiplied by a level of its own, drawn from the distribution of which they are the quantiles at
/// equal steps of probability. `strengths` other than 1 multiply every row's variance by a factor of its
/// own, its logarithm uniform between theirs. Shapes: all rows × count, b 1 × count.
/// Has no parameters. ε stays what ``draw(_:)`` made it until the next draw. May not work in place.
public final class PoissonNoise: RandomLayer {
  private let count: Int
  /// a, variance per unit of signal.
  public var gain: Float
  /// b, variance without signal, 1 × count.
  public let background: Matrix
  /// The signal below which the variance no longer falls; > 0, or ≥ 0 if nothing is differentiated.
  private let floor: Float
  /// Whether the amplitude of the noise is differentiated, or a constant to the chain rule.
  private let differentiatesAmplitude: Bool
  private let colour: [Float]
  private let levels: [Float]
  private let strengths: ClosedRange<Double>
  private let white: Matrix
  private let deviates: Matrix
  private var input = Matrix(rows: 0, columns: 0)

  /// `count`: the output is as wide as the input.
  public var outputCount: Int { count }

  /// Creates a layer, its background 0; `rows` is the largest batch.
  ///
  /// Hidden layers take the amplitude as a constant, because its derivative has no bound near 0.
  public init(
    gain: Float, floor: Float = 0, differentiatesAmplitude: Bool, colour: [Float] = [1],
    levels: [Float] = [1], strengths: ClosedRange<Double> = 1...1, count: Int, rows: Int
  ) {
    precondition(
      !colour.isEmpty && !levels.isEmpty && strengths.lowerBound > 0,
      "a filter without taps, or noise without level or strength")
    self.gain = gain
    background = Matrix(rows: 1, columns: count)
    self.floor = floor
    self.differentiatesAmplitude = differentiatesAmplitude
    self.count = count
    self.colour = colour
    self.levels = levels
    self.strengths = strengths
    white = Matrix(rows: rows, columns: count + colour.count - 1)
    deviates = colour == [1] ? white : Matrix(rows: rows, columns: count)
  }

  /// Draws ε anew.
  public func draw(_ stream: inout RandomStream) {
    stream.fillNormal(white)
    if colour != [1] { filter() }
    if levels != [1] {
      for row in 0..<deviates.rowCount { deviates.rows(row..<row + 1).multiply(by: level(&stream)) }
    }
    if strengths == 1...1 { return }
    let ends = (log(strengths.lowerBound), log(strengths.upperBound))
    for row in 0..<deviates.rowCount {
      deviates.rows(row..<row + 1).multiply(by: Float(exp(stream.uniform(ends.0, ends.1) / 2)))
    }
  }

  private func level(_ stream: inout RandomStream) -> Float {
    let position = stream.uniform() * Double(levels.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, levels.count - 1)
    return levels[lower] + Float(position - Double(lower)) * (levels[upper] - levels[lower])
  }

  private func filter() {
    for row in 0..<deviates.rowCount {
      ck_filter(white.row(row), colour, colour.count, count, deviates.row(row))
    }
  }

  /// y = x + √(a·max(x, floor) + b) ε.
  public func forward(_ input: Matrix, into output: Matrix) {
    self.input = input
    for row in 0..<input.rowCount {
      ck_counting_noise(
        input.row(row), deviates.row(row), background.start, gain, floor, count, output.row(row))
    }
  }

  /// ∂L/∂x = ∂L/∂y · (1 + ½ a ε / √(a x + b)) above the floor, ∂L/∂y below it.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    guard let inputGradient else { return }
    if !differentiatesAmplitude { return inputGradient.copy(from: outputGradient) }
    for row in 0..<outputGradient.rowCount {
      ck_counting_noise_gradient(
        outputGradient.row(row), input.row(row), deviates.row(row), background.start, gain, floor,
        count, inputGradient.row(row))
    }
  }
}

extension PoissonNoise: ExportableLayer {
  /// x + √(a·max(x, floor) + b) ε, with inputs for w, rows × (count + taps − 1), and for the level of
  /// each row, rows × 1, whose probability chooses the quantile.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    guard var deviates = graph.deviates("noise", count: white.columnCount) else { return x }
    if colour != [1] {
      let filter = graph.constant(colour, shape: [1, 1, colour.count])
      let channel = graph.reshaped(deviates, [-1, 1, white.columnCount])
      deviates = graph.reshaped(graph.apply("Conv", [channel, filter]), [-1, count])
    }
    if levels != [1], let level = graph.deviates("noise_level", count: 1) {
      deviates = graph.apply("Mul", [deviates, quantile(of: level, &graph)])
    }
    let signal = graph.apply("Max", [x, graph.constant(floor)])
    let variance = graph.apply(
      "Add",
      [graph.apply("Mul", [signal, graph.constant(gain)]), graph.constant(background)])
    return graph.apply(
      "Add", [x, graph.apply("Mul", [graph.apply("Sqrt", [variance]), deviates])])
  }

  /// The level at the probability of a deviate, between two quantiles.
  private func quantile(
    of deviate: OperatorGraph.Value, _ graph: inout OperatorGraph
  ) -> OperatorGraph.Value {
    let last = levels.count - 1
    let steps = levels.indices.map { levels[min($0 + 1, last)] - levels[$0] }
    let position = graph.apply(
      "Mul", [graph.probability(of: deviate), graph.constant(Float(last))])
    let lower = graph.apply("Floor", [position])
    let index = graph.whole(lower)
    let base = graph.apply("Gather", [graph.constant(levels, shape: [levels.count]), index])
    let step = graph.apply("Gather", [graph.constant(steps, shape: [steps.count]), index])
    let part = graph.apply("Sub", [position, lower])
    return graph.apply("Add", [base, graph.apply("Mul", [part, step])])
  }
}
