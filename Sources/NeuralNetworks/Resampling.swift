public import LinearAlgebra

/// Linear interpolation of every channel from L to L′ points.
///
/// y[c, j] = (1 − w)·x[c, l] + w·x[c, l + 1] at the position l + w = (j + ½)·L/L′ − ½, held within
/// 0 … L − 1: PyTorch's `interpolate(mode="linear", align_corners=False)`. Shapes: a row of x holds C
/// channels of L points, channel after channel, a row of y C channels of L′ points. Has no parameters.
/// May not work in place.
public final class Resampling: Layer {
  private let channels: Int
  private let length: Int
  /// l and w of every output point; l + 1 is a point, too, unless L is 1.
  private let lower: [Int]
  private let upperWeights: [Float]

  /// Creates a layer from `length` to `outputLength` points.
  public init(channels: Int, length: Int, outputLength: Int) {
    precondition(
      channels > 0 && length > 0 && outputLength > 0,
      "\(channels) channels of \(length) points to \(outputLength)")
    self.channels = channels
    self.length = length
    let positions = (0..<outputLength).map { j in
      let position = (Double(j) + 0.5) * Double(length) / Double(outputLength) - 0.5
      return min(max(position, 0), Double(length - 1))
    }
    let last = max(length - 2, 0)
    lower = positions.map { min(Int($0), last) }
    upperWeights = positions.map { Float($0 - Double(min(Int($0), last))) }
  }

  /// C · L′.
  public var outputCount: Int { channels * lower.count }

  /// y[c, j] = (1 − w)·x[c, l] + w·x[c, l + 1].
  public func forward(_ input: Matrix, into output: Matrix) {
    for row in 0..<input.rowCount {
      for channel in 0..<channels {
        let x = input.row(row) + channel * length
        let y = output.row(row) + channel * lower.count
        forEachPoint { j, l, upper, w in y[j] = (1 - w) * x[l] + w * x[upper] }
      }
    }
  }

  /// The adjoint: every output point's gradient goes back to the two points it came from.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    guard let inputGradient else { return }
    for row in 0..<outputGradient.rowCount {
      for channel in 0..<channels {
        let g = outputGradient.row(row) + channel * lower.count
        let dx = inputGradient.row(row) + channel * length
        dx.update(repeating: 0, count: length)
        forEachPoint { j, l, upper, w in
          dx[l] += (1 - w) * g[j]
          dx[upper] += w * g[j]
        }
      }
    }
  }

  @inline(__always)
  private func forEachPoint(
    _ body: (_ j: Int, _ lower: Int, _ upper: Int, _ upperWeight: Float) -> Void
  ) {
    let step = length > 1 ? 1 : 0
    lower.withUnsafeBufferPointer { lower in
      upperWeights.withUnsafeBufferPointer { weights in
        for j in 0..<lower.count { body(j, lower[j], lower[j] &+ step, weights[j]) }
      }
    }
  }
}

extension Resampling: ExportableLayer {
  /// The two points of every output point, weighted.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    let points = graph.reshaped(x, [-1, channels, length])
    func gather(_ step: Int) -> OperatorGraph.Value {
      let index = graph.constant(integers: lower.map { min($0 + step, length - 1) })
      return graph.apply("Gather", [points, index], ["axis": .integer(2)])
    }
    let (below, above) = (gather(0), gather(1))
    let weights = graph.constant(upperWeights, shape: [upperWeights.count])
    let difference = graph.apply("Sub", [above, below])
    let y = graph.apply("Add", [below, graph.apply("Mul", [weights, difference])])
    return graph.reshaped(y, [-1, outputCount])
  }
}
