import LinearAlgebra
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct RandomStreamTests {
  /// Values of Fixtures/xoshiro_reference.py.
  @Test func equalsAnIndependentImplementation() {
    var stream = RandomStream(seed: 42)
    let numbers = (0..<5).map { _ in stream.next() }
    #expect(
      numbers == [
        15_021_278_609_987_233_951, 5_881_210_131_331_364_753, 18_149_643_915_985_481_100,
        12_933_668_939_759_105_464, 14_637_574_242_682_825_331,
      ])
  }

  @Test func aSplitDependsOnSeedAndUseOnly() {
    let fresh = RandomStream(seed: 7)
    var used = fresh
    for _ in 0..<100 { _ = used.next() }
    var first = fresh.split(3)
    var second = used.split(3)
    var other = fresh.split(4)
    let numbers = (0..<8).map { _ in first.next() }
    #expect(numbers == (0..<8).map { _ in second.next() })
    #expect(numbers != (0..<8).map { _ in other.next() })
  }

  @Test func splitsAreUncorrelated() {
    let root = RandomStream(seed: 1)
    var one = root.split(0)
    var two = root.split(1)
    let count = 20_000
    let sum = (0..<count).reduce(0.0) { total, _ in
      total + (one.uniform() - 0.5) * (two.uniform() - 0.5)
    }
    // The product has variance 1/144; 5 standard errors.
    #expect(abs(sum / Double(count)) < 5 / 12 / Double(count).squareRoot())
  }

  @Test func uniformNumbersHaveTheirMoments() {
    var stream = RandomStream(seed: 5)
    let values = (0..<100_000).map { _ in stream.uniform() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    expectClose(mean(values), 0.5, absolute: 5 * (1.0 / 12 / 100_000).squareRoot())
    expectClose(variance(values), 1.0 / 12, relative: 0.02)
  }

  @Test func normalNumbersHaveTheirMoments() {
    var stream = RandomStream(seed: 6)
    let values = (0..<200_000).map { _ in stream.normal() }
    expectClose(mean(values), 0, absolute: 5 / 200_000.0.squareRoot())
    expectClose(variance(values), 1, relative: 0.02)
    let beyond = Double(values.filter { abs($0) > 1.959964 }.count) / 200_000
    expectClose(beyond, 0.05, absolute: 5 * (0.05 * 0.95 / 200_000).squareRoot())
  }

  /// χ² of drawn counts against the probability e^-m m^k / k!, on both sides of the change of
  /// method at 10; the limit is mean + 5 standard deviations of χ² with that many classes.
  @Test(arguments: [0.5, 5, 9.99, 10, 37.5, 200])
  func poissonNumbersFollowTheirDistribution(_ mean: Double) {
    var stream = RandomStream(seed: 8)
    let draws = 100_000
    var counts: [Int: Int] = [:]
    for _ in 0..<draws { counts[stream.poisson(mean), default: 0] += 1 }
    var statistic = 0.0
    var classes = 0.0
    for k in 0..<Int(mean + 20 * mean.squareRoot() + 20) {
      let expected = Double(draws) * exp(Double(k) * log(mean) - mean - lgamma(Double(k) + 1))
      guard expected >= 10 else { continue }
      let difference = Double(counts[k] ?? 0) - expected
      statistic += difference * difference / expected
      classes += 1
    }
    #expect(statistic < classes + 5 * (2 * classes).squareRoot())
  }

  @Test(arguments: [0, -3, -Double.infinity])
  func aMeanThatIsNotPositiveGivesNoCounts(_ mean: Double) {
    var stream = RandomStream(seed: 9)
    #expect(stream.poisson(mean) == 0)
  }

  @Test func aPermutationHoldsEveryNumberOnce() {
    var stream = RandomStream(seed: 10)
    let order = stream.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func variance(_ values: [Double]) -> Double {
    let center = mean(values)
    return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)
  }
}
