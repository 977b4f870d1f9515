import Foundation
import Studies
import TestSupport
import Testing

/// The values of SciPy; see Fixtures/make_student.py.
private struct Reference: Decodable {
  struct Probability: Decodable {
    let freedom: Int
    let t: Double
    let probability: Double
  }
  struct Quantile: Decodable {
    let freedom: Int
    let probability: Double
    let quantile: Double
  }
  struct Paired: Decodable {
    let first: [Double]
    let second: [Double]
    let statistic: Double
    let probability: Double
    let low: Double
    let high: Double
  }
  struct Mean: Decodable {
    let values: [Double]
    let mean: Double
    let low: Double
    let high: Double
  }
  let probabilities: [Probability]
  let quantiles: [Quantile]
  let paired: [Paired]
  let means: [Mean]

  static func load() throws -> Reference {
    let url = try #require(
      Bundle.module.url(forResource: "student", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }
}

@Suite("Student's distribution and the paired t-test against SciPy")
struct StudentTests {
  private let reference: Reference

  init() throws { reference = try Reference.load() }

  @Test("Probabilities and quantiles")
  func distribution() {
    for item in reference.probabilities {
      expectClose(
        StudentDistribution(freedom: item.freedom).twoSidedProbability(of: item.t),
        item.probability, relative: 1e-9, absolute: 1e-14, "P at \(item.t), ν = \(item.freedom)")
    }
    for item in reference.quantiles {
      expectClose(
        StudentDistribution(freedom: item.freedom).twoSidedQuantile(item.probability),
        item.quantile, relative: 1e-11, "quantile \(item.probability), ν = \(item.freedom)")
    }
  }

  @Test("With one and two degrees of freedom: the closed forms")
  func closedForms() {
    for t in [0.2, 1, 5.0] {
      expectClose(
        StudentDistribution(freedom: 1).twoSidedProbability(of: -t), 1 - 2 / Double.pi * atan(t),
        absolute: 1e-14)
      expectClose(
        StudentDistribution(freedom: 2).twoSidedProbability(of: t),
        1 - t / (2 + t * t).squareRoot(),
        absolute: 1e-14)
    }
  }

  @Test("Means with their intervals")
  func means() throws {
    for item in reference.means {
      let found = SeedMean(item.values)
      let half = try #require(found.halfWidth)
      expectClose(
        [found.mean, found.mean - half, found.mean + half], [item.mean, item.low, item.high],
        relative: 1e-11)
    }
    #expect(SeedMean([0.5]).halfWidth == nil)
  }

  @Test("Paired differences")
  func paired() throws {
    for item in reference.paired {
      let found = SeedComparison(item.first, item.second)
      let half = try #require(found.difference.halfWidth)
      expectClose(
        [
          try #require(found.statistic), try #require(found.probability),
          found.difference.mean - half, found.difference.mean + half,
        ], [item.statistic, item.probability, item.low, item.high], relative: 1e-8)
    }
  }

  @Test("No test where the differences are equal, or there is one")
  func noTest() {
    for (first, second) in [
      ([0.3, 0.4, 0.5], [0.2, 0.3, 0.4]), ([0.5, 0.5], [0.5, 0.5]), ([1], [0]),
    ] {
      let found = SeedComparison(first, second)
      #expect(found.statistic == nil && found.probability == nil)
      expectClose(found.difference.mean, first[0] - second[0], absolute: 1e-15)
    }
  }
}
