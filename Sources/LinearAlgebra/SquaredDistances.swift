internal import COpenBLAS

/// The squared Euclidean distances between the rows of two matrices, in Double.
///
/// d²ᵢⱼ = |aᵢ|² + |bⱼ|² − 2 aᵢ·bⱼ, the products by one dgemm for many rows. The subtraction cancels
/// digits where rows are near each other: in Float none might be left, in Double about nine are for spectra
/// that differ by their noise. Nothing is below 0.
public struct SquaredDistances: Sendable {
  /// The number of rows of the first matrix.
  public let rowCount: Int
  /// The number of rows of the second matrix.
  public let columnCount: Int
  /// The squared distances in row order, `rowCount` · `columnCount` of them.
  public let values: [Double]

  /// Rows that one matrix product works on: the number of threads changes no result.
  private static let blockSize = 64

  /// The distances between the rows of a matrix: symmetric, and exactly 0 on the diagonal.
  public init(within rows: Matrix, threads: Int) {
    let n = rows.rowCount
    let factor = DoubleRows(rows)
    rowCount = n
    columnCount = n
    values = Self.filled(n * n) { target in
      let blocks = (n + Self.blockSize - 1) / Self.blockSize
      nonisolated(unsafe) let target = target
      concurrently(blocks, threads: threads) { block in
        // What lies left of the diagonal blocks comes from above, by symmetry.
        let first = block * Self.blockSize
        let last = min(first + Self.blockSize, n)
        factor.squaredDistances(
          first..<last, to: factor, first..<n, target + (first * n + first), leading: n)
        for i in first..<last { target[i * n + i] = 0 }
        for j in first..<n {
          for i in first..<min(last, j) { target[j * n + i] = target[i * n + j] }
        }
      }
    }
  }

  /// The distances from the rows of one matrix to those of another, of as many columns.
  public init(from rows: Matrix, to others: Matrix, threads: Int) {
    self.init(from: rows, to: DoubleRows(others), threads: threads)
  }

  package init(from rows: Matrix, to others: DoubleRows, threads: Int) {
    precondition(
      rows.columnCount == others.columnCount,
      "distances from rows of \(rows.columnCount) elements to rows of \(others.columnCount)")
    let (n, m) = (rows.rowCount, others.rowCount)
    let factor = DoubleRows(rows)
    rowCount = n
    columnCount = m
    values = Self.filled(n * m) { target in
      let blocks = (n + Self.blockSize - 1) / Self.blockSize
      nonisolated(unsafe) let target = target
      concurrently(blocks, threads: threads) { block in
        let first = block * Self.blockSize
        let last = min(first + Self.blockSize, n)
        factor.squaredDistances(
          first..<last, to: others, 0..<m, target + first * m, leading: m)
      }
    }
  }

  /// The median of the distances between different rows that are not the same; nil where all are.
  ///
  /// For the distances within one matrix.
  public var medianWithin: Double? {
    precondition(rowCount == columnCount, "\(rowCount) × \(columnCount) distances")
    var distances: [Double] = []
    distances.reserveCapacity(rowCount * max(rowCount - 1, 0) / 2)
    for i in 0..<rowCount {
      for j in 0..<i {
        let value = values[i * columnCount + j]
        if value > 0 { distances.append(value) }
      }
    }
    if distances.isEmpty { return nil }
    let upper = Self.select(distances.count / 2, of: &distances)
    if distances.count % 2 == 1 { return upper }
    // What precedes the selected place is not above it.
    let lower = distances[..<(distances.count / 2)].max() ?? upper
    return (lower + upper) / 2
  }

  /// The element that would stand at `place` in ascending order; those before it are not above it
  /// afterwards (Hoare's selection).
  private static func select(_ place: Int, of elements: inout [Double]) -> Double {
    var (low, high) = (0, elements.count - 1)
    while low < high {
      let pivot = elements[(low + high) / 2]
      var (i, j) = (low, high)
      while i <= j {
        while elements[i] < pivot { i += 1 }
        while elements[j] > pivot { j -= 1 }
        if i <= j {
          elements.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if place <= j {
        high = j
      } else if place >= i {
        low = i
      } else {
        break
      }
    }
    return elements[place]
  }

  private static func filled(
    _ count: Int, _ fill: (UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, done in
      if let start = buffer.baseAddress { fill(start) }
      done = count
    }
  }
}

/// The rows of a matrix in Double, with their squared lengths.
package struct DoubleRows: Sendable {
  /// The number of rows.
  package let rowCount: Int
  /// The number of columns.
  package let columnCount: Int
  private let elements: [Double]
  private let squares: [Double]

  /// Converts the rows of a matrix.
  package init(_ rows: Matrix) {
    rowCount = rows.rowCount
    columnCount = rows.columnCount
    var elements: [Double] = []
    elements.reserveCapacity(rowCount * columnCount)
    var squares: [Double] = []
    for i in 0..<rowCount {
      let row = rows.row(i)
      var square = 0.0
      for j in 0..<columnCount {
        let value = Double(row[j])
        elements.append(value)
        square += value * value
      }
      squares.append(square)
    }
    self.elements = elements
    self.squares = squares
  }

  /// Stores the squared distances from some rows to some of others, `leading` elements between the
  /// starts of two rows of the target.
  fileprivate func squaredDistances(
    _ rows: Range<Int>, to others: DoubleRows, _ columns: Range<Int>,
    _ target: UnsafeMutablePointer<Double>, leading: Int
  ) {
    OpenBLAS.prepared
    elements.withUnsafeBufferPointer { left in
      others.elements.withUnsafeBufferPointer { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return }
        cblas_dgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows.count), blasint(columns.count),
          blasint(columnCount), -2, left + rows.lowerBound * columnCount, blasint(columnCount),
          right + columns.lowerBound * columnCount, blasint(columnCount), 0, target,
          blasint(leading))
      }
    }
    others.squares.withUnsafeBufferPointer { squares in
      for (i, row) in rows.enumerated() {
        let own = self.squares[row]
        let line = target + i * leading
        for j in 0..<columns.count {
          line[j] = max(line[j] + (own + squares[columns.lowerBound + j]), 0)
        }
      }
    }
  }
}
