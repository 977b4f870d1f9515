internal import LinearAlgebra

/// Parallel analysis: the eigenvalues of noise alone, above which others are more than noise.
///
/// Horn (Psychometrika 30 (1965) 179, doi 10.1007/BF02289447) compares the k-th eigenvalue with the
/// k-th of noise matrices of the same shape. The first eigenvalue after those of the components is the
/// *largest* of the noise, so all are compared with that (as Kritchman & Nadler do, IEEE Trans. Signal
/// Process. 57 (2009) 3930, doi 10.1109/TSP.2009.2022897), with its 95 % quantile. This asks whether
/// there is more than noise, ``OptimalThreshold`` whether keeping it brings the spectra nearer to the
/// truth: a weak component may be there and still bring more noise than signal.
///
/// The noise is drawn by Bartlett's decomposition, taken on to a bidiagonal matrix (Dumitriu &
/// Edelman, J. Math. Phys. 43 (2002) 5830, doi 10.1063/1.1507823): the singular values of an n × m
/// matrix of normal deviates, n ≥ m, are those of the m × m matrix with χ deviates of n, n − 1, …
/// degrees of freedom on the diagonal and of m − 1, m − 2, …, 1 below it. No matrix is made.
package enum ParallelAnalysis {
  private static let draws = 40
  private static let quantile = 0.95
  private static let seed: UInt64 = 0x484F_524E

  /// The 95 % quantile of the largest eigenvalue of XᵀX for rows × columns normal deviates X.
  ///
  /// Of 40 such matrices; the same for the same shape.
  package static func bound(rows: Int, columns: Int) -> Double {
    let n = max(rows, columns)
    let m = min(rows, columns)
    precondition(m > 0, "noise of \(rows) × \(columns)")
    let stream = RandomStream(seed: seed)
    let largest = (0..<draws).compactMap { draw -> Double? in
      var stream = stream.split(UInt64(draw))
      let diagonal = (0..<m).map { stream.chi(n - $0) }
      let below = (1..<m).map { stream.chi(m - $0) }
      // B Bᵀ.
      var squares = diagonal.map { $0 * $0 }
      for i in below.indices { squares[i + 1] += below[i] * below[i] }
      let beside = below.indices.map { diagonal[$0] * below[$0] }
      return leadingEigenvalues(
        diagonal: squares, beside: beside, count: 1, accuracy: 1e-5 * Double(n))?.first
    }.sorted()
    let index = Int((quantile * Double(largest.count)).rounded(.up)) - 1
    return largest.isEmpty ? .infinity : largest[max(index, 0)]
  }
}
