internal import CKernels

extension RandomStream {
  /// Fills a matrix with deviates of a discrete distribution, in row order.
  ///
  /// By inversion: a deviate is the number of cumulative probabilities that 32 random bits reach. The
  /// bits are those of the counter-based generator of ``fillNormal(_:)``, and the stream advances by one,
  /// too. Needs contiguous rows.
  public mutating func fill(_ matrix: Matrix, from distribution: DiscreteDistribution) {
    precondition(matrix.isContiguous, "deviates need contiguous rows")
    ck_discrete(
      next(), distribution.thresholds, distribution.thresholds.count, matrix.start,
      matrix.rowCount * matrix.columnCount)
  }
}
