internal import COpenBLAS

extension Matrix {
  /// Stores `left` · `right`, or adds it when `adding` (sgemm).
  ///
  /// Shapes: (m × k) · (k × n) into m × n.
  public func setProduct(_ left: Matrix, _ right: Matrix, adding: Bool = false) {
    checkShapes(
      left.rowCount, left.columnCount, right.rowCount, right.columnCount, "left · right")
    gemm(left, CblasNoTrans, right, CblasNoTrans, inner: left.columnCount, adding: adding)
  }

  /// Stores `left` · `right`ᵀ, or adds it when `adding` (sgemm).
  ///
  /// Shapes: (m × k) · (n × k)ᵀ into m × n.
  public func setProduct(_ left: Matrix, transposed right: Matrix, adding: Bool = false) {
    checkShapes(
      left.rowCount, left.columnCount, right.columnCount, right.rowCount, "left · rightᵀ")
    gemm(left, CblasNoTrans, right, CblasTrans, inner: left.columnCount, adding: adding)
  }

  /// Stores `left`ᵀ · `right`, or adds it when `adding` (sgemm).
  ///
  /// Shapes: (k × m)ᵀ · (k × n) into m × n.
  public func setProduct(transposed left: Matrix, _ right: Matrix, adding: Bool = false) {
    checkShapes(
      left.columnCount, left.rowCount, right.rowCount, right.columnCount, "leftᵀ · right")
    gemm(left, CblasTrans, right, CblasNoTrans, inner: left.rowCount, adding: adding)
  }

  /// Stores the lower triangle of `factor`ᵀ · `factor`, or adds it when `adding` (ssyrk); the upper one
  /// keeps what it holds.
  ///
  /// Shapes: (k × n)ᵀ · (k × n) into n × n; k may be 0.
  public func setGram(_ factor: Matrix, adding: Bool = false) {
    checkShapes(
      factor.columnCount, factor.rowCount, factor.rowCount, factor.columnCount, "factorᵀ · factor")
    OpenBLAS.prepared
    cblas_ssyrk(
      CblasRowMajor, CblasLower, CblasTrans, blasint(rowCount), blasint(factor.rowCount), 1,
      factor.start, blasint(factor.leadingDimension), adding ? 1 : 0, start,
      blasint(leadingDimension))
  }

  private func checkShapes(
    _ rows: Int, _ inner: Int, _ rightInner: Int, _ columns: Int, _ product: String
  ) {
    precondition(
      inner == rightInner && rows == rowCount && columns == columnCount,
      "\(product): (\(rows) × \(inner)) · (\(rightInner) × \(columns)) into "
        + "\(rowCount) × \(columnCount)")
  }

  private func gemm(
    _ left: Matrix, _ leftOperation: CBLAS_TRANSPOSE, _ right: Matrix,
    _ rightOperation: CBLAS_TRANSPOSE, inner: Int, adding: Bool
  ) {
    OpenBLAS.prepared
    cblas_sgemm(
      CblasRowMajor, leftOperation, rightOperation, blasint(rowCount), blasint(columnCount),
      blasint(inner), 1, left.start, blasint(left.leadingDimension), right.start,
      blasint(right.leadingDimension), adding ? 1 : 0, start, blasint(leadingDimension))
  }
}
