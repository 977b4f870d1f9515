public import LinearAlgebra

/// Counting noise in its normal approximation: y = x + √(a·max(x, floor) + b) ε.
///
/// The variance grows with the signal by the gain a and has a background b (a detector's read-out
/// noise). Shapes: all rows × count. Has no parameters. ε stays what ``draw(_:)`` made it until the
/// next draw. May not work in place.
public final class PoissonNoise: Layer {
  private let count: Int
  /// a, variance per unit of signal.
  public var gain: Float
  /// b, variance without signal.
  public var background: Float
  /// The signal below which the variance no longer falls; > 0, or ≥ 0 if nothing is differentiated.
  private let floor: Float
  /// Whether the amplitude of the noise is differentiated, or a constant to the chain rule.
  private let differentiatesAmplitude: Bool
  private let deviates: Matrix
  private var input = Matrix(rows: 0, columns: 0)

  /// Creates a layer; `rows` is the largest batch.
  ///
  /// Hidden layers take the amplitude as a constant, because its derivative has no bound near 0.
  public init(
    gain: Float, background: Float = 0, floor: Float = 0, differentiatesAmplitude: Bool,
    count: Int, rows: Int
  ) {
    self.gain = gain
    self.background = background
    self.floor = floor
    self.differentiatesAmplitude = differentiatesAmplitude
    self.count = count
    deviates = Matrix(rows: rows, columns: count)
  }

  /// Draws ε anew.
  public func draw(_ stream: inout RandomStream) { stream.fillNormal(deviates) }

  /// y = x + √(a·max(x, floor) + b) ε.
  public func forward(_ input: Matrix, into output: Matrix) {
    self.input = input
    for row in 0..<input.rowCount {
      let x = input.row(row)
      let y = output.row(row)
      let e = deviates.row(row)
      for j in 0..<count {
        let signal = x[j] > floor ? x[j] : floor
        y[j] = x[j] + (gain * signal + background).squareRoot() * e[j]
      }
    }
  }

  /// ∂L/∂x = ∂L/∂y · (1 + ½ a ε / √(a x + b)) above the floor, ∂L/∂y below it.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    guard let inputGradient else { return }
    if !differentiatesAmplitude { return inputGradient.copy(from: outputGradient) }
    for row in 0..<outputGradient.rowCount {
      let g = outputGradient.row(row)
      let dx = inputGradient.row(row)
      let x = input.row(row)
      let e = deviates.row(row)
      for j in 0..<count {
        let signal = x[j] > floor ? x[j] : floor
        let slope = 0.5 * gain * e[j] / (gain * signal + background).squareRoot()
        dx[j] = x[j] > floor ? g[j] * (1 + slope) : g[j]
      }
    }
  }
}
