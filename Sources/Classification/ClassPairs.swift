/// The pairs of classes, each told apart by a machine of its own: (0, 1), (0, 2), …, (1, 2), ….
public struct ClassPairs: Sendable {
  /// The number of classes.
  public let classCount: Int
  /// The pairs in their order.
  public let all: [(first: Int, second: Int)]

  /// The pairs of so many classes.
  public init(_ classCount: Int) {
    self.classCount = classCount
    all = (0..<classCount).flatMap { first in
      (first + 1..<classCount).map { (first, $0) }
    }
  }

  /// The class that most pairs choose by the sign of their decision values; the first of equal ones.
  public func vote(_ decisions: some Collection<Double>) -> Int {
    var votes = [Int](repeating: 0, count: classCount)
    for (pair, decision) in zip(all, decisions) {
      votes[decision > 0 ? pair.first : pair.second] += 1
    }
    return (1..<classCount).reduce(0) { votes[$1] > votes[$0] ? $1 : $0 }
  }

  /// The probabilities of all classes from those of the pairs: r of a pair is the probability of its first
  /// class, if it is one of the two.
  ///
  /// The p with Σ p = 1 that makes Σᵢ Σ_{j≠i} (rⱼᵢ pᵢ − rᵢⱼ pⱼ)² least: the second method of Wu, Lin &
  /// Weng, J. Mach. Learn. Res. 5 (2004) 975. It solves Q p + b e = 0, eᵀ p = 1 with Qᵢᵢ = Σ rⱼᵢ² and
  /// Qᵢⱼ = −rⱼᵢ rᵢⱼ, here by elimination.
  public func coupled(_ probabilities: some Collection<Double>) -> [Double] {
    let k = classCount
    if k == 1 { return [1] }
    let width = k + 2
    // Each row: Q, the column of b, the right-hand side.
    var system = [Double](repeating: 0, count: (k + 1) * width)
    for (pair, probability) in zip(all, probabilities) {
      // At 0 and 1 the system could be singular.
      let r = min(max(probability, 1e-7), 1 - 1e-7)
      system[pair.first * width + pair.first] += (1 - r) * (1 - r)
      system[pair.second * width + pair.second] += r * r
      system[pair.first * width + pair.second] = -(1 - r) * r
      system[pair.second * width + pair.first] = -(1 - r) * r
    }
    for i in 0..<k {
      system[i * width + k] = 1
      system[k * width + i] = 1
    }
    system[k * width + k + 1] = 1
    let solution = Self.solve(&system, order: k + 1)
    // The least sum has no negative p; rounding may leave one of 1e-16.
    let p = solution[..<k].map { max($0, 0) }
    let sum = p.reduce(0, +)
    return p.map { $0 / sum }
  }

  /// Solves a linear system whose rows end with the right-hand side (Gauß, largest pivots).
  private static func solve(_ system: inout [Double], order: Int) -> [Double] {
    let width = order + 1
    for column in 0..<order {
      let pivot = (column..<order).reduce(column) {
        abs(system[$1 * width + column]) > abs(system[$0 * width + column]) ? $1 : $0
      }
      if pivot != column {
        for j in 0..<width { system.swapAt(pivot * width + j, column * width + j) }
      }
      for row in column + 1..<max(order, column + 1) {
        let factor = system[row * width + column] / system[column * width + column]
        for j in column..<width {
          system[row * width + j] -= factor * system[column * width + j]
        }
      }
    }
    var solution = [Double](repeating: 0, count: order)
    for row in (0..<order).reversed() {
      var value = system[row * width + order]
      for j in row + 1..<max(order, row + 1) { value -= system[row * width + j] * solution[j] }
      solution[row] = value / system[row * width + row]
    }
    return solution
  }
}
