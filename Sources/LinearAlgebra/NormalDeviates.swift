internal import CKernels

extension RandomStream {
  /// Fills a matrix with normal deviates of mean 0 and variance 1, in row order.
  ///
  /// Takes one number of the stream as the key of a counter-based generator (Philox4x32-10, Salmon
  /// et al., SC '11, doi 10.1145/2063384.2063405; Box–Muller), so that the stream advances by one
  /// whatever the size. Needs contiguous rows.
  public mutating func fillNormal(_ matrix: Matrix) {
    precondition(matrix.isContiguous, "normal deviates need contiguous rows")
    ck_normals(next(), matrix.start, matrix.rowCount * matrix.columnCount)
  }
}
