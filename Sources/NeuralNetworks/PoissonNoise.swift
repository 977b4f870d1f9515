internal import CKernels
public import LinearAlgebra

/// Counting noise in its normal approximation: y = x + √(a·max(x, floor) + b) ε.
///
/// The variance grows with the signal by the gain a and has a background b, one a column (a detector's
/// read-out noise, the counting noise of a background that was subtracted). ε is white, or coloured
/// by a short filter c: ε[j] = Σ_t c[t] w[j + t], w white (Σ c² = 1 keeps its variance 1), as when a
/// detector's point spread correlates neighbouring channels. Where `levels` are given, every row's ε is
/// multiplied by a level of its own, drawn from the distribution of which they are the quantiles at
/// equal steps of probability. Shapes: all rows × count, b 1 × count.
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
    levels: [Float] = [1], count: Int, rows: Int
  ) {
    precondition(
      !colour.isEmpty && !levels.isEmpty, "a filter without taps, or noise without level")
    self.gain = gain
    background = Matrix(rows: 1, columns: count)
    self.floor = floor
    self.differentiatesAmplitude = differentiatesAmplitude
    self.count = count
    self.colour = colour
    self.levels = levels
    white = Matrix(rows: rows, columns: count + colour.count - 1)
    deviates = colour == [1] ? white : Matrix(rows: rows, columns: count)
  }

  /// Draws ε anew.
  public func draw(_ stream: inout RandomStream) {
    stream.fillNormal(white)
    if colour != [1] { filter() }
    if levels == [1] { return }
    for row in 0..<deviates.rowCount { deviates.rows(row..<row + 1).multiply(by: level(&stream)) }
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
