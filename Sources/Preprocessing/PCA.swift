package import LinearAlgebra

/// Principal components of mean-centred spectra.
///
/// With the mean μ and the covariance S = Σ (x − μ)(x − μ)ᵀ / (n − 1) of n spectra, the components
/// are the eigenvectors of S of the largest eigenvalues: those of scikit-learn's `PCA`, up to sign.
/// Denoising replaces x by its projection μ + Σ_k ((x − μ)·v_k) v_k.
public struct PCA: Sendable, Equatable {
  /// The number of channels.
  public let channels: Int
  /// The number of spectra that were used.
  public let spectrumCount: Int
  /// μ, channel by channel.
  public let mean: [Float]
  /// The components as rows of `channels` elements, orthonormal, the most important first; the
  /// element of largest magnitude of each is positive.
  public let components: [Float]
  /// The variance along each component: the eigenvalues of S.
  public let explainedVariance: [Double]
  /// The same as shares of the total variance, the trace of S.
  public let explainedVarianceRatio: [Double]

  /// The number of components.
  public var count: Int { explainedVariance.count }

  /// Decomposes what an accumulator has gathered into `count` components.
  ///
  /// Returns nil when the covariance is not finite or the iteration does not converge.
  package init?(_ sums: PCAAccumulator, count: Int) {
    precondition(
      count > 0 && count <= sums.channels && sums.count > 1,
      "\(count) components of \(sums.count) spectra × \(sums.channels) channels")
    let order = sums.channels
    let n = Double(sums.count)
    let offset = sums.sum.map { $0 / n }
    var covariance = sums.gram
    var trace = 0.0
    for i in 0..<order {
      for j in 0...i {
        let index = i * order + j
        covariance[index] = (covariance[index] - n * offset[i] * offset[j]) / (n - 1)
      }
      trace += covariance[i * order + i]
    }
    guard let system = SymmetricEigensystem(covariance, order: order, leading: count) else {
      return nil
    }
    channels = order
    spectrumCount = sums.count
    mean = zip(sums.pilot, offset).map { Float(Double($0) + $1) }
    components = system.vectors.map { Float($0) }
    explainedVariance = system.values
    explainedVarianceRatio = system.values.map { trace > 0 ? $0 / trace : 0 }
  }
}

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
/// spectrum near the mean was subtracted; panels are added in Double and in order. So the result
/// depends neither on how spectra were read nor on the number of threads. Memory: channels².
package struct PCAAccumulator {
  /// The spectrum that was subtracted from every other.
  package let pilot: [Float]
  /// Σ w² y yᵀ, the lower triangle in row order.
  package private(set) var gram: [Double]
  /// Σ w² y.
  package private(set) var sum: [Double]
  /// Σ w².
  package private(set) var weight = 0.0
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

  /// The lower triangle of Σ w² (y − μ)(y − μ)ᵀ c cᵀ for another mean μ and channel weights c.
  package func centred(on mean: [Double], channelWeights: [Double]) -> [Double] {
    let channels = channels
    var result = gram
    for i in 0..<channels {
      for j in 0...i {
        let index = i * channels + j
        result[index] += weight * mean[i] * mean[j] - sum[i] * mean[j] - mean[i] * sum[j]
        result[index] *= channelWeights[i] * channelWeights[j]
      }
    }
    return result
  }
}
