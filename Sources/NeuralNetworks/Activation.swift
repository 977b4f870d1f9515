internal import CKernels
internal import LinearAlgebra

/// The nonlinearity of a layer with weights.
public enum Activation: Sendable, Equatable {
  /// f(v) = v.
  case identity
  /// f(v) = max(v, 0).
  case relu
  /// f(v) = v above 0, `slope`·v below; 0 < slope < 1.
  case leakyReLU(slope: Float)
  /// f(v) = tanh v.
  case tanh

  /// f′ below 0 of those for which it is 1 above 0; nil for the others.
  private var slope: Float? {
    switch self {
    case .identity: 1
    case .relu: 0
    case .leakyReLU(let slope): slope
    case .tanh: nil
    }
  }

  /// y ← f(y + bias), bias 1 × columns added to every row.
  func apply(to y: Matrix, bias: Matrix) {
    if let slope {
      ck_bias_activation(
        y.start, y.leadingDimension, y.rowCount, y.columnCount, bias.start, slope)
    } else {
      ck_bias_tanh(y.start, y.leadingDimension, y.rowCount, y.columnCount, bias.start)
    }
  }

  /// gradient ← gradient · f′, from the output y = f(·) alone: f keeps the sign, and tanh′ is 1 − y².
  func multiplyGradient(_ gradient: Matrix, at y: Matrix) {
    if self == .identity { return }
    if let slope {
      ck_activation_gradient(
        gradient.start, gradient.leadingDimension, y.start, y.leadingDimension, y.rowCount,
        y.columnCount, slope)
    } else {
      ck_tanh_gradient(
        gradient.start, gradient.leadingDimension, y.start, y.leadingDimension, y.rowCount,
        y.columnCount)
    }
  }
}

extension Activation {
  /// Appends f(v) to a graph.
  func append(to graph: inout OperatorGraph, _ v: OperatorGraph.Value) -> OperatorGraph.Value {
    switch self {
    case .identity: v
    case .relu: graph.apply("Relu", [v])
    case .leakyReLU(let slope): graph.apply("LeakyRelu", [v], ["alpha": .number(slope)])
    case .tanh: graph.apply("Tanh", [v])
    }
  }
}
