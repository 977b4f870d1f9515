import Studies
import Testing

@Suite("Paired comparison of predictions")
struct PairedDifferenceTests {
  private func difference(gained: Int, lost: Int, same: Int) -> PairedDifference {
    let truth = [Int](repeating: 1, count: gained + lost + same)
    let first = truth.indices.map { $0 < gained ? 1 : $0 < gained + lost ? 0 : 1 }
    let second = truth.indices.map { $0 < gained ? 0 : 1 }
    return PairedDifference(first, second, truth: truth)
  }

  // McNemar's exact test by exact sums of binomial coefficients in Python.
  @Test(
    "The p-value is that of the binomial test",
    arguments: [
      (8, 2, 0.109375), (5, 5, 1.0), (0, 6, 0.03125), (0, 0, 1.0), (30, 12, 0.007915897334896727),
    ])
  func probability(gained: Int, lost: Int, expected: Double) {
    #expect(abs(difference(gained: gained, lost: lost, same: 50).probability - expected) < 1e-12)
  }

  @Test("Worked example: 30 gained, 12 lost of 142")
  func interval() {
    let found = difference(gained: 30, lost: 12, same: 100)
    #expect(found.gained == 30 && found.lost == 12 && found.count == 142)
    // N = 144, B − C = 18: 0.125 ± 1.96 · √(43 − 324/144) / 144 = 0.125 ± 0.086893.
    #expect(abs(found.difference - 0.126761) < 1e-6)
    #expect(abs(found.interval.lowerBound - (0.125 - 0.086893)) < 1e-5)
    #expect(abs(found.interval.upperBound - (0.125 + 0.086893)) < 1e-5)
    // Nothing changed: still an interval.
    let none = difference(gained: 0, lost: 0, same: 100)
    #expect(none.interval.lowerBound < 0 && none.interval.upperBound > 0)
  }

  @Test("Thousands of changes do not underflow")
  func many() {
    let found = difference(gained: 2100, lost: 1900, same: 0)
    #expect(found.probability > 0.0015 && found.probability < 0.0019)
  }
}
