internal import COpenBLAS

/// The largest eigenvalues of a symmetric tridiagonal matrix, largest first, by bisection (LAPACK's
/// dstebz).
///
/// `diagonal` has one element more than `beside`. Eigenvalues are within `accuracy`. Returns nil when
/// an element is not finite or the bisection fails.
package func leadingEigenvalues(
  diagonal: [Double], beside: [Double], count: Int, accuracy: Double
) -> [Double]? {
  precondition(
    diagonal.count == beside.count + 1 && count > 0 && count <= diagonal.count && accuracy >= 0,
    "\(count) eigenvalues of \(diagonal.count) and \(beside.count) elements")
  guard diagonal.allSatisfy(\.isFinite), beside.allSatisfy(\.isFinite) else { return nil }
  OpenBLAS.prepared
  let order = diagonal.count
  let n = blasint(order)
  let unused = 0.0
  let first = blasint(order - count + 1)
  var found: blasint = 0
  var blocks: blasint = 0
  var values = [Double](repeating: 0, count: order)
  var valueBlocks = [blasint](repeating: 0, count: order)
  var blockEnds = [blasint](repeating: 0, count: order)
  var work = [Double](repeating: 0, count: 4 * order)
  var integerWork = [blasint](repeating: 0, count: 3 * order)
  var info: blasint = 0
  dstebz_(
    "I", "E", [n], [unused], [unused], [first], [n], [accuracy], diagonal,
    beside.isEmpty ? [0] : beside, &found, &blocks, &values, &valueBlocks, &blockEnds, &work,
    &integerWork, &info)
  return info == 0 && Int(found) == count ? values[..<count].reversed() : nil
}
