package import LinearAlgebra

/// A panel of spectra on its way into a ``PCAAccumulator``: one thread's share of the work.
package final class PCAPanel {
  private let pilot: [Float]
  private let rows: Matrix
  private let weights: Matrix
  fileprivate let gram: Matrix
  fileprivate let sum: Matrix
  fileprivate private(set) var weight = 0.0
  fileprivate private(set) var count = 0

  /// Creates a panel for spectra whose `pilot`, a spectrum close to their mean, is subtracted.
  package init(pilot: [Float], capacity: Int) {
    self.pilot = pilot
    rows = Matrix(rows: capacity, columns: pilot.count)
    weights = Matrix(rows: capacity, columns: 1)
    gram = Matrix(rows: pilot.count, columns: pilot.count)
    sum = Matrix(rows: 1, columns: pilot.count)
  }

  /// Removes all spectra.
  package func clear() {
    count = 0
    weight = 0
  }

  /// Takes the spectrum in a row of a matrix, with a weight on its values.
  package func take(_ spectra: Matrix, row: Int, weight: Float = 1) {
    precondition(
      count < rows.rowCount && spectra.columnCount == pilot.count,
      "row \(count) of \(rows.rowCount), \(spectra.columnCount) channels for \(pilot.count)")
    let x = spectra.row(row)
    let y = rows.row(count)
    pilot.withUnsafeBufferPointer { pilot in
      for j in 0..<pilot.count { y[j] = weight * (x[j] - pilot[j]) }
    }
    weights[count, 0] = weight
    self.weight += Double(weight) * Double(weight)
    count += 1
  }

  /// Computes the panel's sums: Σ w² y yᵀ and Σ w² y, where y = x − pilot.
  package func close() {
    let taken = rows.rows(0..<count)
    gram.setGram(taken)
    sum.setProduct(transposed: weights.rows(0..<count), taken)
  }
}

/// The sums from which principal components follow, in Double.
///
/// Spectra come in panels of fixed membership, each summed in single precision after a pilot
/// spectrum near the mean was subtracted, so that the precision is not spent on the mean; panels are added in Double and in order. So the result
/// depends neither on how spectra were read nor on the number of threads. Memory: channels².
package struct PCAAccumulator {
  /// The spectrum that was subtracted from every other.
  package let pilot: [Float]
  /// Σ w² y yᵀ, the lower triangle in row order.
  private var gram: [Double]
  /// Σ w² y.
  private var sum: [Double]
  /// Σ w².
  private var weight = 0.0
  /// The number of spectra.
  package private(set) var count = 0

  /// Creates empty sums.
  package init(pilot: [Float]) {
    self.pilot = pilot
    gram = Array(repeating: 0, count: pilot.count * pilot.count)
    sum = Array(repeating: 0, count: pilot.count)
  }

  /// The number of channels.
  package var channels: Int { pilot.count }

  /// Adds a closed panel.
  package mutating func add(_ panel: PCAPanel) {
    guard panel.count > 0 else { return }
    for i in 0..<channels {
      Self.add(panel.gram.row(i), count: i + 1, to: &gram, from: i * channels)
    }
    Self.add(panel.sum.start, count: channels, to: &sum, from: 0)
    weight += panel.weight
    count += panel.count
  }

  private static func add(
    _ x: UnsafePointer<Float>, count: Int, to sums: inout [Double], from start: Int
  ) {
    var sums = sums.mutableSpan
    for j in 0..<count { sums[start + j] += Double(x[j]) }
  }

  /// The lower triangle of Σ w² x xᵀ c cᵀ, the pilot added again; channel weights are 1 where nil.
  package func gram(channelWeights: [Double]?) -> [Double] {
    let channels = channels
    let pilot = pilot.map(Double.init)
    let c = channelWeights ?? Array(repeating: 1, count: channels)
    var result = gram
    var target = result.mutableSpan
    for i in 0..<channels {
      for j in 0...i {
        let index = i * channels + j
        let back = sum[i] * pilot[j] + pilot[i] * sum[j] + weight * pilot[i] * pilot[j]
        target[index] = (target[index] + back) * c[i] * c[j]
      }
    }
    return result
  }
}
