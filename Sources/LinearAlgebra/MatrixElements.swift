internal import CKernels

extension Matrix {
  /// Multiplies every element.
  public func multiply(by factor: Float) {
    for row in 0..<rowCount {
      let x = self.row(row)
      for j in 0..<columnCount { x[j] *= factor }
    }
  }

  /// Adds another matrix of the same shape.
  public func add(_ other: Matrix) {
    precondition(
      other.rowCount == rowCount && other.columnCount == columnCount,
      "\(other.rowCount) × \(other.columnCount) to \(rowCount) × \(columnCount)")
    for row in 0..<rowCount {
      let x = self.row(row)
      let y = other.row(row)
      for j in 0..<columnCount { x[j] += y[j] }
    }
  }

  /// Stores the sum of the rows of `other` in this matrix of one row.
  public func setColumnSums(of other: Matrix) {
    precondition(
      rowCount == 1 && columnCount == other.columnCount,
      "sums of \(other.columnCount) columns into \(rowCount) × \(columnCount)")
    ck_column_sums(other.start, other.leadingDimension, other.rowCount, columnCount, start)
  }

  /// Fills with numbers uniform in ±limit, in row order.
  public func fillUniform(within limit: Float, _ stream: inout RandomStream) {
    for row in 0..<rowCount {
      let x = self.row(row)
      for j in 0..<columnCount {
        x[j] = Float(stream.uniform(-Double(limit), Double(limit)))
      }
    }
  }
}
