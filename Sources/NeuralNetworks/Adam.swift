internal import CKernels
public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The Adam optimiser of one network.
///
/// Kingma & Ba, arXiv 1412.6980, algorithm 1, in the form PyTorch uses: with m̂ = m/(1−β₁ᵗ) and
/// v̂ = v/(1−β₂ᵗ), w ← w − η m̂ / (√v̂ + ε); ε is added outside the root, after the correction.
/// With a weight decay λ it is AdamW (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2): w ← (1 − ηλ) w
/// comes first, apart from the gradients' moments.
public final class Adam {
  private let parameters: Parameters
  private let beta1: Double
  private let beta2: Double
  private let epsilon: Double
  private let first: Matrix
  private let second: Matrix
  private var stepCount = 0

  /// Creates the optimiser of a network whose tensors have all been added.
  public init(_ parameters: Parameters, beta1: Double, beta2: Double, epsilon: Double = 1e-8) {
    self.parameters = parameters
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    first = Matrix(rows: 1, columns: parameters.count)
    second = Matrix(rows: 1, columns: parameters.count)
  }

  /// Moves the values one step against their gradients, and with a decay towards 0.
  public func step(learningRate: Double, weightDecay: Double = 0) {
    stepCount += 1
    let rate = learningRate / (1 - pow(beta1, Double(stepCount)))
    let correction = 1 / (1 - pow(beta2, Double(stepCount))).squareRoot()
    ck_adam(
      parameters.values.start, parameters.gradients.start, first.start, second.start,
      parameters.count, Float(beta1), Float(beta2), Float(rate), Float(correction), Float(epsilon),
      Float(learningRate * weightDecay))
  }

  /// A network and its optimiser between two steps.
  public struct State: Codable, Sendable, Equatable {
    @Archived var values: [Float]
    @Archived var first: [Float]
    @Archived var second: [Float]
    var stepCount: Int
  }

  /// The state of the network and its optimiser.
  public var state: State {
    State(
      values: parameters.values.elements, first: first.elements, second: second.elements,
      stepCount: stepCount)
  }

  /// Goes back to a state of the same network; throws when it is another one's.
  public func restore(_ state: State) throws(TensorArchiveError) {
    for part in [state.values, state.first, state.second] where part.count != parameters.count {
      throw TensorArchiveError("\(part.count) weights or moments, not \(parameters.count)")
    }
    parameters.values.copy(from: state.values)
    first.copy(from: state.first)
    second.copy(from: state.second)
    stepCount = state.stepCount
  }
}
