public import LinearAlgebra

/// The kernel distance of two sets of features, the square of their maximum mean discrepancy.
///
/// MMD² = mean_{i≠j} k(xᵢ, xⱼ) + mean_{i≠j} k(yᵢ, yⱼ) − 2 mean_{i,j} k(xᵢ, yⱼ) with
/// k(x, y) = (x·y / d + 1)³: the unbiased estimate of Bińkowski et al. (arXiv 1801.01401), the kernel
/// inception distance but for its features. 0 on average for sets of one distribution, whatever their
/// size, so it may be negative. The cube sees what means and covariances do not: skewness. Shapes:
/// n × d and m × d, n and m ≥ 2.
public func kernelDistance(_ x: Matrix, _ y: Matrix) -> Double {
  precondition(
    x.columnCount == y.columnCount && x.rowCount > 1 && y.rowCount > 1,
    "a kernel distance of \(x.rowCount) × \(x.columnCount) to \(y.rowCount) × \(y.columnCount)")
  return meanKernel(within: x) + meanKernel(within: y) - 2 * meanKernel(x, y)
}

private func meanKernel(within x: Matrix) -> Double {
  let n = x.rowCount
  var sum = 0.0
  for i in 0..<n {
    for j in 0..<i { sum += kernel(x, i, x, j) }
  }
  return sum / Double(n * (n - 1) / 2)
}

private func meanKernel(_ x: Matrix, _ y: Matrix) -> Double {
  var sum = 0.0
  for i in 0..<x.rowCount {
    for j in 0..<y.rowCount { sum += kernel(x, i, y, j) }
  }
  return sum / Double(x.rowCount * y.rowCount)
}

private func kernel(_ x: Matrix, _ i: Int, _ y: Matrix, _ j: Int) -> Double {
  let a = x.row(i)
  let b = y.row(j)
  var product = 0.0
  for k in 0..<x.columnCount { product += Double(a[k]) * Double(b[k]) }
  let value = product / Double(x.columnCount) + 1
  return value * value * value
}
