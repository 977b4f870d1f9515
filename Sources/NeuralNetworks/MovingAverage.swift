internal import CKernels
public import LinearAlgebra

/// An exponential moving average of a network's values, smoother than the last step's.
///
/// After update t the weight of the newest values is 1 − min(decay, t/(t + 9)), so that the first
/// steps are forgotten soon.
public final class MovingAverage {
  /// The averaged values: 1 × count, in the order of ``Parameters/values``.
  public let values: Matrix
  private let parameters: Parameters
  private let decay: Double
  private var updateCount = 0

  /// Starts the average at the network's present values.
  public init(_ parameters: Parameters, decay: Double) {
    self.parameters = parameters
    self.decay = decay
    values = Matrix(rows: 1, columns: parameters.count)
    values.copy(from: parameters.values)
  }

  /// Takes the network's present values in.
  public func update() {
    updateCount += 1
    let warm = Double(updateCount) / Double(updateCount + 9)
    ck_moving_average(
      values.start, parameters.values.start, parameters.count, Float(min(decay, warm)))
  }

  /// Starts anew at the network's present values.
  public func restart() {
    values.copy(from: parameters.values)
    updateCount = 0
  }

  /// The average between two updates.
  public struct State: Codable, Sendable, Equatable {
    @Archived var values: [Float]
    var updateCount: Int
  }

  /// The state of the average.
  public var state: State { State(values: values.elements, updateCount: updateCount) }

  /// Goes back to a state of the same network's average; throws when it is another one's.
  public func restore(_ state: State) throws(TensorArchiveError) {
    guard state.values.count == parameters.count else {
      throw TensorArchiveError("\(state.values.count) averages, not \(parameters.count)")
    }
    values.copy(from: state.values)
    updateCount = state.updateCount
  }
}
