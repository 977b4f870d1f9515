import LinearAlgebra
import TestSupport
import Testing

@Suite("Discrete deviates")
struct DiscreteDeviatesTests {
  /// The share of every number among 400,000 deviates.
  private func shares(of distribution: DiscreteDistribution, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    let matrix = Matrix(rows: 400, columns: 1000)
    stream.fill(matrix, from: distribution)
    var counts: [Double] = []
    for value in matrix.elements {
      while counts.count <= Int(value) { counts.append(0) }
      counts[Int(value)] += 1 / 400_000
    }
    return counts
  }

  /// Expects shares within 4.5 standard deviations of the probabilities.
  private func check(_ shares: [Double], _ probabilities: [Double]) {
    for (k, p) in probabilities.enumerated() {
      let share = k < shares.count ? shares[k] : 0
      expectClose(
        share, p, absolute: 4.5 * (p * (1 - p) / 400_000).squareRoot() + 1e-9, "share of \(k)")
    }
  }

  @Test("Poisson of mean 0.5: SciPy's probabilities")
  func poissonSmall() {
    // scipy.stats.poisson.pmf(range(6), 0.5), SciPy 1.17
    check(
      shares(of: .poisson(0.5), seed: 1),
      [
        0.6065306597126334, 0.30326532985631666, 0.07581633246407919, 0.012636055410679865,
        0.0015795069263349827, 0.0001579506926334984,
      ])
  }

  @Test("Poisson of mean 12: mean and variance alike")
  func poissonLarge() {
    let shares = shares(of: .poisson(12), seed: 2)
    let mean = shares.enumerated().reduce(0.0) { $0 + Double($1.0) * $1.1 }
    let square = shares.enumerated().reduce(0.0) { $0 + Double($1.0 * $1.0) * $1.1 }
    // Standard errors 0.0055 and 0.027.
    expectClose(mean, 12, absolute: 0.025)
    expectClose(square - mean * mean, 12, absolute: 0.12)
  }

  @Test("Bernoulli, never and always included")
  func bernoulli() {
    check(shares(of: .bernoulli(0.3), seed: 3), [0.7, 0.3])
    #expect(shares(of: .bernoulli(0), seed: 4).count == 1)
    #expect(shares(of: .bernoulli(1), seed: 5)[0] == 0)
  }

  @Test("A deviate depends on the stream and its place alone")
  func prefix() {
    var long = RandomStream(seed: 6)
    var short = RandomStream(seed: 6)
    let many = Matrix(rows: 1, columns: 200)
    let few = Matrix(rows: 1, columns: 77)
    long.fill(many, from: .poisson(2))
    short.fill(few, from: .poisson(2))
    #expect(many.columns(0..<77).elements == few.elements)
    #expect(long.next() == short.next())
  }
}
