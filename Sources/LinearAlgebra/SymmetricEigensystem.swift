internal import COpenBLAS

/// The eigenvalues and eigenvectors of a real symmetric matrix, in Double.
public struct SymmetricEigensystem: Sendable {
  /// The eigenvalues, largest first.
  public let values: [Double]
  /// The eigenvectors as rows: element k·order + j is component j of the vector of `values[k]`.
  ///
  /// Orthonormal; of each vector the component of largest magnitude is positive (the lowest index
  /// of equal ones), so that signs do not depend on the library's version.
  public let vectors: [Double]

  /// Decomposes a matrix of order² elements, of which the lower triangle in row order is read
  /// (LAPACK's dsyevd).
  ///
  /// Returns nil when an element is not finite or the iteration does not converge.
  public init?(_ matrix: [Double], order: Int) {
    precondition(
      order > 0 && matrix.count == order * order, "\(matrix.count) elements for order \(order)")
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    OpenBLAS.prepared
    var a = matrix
    var ascending = [Double](repeating: 0, count: order)
    var n = blasint(order)
    var info: blasint = 0
    var size: blasint = -1
    var integerSize: blasint = -1
    var work: [Double] = [0]
    var integerWork: [blasint] = [0]
    // Row order read as Fortran's column order is the transpose: our lower triangle is its upper.
    dsyevd_("V", "U", &n, &a, &n, &ascending, &work, &size, &integerWork, &integerSize, &info)
    size = blasint(work[0])
    integerSize = integerWork[0]
    work = Array(repeating: 0, count: Int(size))
    integerWork = Array(repeating: 0, count: Int(integerSize))
    dsyevd_("V", "U", &n, &a, &n, &ascending, &work, &size, &integerWork, &integerSize, &info)
    guard info == 0 else { return nil }
    values = ascending.reversed()
    vectors = Self.rows(ofColumns: a, order: order, count: order)
  }

  /// The `leading` largest eigenvalues and their vectors (LAPACK's dsyevr); of the matrix the lower
  /// triangle in row order is read.
  ///
  /// A third of the time of the whole system, and without its order² workspace, when `leading` is
  /// small. Returns nil when an element is not finite or the iteration does not converge.
  public init?(_ matrix: [Double], order: Int, leading: Int) {
    precondition(
      order > 0 && matrix.count == order * order && leading > 0 && leading <= order,
      "\(leading) of order \(order), \(matrix.count) elements")
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    OpenBLAS.prepared
    var a = matrix
    var ascending = [Double](repeating: 0, count: order)
    var columns = [Double](repeating: 0, count: order * leading)
    var n = blasint(order)
    var first = blasint(order - leading + 1)
    var last = blasint(order)
    var unused = 0.0
    // 0: LAPACK's own accuracy, of the order of the rounding of the largest element.
    var tolerance = 0.0
    var found: blasint = 0
    var support = [blasint](repeating: 0, count: 2 * leading)
    var info: blasint = 0
    var size: blasint = -1
    var integerSize: blasint = -1
    var work: [Double] = [0]
    var integerWork: [blasint] = [0]
    for _ in 0..<2 {
      var lower = unused
      dsyevr_(
        "V", "I", "U", &n, &a, &n, &lower, &unused, &first, &last, &tolerance, &found, &ascending,
        &columns, &n, &support, &work, &size, &integerWork, &integerSize, &info)
      // The first call asked for the sizes of the workspaces, the second does the work.
      guard info == 0, size < 0 else { break }
      size = blasint(work[0])
      integerSize = integerWork[0]
      work = Array(repeating: 0, count: Int(size))
      integerWork = Array(repeating: 0, count: Int(integerSize))
    }
    guard info == 0, Int(found) == leading else { return nil }
    values = ascending[..<leading].reversed()
    vectors = Self.rows(ofColumns: columns, order: order, count: leading)
  }

  /// The last `count` columns of LAPACK's result, last first, as rows of fixed sign.
  private static func rows(ofColumns a: [Double], order: Int, count: Int) -> [Double] {
    Array(unsafeUninitializedCapacity: order * count) { buffer, initialized in
      for k in 0..<count {
        let column = (count - 1 - k) * order
        var largest = 0
        for j in 0..<order where abs(a[column + j]) > abs(a[column + largest]) { largest = j }
        let sign: Double = a[column + largest] < 0 ? -1 : 1
        for j in 0..<order { buffer[k * order + j] = sign * a[column + j] }
      }
      initialized = order * count
    }
  }
}

/// All eigenvalues of a real symmetric matrix, largest first, in Double (LAPACK's dsyevd without
/// vectors); the lower triangle in row order is read.
///
/// Returns nil when an element is not finite or the iteration does not converge.
public func symmetricEigenvalues(of matrix: [Double], order: Int) -> [Double]? {
  precondition(
    order > 0 && matrix.count == order * order, "\(matrix.count) elements for order \(order)")
  guard matrix.allSatisfy(\.isFinite) else { return nil }
  OpenBLAS.prepared
  var a = matrix
  var ascending = [Double](repeating: 0, count: order)
  var n = blasint(order)
  var info: blasint = 0
  var size: blasint = -1
  var integerSize: blasint = 1
  var work: [Double] = [0]
  var integerWork: [blasint] = [0]
  dsyevd_("N", "U", &n, &a, &n, &ascending, &work, &size, &integerWork, &integerSize, &info)
  size = blasint(work[0])
  work = Array(repeating: 0, count: Int(size))
  dsyevd_("N", "U", &n, &a, &n, &ascending, &work, &size, &integerWork, &integerSize, &info)
  return info == 0 ? ascending.reversed() : nil
}

/// The singular values of a matrix in row order, largest first, in Double (LAPACK's dgesdd).
///
/// Their sum is the nuclear norm. Returns nil when an element is not finite or the iteration does
/// not converge.
public func singularValues(of matrix: [Double], rows: Int, columns: Int) -> [Double]? {
  precondition(
    rows > 0 && matrix.count == rows * columns, "\(matrix.count) elements in \(rows) rows")
  guard columns > 0 else { return [] }
  guard matrix.allSatisfy(\.isFinite) else { return nil }
  OpenBLAS.prepared
  var a = matrix
  var values = [Double](repeating: 0, count: min(rows, columns))
  // Row order read as column order is the transpose, which has the same singular values.
  var m = blasint(columns)
  var n = blasint(rows)
  var one: blasint = 1
  var none: [Double] = [0]
  var integerWork = [blasint](repeating: 0, count: 8 * min(rows, columns))
  var size: blasint = -1
  var work: [Double] = [0]
  var info: blasint = 0
  var noneAgain: [Double] = [0]
  dgesdd_(
    "N", &m, &n, &a, &m, &values, &none, &one, &noneAgain, &one, &work, &size, &integerWork, &info)
  size = blasint(work[0])
  work = Array(repeating: 0, count: Int(size))
  dgesdd_(
    "N", &m, &n, &a, &m, &values, &none, &one, &noneAgain, &one, &work, &size, &integerWork, &info)
  return info == 0 ? values : nil
}
