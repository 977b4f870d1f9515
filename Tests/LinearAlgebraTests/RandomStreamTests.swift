import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// The generator against a Python implementation; its distributions against theory.
struct RandomStreamTests {
  private struct Reference: Decodable {
    var seed: String
    var bits: [String]
    var splitBits: [String]
    var uniform: [Double]
    var normal: [Double]
  }

  @Test func `first numbers of several seeds equal the Python reference`() throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/random_stream", withExtension: "json"))
    let cases = try JSONDecoder().decode([Reference].self, from: Data(contentsOf: file))
    #expect(cases.count == 4)
    for item in cases {
      let seed = try #require(UInt64(item.seed))
      let stream = RandomStream(seed: seed)
      var bits = stream
      #expect(item.bits.map { _ in String(bits.next()) } == item.bits)
      var split = stream.split(3).split(seed)
      #expect(item.splitBits.map { _ in String(split.next()) } == item.splitBits)
      var uniform = stream
      #expect(item.uniform.map { _ in uniform.uniform() } == item.uniform)
      var normal = stream
      expectClose(item.normal.map { _ in normal.normal() }, item.normal, relative: 1e-14)
    }
  }

  @Test func `uniform numbers fill the unit interval evenly`() {
    var stream = RandomStream(seed: 11)
    var cells = [Int](repeating: 0, count: 100)
    for _ in 0..<200_000 { cells[Int(stream.uniform() * 100)] += 1 }
    #expect(chiSquare(cells, expected: [Double](repeating: 2000, count: 100)) < 99 + 5 * 14.1)
    let limits = (0..<1000).map { _ in stream.uniform(-3, 5) }
    #expect(limits.allSatisfy { $0 >= -3 && $0 < 5 } && limits.contains { $0 < -2 })
  }

  @Test func `splits do not depend on what was drawn before`() {
    var stream = RandomStream(seed: 5)
    var before = stream.split(9)
    for _ in 0..<100 { _ = stream.next() }
    var after = stream.split(9)
    #expect((0..<8).map { _ in before.next() } == (0..<8).map { _ in after.next() })
  }

  @Test func `splits differ from each other, from their parent and by their order`() {
    let root = RandomStream(seed: 5)
    var firsts = Set<UInt64>()
    for use in 0..<100_000 as Range<UInt64> {
      var split = root.split(use)
      firsts.insert(split.next())
    }
    for pair in [(1, 2), (2, 1), (0, 0), (1, 1)] as [(UInt64, UInt64)] {
      var split = root.split(pair.0).split(pair.1)
      firsts.insert(split.next())
    }
    var parent = root
    firsts.insert(parent.next())
    #expect(firsts.count == 100_005)
  }

  @Test func `neighbouring splits are uncorrelated`() {
    // Correlation of the k-th numbers of splits i and i + 1, and of i and its parent's i-th number.
    var parent = RandomStream(seed: 77)
    let root = parent
    var neighbours = 0.0
    var withParent = 0.0
    var previous = 0.0
    let count = 100_000
    for use in 0..<UInt64(count) {
      var split = root.split(use)
      let value = split.uniform() - 0.5
      neighbours += 12 * value * previous
      withParent += 12 * value * (parent.uniform() - 0.5)
      previous = value
    }
    let limit = 4 / Double(count).squareRoot()
    expectClose(neighbours / Double(count), 0, absolute: limit)
    expectClose(withParent / Double(count), 0, absolute: limit)
  }

  @Test func `whole numbers are even and permutations complete`() {
    var stream = RandomStream(seed: 3)
    var cells = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { cells[stream.index(below: 7)] += 1 }
    #expect(chiSquare(cells, expected: [Double](repeating: 10_000, count: 7)) < 6 + 5 * 3.5)
    #expect(stream.permutation(50).sorted() == Array(0..<50))
    var orders: [[Int]: Int] = [:]
    for _ in 0..<24_000 { orders[stream.permutation(4), default: 0] += 1 }
    #expect(orders.count == 24)
    #expect(
      chiSquare(Array(orders.values), expected: [Double](repeating: 1000, count: 24))
        < 23 + 5 * 6.8)
  }

  @Test func `normal deviates have the normal's moments and tails`() {
    var stream = RandomStream(seed: 21)
    let count = 400_000
    var moments = [0.0, 0, 0, 0]
    var beyond = [0, 0, 0]
    for _ in 0..<count {
      let value = stream.normal()
      for order in 0..<4 { moments[order] += pow(value, Double(order + 1)) / Double(count) }
      for limit in 0..<3 where abs(value) > Double(limit + 1) { beyond[limit] += 1 }
    }
    // Variances of the estimates: 1, 2, 15 and 96 over the count; limits at 4 standard errors.
    for (order, (expected, variance)) in [(0.0, 1.0), (1, 2), (0, 15), (3, 96)].enumerated() {
      expectClose(
        moments[order], expected, absolute: 4 * (variance / Double(count)).squareRoot(),
        "moment \(order + 1)")
    }
    for (limit, share) in [0.317_310_5, 0.045_500_3, 0.002_699_8].enumerated() {
      let error = (share * (1 - share) / Double(count)).squareRoot()
      expectClose(Double(beyond[limit]) / Double(count), share, absolute: 4 * error)
    }
  }

  @Test(arguments: [0.5, 5, 9.99, 10, 200])
  func `Poisson deviates follow the Poisson distribution`(mean: Double) {
    var stream = RandomStream(seed: 1234)
    let draws = 200_000
    let top = Int(mean + 12 * mean.squareRoot()) + 12
    var cells = [Int](repeating: 0, count: top)
    for _ in 0..<draws { cells[min(stream.poisson(mean), top - 1)] += 1 }
    var probability = exp(-mean)
    var expected: [Double] = []
    for k in 0..<top {
      expected.append(probability * Double(draws))
      probability *= mean / Double(k + 1)
    }
    // Cells with fewer than 10 expected draws are joined to one.
    let large = expected.indices.filter { expected[$0] >= 10 }
    let rest = expected.indices.filter { expected[$0] < 10 }
    let joined = rest.reduce(0) { $0 + expected[$1] }
    var observed = large.map { cells[$0] }
    var theory = large.map { expected[$0] }
    if joined >= 5 {
      observed.append(rest.reduce(0) { $0 + cells[$1] })
      theory.append(joined)
    }
    let freedom = Double(theory.count - 1)
    let statistic = chiSquare(observed, expected: theory)
    #expect(statistic < freedom + 4 * (2 * freedom).squareRoot(), "χ² of \(freedom) freedoms")
    #expect(statistic > freedom - 4 * (2 * freedom).squareRoot(), "too even")
  }

  @Test func `Poisson deviates of large means have mean and variance alike`() {
    var stream = RandomStream(seed: 8)
    for mean in [1e4, 1e7] {
      let draws = 50_000
      let values = (0..<draws).map { _ in (Double(stream.poisson(mean)) - mean) / mean.squareRoot()
      }
      expectClose(values.reduce(0, +) / Double(draws), 0, absolute: 4 / Double(draws).squareRoot())
      expectClose(
        values.reduce(0) { $0 + $1 * $1 } / Double(draws), 1,
        absolute: 4 * (2 / Double(draws)).squareRoot())
    }
  }

  @Test func `Poisson deviates of no mean are 0`() {
    var stream = RandomStream(seed: 8)
    #expect(stream.poisson(0) == 0 && stream.poisson(-3) == 0 && stream.poisson(.nan) == 0)
  }

  @Test(
    "Symmetric beta deviates: moments, symmetry and the arcsine law",
    arguments: [0.05, 0.4, 0.5, 1])
  func beta(alpha: Double) {
    var stream = RandomStream(seed: 31)
    let count = 40_000
    let values = (0..<count).map { _ in stream.beta(alpha) }
    #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(mean - 0.5) < 0.01)
    #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.003)
    // α = ½: P(x < t) = (2/π) arcsin √t; α = 1: t.
    if alpha >= 0.5 {
      for t in [0.05, 0.3, 0.8] {
        let share = Double(values.count { $0 < t }) / Double(count)
        let expected = alpha == 1 ? t : 2 / Double.pi * asin(t.squareRoot())
        #expect(abs(share - expected) < 0.01)
      }
    }
  }

  private func chiSquare(_ observed: [Int], expected: [Double]) -> Double {
    zip(observed, expected).reduce(0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1
    }
  }
}
