/// A row-major matrix of Float, or a rectangular part of one.
///
/// A `Matrix` refers to storage and does not own it alone: ``rows(_:)`` and ``columns(_:)`` give
/// parts that share the storage, so that a layer can write its output straight into some columns of
/// a wider matrix (concatenation costs nothing) and parameters can live in one flat buffer. The
/// storage lives as long as any matrix that refers to it. Not for use from several threads at once.
public struct Matrix {
  private let storage: Storage
  private let offset: Int
  /// The number of rows.
  public let rowCount: Int
  /// The number of columns.
  public let columnCount: Int
  /// The distance between the starts of two rows, in elements.
  public let leadingDimension: Int

  /// Creates a matrix of zeros with storage of its own.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    storage = Storage(count: rows * columns)
    offset = 0
    rowCount = rows
    columnCount = columns
    leadingDimension = columns
  }

  /// Creates a matrix with storage of its own from `rows` · columns elements in row order.
  public init(rows: Int, elements: [Float]) {
    precondition(
      rows > 0 && elements.count % rows == 0, "\(elements.count) elements in \(rows) rows")
    self.init(rows: rows, columns: elements.count / rows)
    copy(from: elements)
  }

  private init(
    storage: Storage, offset: Int, rows: Int, columns: Int, leadingDimension: Int
  ) {
    self.storage = storage
    self.offset = offset
    rowCount = rows
    columnCount = columns
    self.leadingDimension = leadingDimension
  }

  /// The given rows, sharing storage.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of \(rowCount)")
    return Matrix(
      storage: storage, offset: offset + range.lowerBound * leadingDimension, rows: range.count,
      columns: columnCount, leadingDimension: leadingDimension)
  }

  /// A copy of the rows of these numbers, in this order.
  public func rows(_ numbers: [Int]) -> Matrix {
    let chosen = Matrix(rows: numbers.count, columns: columnCount)
    for (row, number) in numbers.enumerated() {
      chosen.rows(row..<row + 1).copy(from: rows(number..<number + 1))
    }
    return chosen
  }

  /// The given columns, sharing storage.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columnCount,
      "columns \(range) of \(columnCount)")
    return Matrix(
      storage: storage, offset: offset + range.lowerBound, rows: rowCount, columns: range.count,
      leadingDimension: leadingDimension)
  }

  /// `rows` × `columns` elements that lie one after another from `start` on, sharing storage.
  ///
  /// Needs contiguous rows in this matrix.
  public func reshaped(from start: Int, rows: Int, columns: Int) -> Matrix {
    precondition(
      isContiguous && start >= 0 && start + rows * columns <= rowCount * columnCount,
      "\(rows) × \(columns) elements from \(start) of a \(rowCount) × \(columnCount) matrix")
    return Matrix(
      storage: storage, offset: offset + start, rows: rows, columns: columns,
      leadingDimension: columns)
  }

  /// True when the rows follow each other without a gap.
  public var isContiguous: Bool { leadingDimension == columnCount || rowCount <= 1 }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      check(row, column)
      return self.row(row)[column]
    }
    nonmutating set {
      check(row, column)
      self.row(row)[column] = newValue
    }
  }

  /// All elements in row order.
  public var elements: [Float] {
    Array(unsafeUninitializedCapacity: rowCount * columnCount) { buffer, count in
      for row in 0..<rowCount where columnCount > 0 {
        (buffer.baseAddress.unsafelyUnwrapped + row * columnCount)
          .initialize(from: self.row(row), count: columnCount)
      }
      count = rowCount * columnCount
    }
  }

  /// Copies `rowCount` · `columnCount` elements, in row order, into this matrix.
  public func copy(from elements: [Float]) {
    precondition(
      elements.count == rowCount * columnCount,
      "\(elements.count) elements for a \(rowCount) × \(columnCount) matrix")
    elements.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      for row in 0..<rowCount {
        self.row(row).update(from: start + row * columnCount, count: columnCount)
      }
    }
  }

  /// Copies another matrix of the same shape into this one.
  public func copy(from other: Matrix) {
    precondition(
      other.rowCount == rowCount && other.columnCount == columnCount,
      "\(other.rowCount) × \(other.columnCount) into \(rowCount) × \(columnCount)")
    for row in 0..<rowCount { self.row(row).update(from: other.row(row), count: columnCount) }
  }

  /// Sets every element.
  public func fill(_ value: Float) {
    for row in 0..<rowCount { self.row(row).update(repeating: value, count: columnCount) }
  }

  /// The address of the first element of a row, for kernels; valid while this matrix is.
  package func row(_ row: Int) -> UnsafeMutablePointer<Float> {
    storage.start + (offset + row * leadingDimension)
  }

  /// The address of the first element, for kernels; valid while this matrix is.
  package var start: UnsafeMutablePointer<Float> { row(0) }

  private func check(_ row: Int, _ column: Int) {
    precondition(
      row >= 0 && row < rowCount && column >= 0 && column < columnCount,
      "element (\(row), \(column)) of a \(rowCount) × \(columnCount) matrix")
  }

  /// Zero-filled memory aligned to a cache line and a vector register.
  private final class Storage {
    let start: UnsafeMutablePointer<Float>

    init(count: Int) {
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
      start = memory.bindMemory(to: Float.self, capacity: max(count, 1))
      start.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { start.deallocate() }
  }
}
