import Classification
import LinearAlgebra
import Testing

@Suite("Whether a classifier tells two sets apart")
struct TwoSampleTestTests {
  private func spectra(_ count: Int, height: Double = 1, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed)
    let spectra = Matrix(rows: count, columns: 40)
    for i in 0..<count {
      for j in 0..<40 {
        let distance = (Double(j) - 20) / 6
        spectra[i, j] = Float(height / (1 + distance * distance) + 0.1 * stream.normal())
      }
    }
    return spectra
  }

  private func test(_ generated: Matrix, _ real: Matrix, threads: Int = 2) -> TwoSampleTest? {
    var stream = RandomStream(seed: 1)
    return TwoSampleTest(generated, against: real, using: &stream, threads: threads)
  }

  @Test("Two sets of one distribution are not told apart, whatever the number of threads")
  func same() throws {
    let found = try #require(test(spectra(100, seed: 1), spectra(150, seed: 2)))
    #expect(found.count == 75)
    #expect(abs(found.accuracy - 0.5) < 0.08 && abs(found.nullMean - 0.5) < 0.05, "\(found)")
    #expect(found.accuracy < found.nullHigh + 0.03)
    #expect(test(spectra(100, seed: 1), spectra(150, seed: 2), threads: 1) == found)
  }

  // The difference d of the means has the length 0.15 · √Σ 1/(1 + x²)² = 0.458; with noise of 0.1 the
  // best rule is right in Φ(d / 0.2) = Φ(2.29) = 98.9 %.
  @Test("Two sets that differ are told apart, nearly as well as can be")
  func different() throws {
    let found = try #require(test(spectra(200, height: 1.15, seed: 3), spectra(400, seed: 4)))
    #expect(found.accuracy > 0.95 && found.accuracy < 1, "\(found)")
    #expect(found.nullHigh < 0.6)
  }

  @Test("Fewer than 20 real or 10 generated spectra say nothing")
  func few() {
    #expect(test(spectra(9, seed: 5), spectra(100, seed: 6)) == nil)
    #expect(test(spectra(100, seed: 5), spectra(19, seed: 6)) == nil)
  }
}
