public import LinearAlgebra
public import Spectra

/// Spectra brought from one energy axis to another.
///
/// Between channels by the Lagrange polynomial of degree 5 through the six nearest, as
/// ``EnergyShift/apply(_:to:count:into:)``; the value of a channel stays what it is, so counts of wider
/// channels are not summed. Noise above the coarser axis's resolution is folded back, and that between
/// channels smoothed.
public struct EnergyResampling: Sendable {
  private let first: [Int]
  private let weights: [[Float]]
  private let count: Int

  /// Prepares the way between two axes; nil unless the first covers the second, but for half a channel.
  public init?(from axis: UniformAxis, to other: UniformAxis) {
    let last = Double(axis.count - 1)
    let positions = other.coordinates.map { ($0 - axis.offset) / axis.scale }
    guard axis.count > 5, positions.allSatisfy({ $0 >= -0.5 && $0 <= last + 0.5 }) else {
      return nil
    }
    count = axis.count
    first = positions.map { min(max(Int($0.rounded(.down)) - 2, 0), axis.count - 6) }
    weights = zip(positions, first).map { position, first in
      (0..<6).map { k in
        let x = position - Double(first)
        return Float(
          (0..<6).reduce(1) { product, other in
            other == k ? product : product * (x - Double(other)) / Double(k - other)
          })
      }
    }
  }

  /// The spectra, n × channels of the first axis, on the second one.
  public func callAsFunction(_ spectra: Matrix) -> Matrix {
    precondition(spectra.columnCount == count, "\(spectra.columnCount) channels, not \(count)")
    let moved = Matrix(rows: spectra.rowCount, columns: first.count)
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      let y = moved.row(i)
      for (j, start) in first.enumerated() {
        var sum: Float = 0
        for k in 0..<6 { sum += weights[j][k] * x[start + k] }
        y[j] = sum
      }
    }
    return moved
  }
}
