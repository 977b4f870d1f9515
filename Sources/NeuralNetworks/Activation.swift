internal import CKernels
internal import LinearAlgebra

/// The nonlinearity of a dense layer.
public enum Activation: Sendable, Equatable {
  /// f(v) = v.
  case identity
  /// f(v) = max(v, 0).
  case relu
  /// f(v) = v above 0, `slope`·v below; 0 < slope < 1.
  case leakyReLU(slope: Float)

  /// f′ below 0; above 0 it is 1 for all of them.
  private var slope: Float {
    switch self {
    case .identity: 1
    case .relu: 0
    case .leakyReLU(let slope): slope
    }
  }

  /// y ← f(y + bias), bias 1 × columns added to every row.
  func apply(to y: Matrix, bias: Matrix) {
    ck_bias_activation(
      y.start, y.leadingDimension, y.rowCount, y.columnCount, bias.start, slope)
  }

  /// gradient ← gradient · f′, from the output y = f(·) alone: f keeps the sign.
  func multiplyGradient(_ gradient: Matrix, at y: Matrix) {
    if self == .identity { return }
    ck_activation_gradient(
      gradient.start, gradient.leadingDimension, y.start, y.leadingDimension, y.rowCount,
      y.columnCount, slope)
  }
}
