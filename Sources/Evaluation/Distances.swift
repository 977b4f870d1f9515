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
