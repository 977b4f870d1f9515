public import LinearAlgebra

/// The mean Euclidean distance between two different examples of a set.
///
/// Its ratio to the real set's is the diversity: 0 when all generated examples are the same one.
/// Shape: n × d with n ≥ 2.
public func meanPairwiseDistance(of examples: Matrix) -> Double {
  let n = examples.rowCount
  precondition(n > 1, "distances between \(n) examples")
  var sum = 0.0
  for i in 0..<n {
    for j in 0..<i { sum += distance(examples, i, examples, j) }
  }
  return sum / Double(n * (n - 1) / 2)
}

/// The mean over `examples` of the Euclidean distance to the nearest of `others`.
///
/// Its ratio to the real set's ``meanNearestDistance(within:)`` is the authenticity: 0 for copies.
/// Shapes: n × d and m × d.
public func meanNearestDistance(from examples: Matrix, to others: Matrix) -> Double {
  precondition(
    examples.rowCount > 0 && others.rowCount > 0,
    "distances from \(examples.rowCount) to \(others.rowCount) examples")
  var sum = 0.0
  for i in 0..<examples.rowCount {
    var nearest = Double.infinity
    for j in 0..<others.rowCount {
      nearest = min(nearest, distance(examples, i, others, j))
    }
    sum += nearest
  }
  return sum / Double(examples.rowCount)
}

/// The mean over `examples` of the Euclidean distance to the nearest other one (leave one out).
///
/// Shape: n × d with n ≥ 2.
public func meanNearestDistance(within examples: Matrix) -> Double {
  let n = examples.rowCount
  precondition(n > 1, "distances between \(n) examples")
  var nearest = [Double](repeating: .infinity, count: n)
  for i in 0..<n {
    for j in 0..<i {
      let distance = distance(examples, i, examples, j)
      nearest[i] = min(nearest[i], distance)
      nearest[j] = min(nearest[j], distance)
    }
  }
  return nearest.reduce(0, +) / Double(n)
}

/// The share of the real examples that have a generated one in their neighbourhood.
///
/// A real example's neighbourhood is the ball that reaches to the `neighbours`-th nearest other real
/// one (coverage, Naeem et al., arXiv 2002.09797). A set that repeats a few examples leaves the others
/// without; outliers hardly count. About 1 − 2^−neighbours for sets of one distribution and equal size.
/// Shapes: n × d with n > `neighbours`, and m × d.
public func coverage(of real: Matrix, by generated: Matrix, neighbours: Int = 5) -> Double {
  let n = real.rowCount
  precondition(n > neighbours && neighbours > 0, "\(neighbours) neighbours among \(n) examples")
  var covered = 0
  var others = [Double](repeating: 0, count: n)
  for i in 0..<n {
    for j in 0..<n { others[j] = i == j ? .infinity : distance(real, i, real, j) }
    others.sort()
    let reach = others[neighbours - 1]
    if (0..<generated.rowCount).contains(where: { distance(real, i, generated, $0) <= reach }) {
      covered += 1
    }
  }
  return Double(covered) / Double(n)
}

private func distance(_ a: Matrix, _ i: Int, _ b: Matrix, _ j: Int) -> Double {
  let x = a.row(i)
  let y = b.row(j)
  var sum = 0.0
  for k in 0..<a.columnCount {
    let difference = Double(x[k]) - Double(y[k])
    sum += difference * difference
  }
  return sum.squareRoot()
}
