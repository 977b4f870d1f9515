internal import COpenBLAS

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The eigenvalues and eigenvectors of a real symmetric matrix, in Double.
public struct SymmetricEigensystem: Sendable {
  /// The eigenvalues, largest first.
  public let values: [Double]
  /// The next eigenvalues after `values`, each less than 5 % below the true one; empty where none were
  /// asked for.
  public let furtherValues: [Double]
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
    furtherValues = []
    vectors = Self.rows(ofColumns: a, order: order, count: order)
  }

  /// The `leading` largest eigenvalues and their vectors, or those of them above a bound, at least
  /// one; of the matrix the lower triangle in row order is read.
  ///
  /// When few are asked for, from a block Krylov subspace that grows until the residual of every
  /// pair is below 1e-13 of the largest eigenvalue (1e-3 of its own where the next is within 10 %): a tenth of the time of LAPACK's reduction, which
  /// is used otherwise, and when the subspace would become larger than a third of the order
  /// (eigenvalues of noise lie close together and need much of it). The result depends on the matrix
  /// alone. Vectors of nearly equal eigenvalues are ill-determined; of more than 16 equal ones some
  /// may be missed.
  ///
  /// `further` eigenvalues are wanted in all; those beyond the pairs come as ``furtherValues``. With
  /// more than one of `threads`, two are used; the result is the same.
  /// Returns nil when an element is not finite or the iteration does not converge.
  public init?(
    _ matrix: [Double], order: Int, leading: Int, above bound: Double = -.infinity,
    further: Int = 0, threads: Int = 1
  ) {
    precondition(
      order > 0 && matrix.count == order * order && leading > 0 && leading <= order,
      "\(leading) of order \(order), \(matrix.count) elements")
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    OpenBLAS.prepared
    let further = min(further, order)
    if let system = Self.krylov(
      matrix, order: order, leading: leading, above: bound, further: further, threads: threads)
    {
      self = system
      return
    }
    guard
      let system = Self(reducing: matrix, order: order, leading: max(leading, further))
    else { return nil }
    let count = min(max(system.values.count { $0 > bound }, 1), leading)
    values = Array(system.values[..<count])
    vectors = Array(system.vectors[..<(count * order)])
    furtherValues = Array(system.values[count..<max(count, further)])
  }

  /// The pairs from a Krylov subspace; nil when that is not the way.
  private static func krylov(
    _ matrix: [Double], order: Int, leading: Int, above bound: Double, further: Int, threads: Int
  ) -> Self? {
    let block = BlockKrylov.block
    let capacity = order / 3 / block * block
    guard capacity >= 8 * block, max(leading, further) <= capacity / 4,
      var space = BlockKrylov(order: order, capacity: capacity, threads: threads)
    else { return nil }
    var nextLook = 4 * block
    while !space.isFull {
      guard space.expand(matrix) else { return nil }
      guard space.dimension >= nextLook else { continue }
      nextLook = space.dimension * 6 / 5
      // The one behind the last tells whether that is crowded.
      let looked = min(max(leading + 1, further), space.dimension / 2)
      guard let pairs = space.pairs(looked), pairs.values[0] > 0 else { return nil }
      let count = min(max(pairs.values.count { $0 > bound }, 1), leading)
      // A bound needs to be seen passed.
      let known = max(further, count < leading && bound > -.infinity ? count + 1 : count)
      guard known <= looked else { continue }
      let limits = (0..<count).map { limit(of: $0, in: pairs.values) }
      let areKnown = (0..<known).allSatisfy { index in
        let residual = pairs.residuals[index]
        if index < count { return residual <= limits[index] }
        return residual <= furtherResidual * pairs.values[index]
          && (index > count || bound == -.infinity || pairs.values[index] + residual <= bound)
      }
      if areKnown {
        return Self(
          values: Array(pairs.values[..<count]),
          furtherValues: Array(pairs.values[count..<max(count, further)]),
          vectors: rows(
            ofColumns: space.vectors(count, of: pairs), order: order, count: count, reversed: false)
        )
      }
    }
    return nil
  }

  private init(values: [Double], furtherValues: [Double], vectors: [Double]) {
    self.values = values
    self.furtherValues = furtherValues
    self.vectors = vectors
  }

  /// The largest residual of an eigenpair: of the order of rounding, 1e-13 of the largest eigenvalue.
  ///
  /// Where the next eigenvalue is within 10 %, as among those of noise, single directions say little and
  /// would be slow to find: 1e-3 of the eigenvalue is enough.
  private static func limit(of index: Int, in values: [Double]) -> Double {
    let rounding = 1e-13 * values[0]
    let isCrowded = index + 1 < values.count && values[index + 1] > 0.9 * values[index]
    return isCrowded ? max(rounding, 1e-3 * values[index]) : rounding
  }
  private static let furtherResidual = 0.05

  /// The `leading` largest eigenvalues and their vectors by reduction to a tridiagonal matrix
  /// (LAPACK's dsyevr); of the matrix the lower triangle in row order is read.
  init?(reducing matrix: [Double], order: Int, leading: Int) {
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
    furtherValues = []
    vectors = Self.rows(ofColumns: columns, order: order, count: leading)
  }

  /// The first `count` columns, last first as LAPACK wants them when `reversed`, as rows of fixed sign.
  private static func rows(
    ofColumns a: [Double], order: Int, count: Int, reversed: Bool = true
  ) -> [Double] {
    Array(unsafeUninitializedCapacity: order * count) { buffer, initialized in
      for k in 0..<count {
        let column = (reversed ? count - 1 - k : k) * order
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
