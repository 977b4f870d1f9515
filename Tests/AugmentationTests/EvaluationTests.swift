import Augmentation
import Evaluation
import LinearAlgebra
import Testing

@Suite("What evaluation says of constructed sets")
struct EvaluationTests {
  /// Spectra of two classes at other seeds, 64 channels.
  private func sets(_ count: Int, seed: UInt64, changing change: (Matrix) -> Void = { _ in })
    throws -> [TrainingSet]
  {
    try [0.0, 4].enumerated().map { index, place in
      var stream = RandomStream(seed: seed).split(UInt64(index))
      let spectra = Matrix(rows: count, columns: 96)
      for i in 0..<count {
        let centre = 40 + place + stream.normal()
        let height = 0.3 * stream.uniform()
        for j in 0..<96 {
          let near = (Double(j) - centre) / 5
          let far = (Double(j) - centre - 25) / 7
          spectra[i, j] = Float(
            1 / (1 + near * near) + height / (1 + far * far) + 0.03 * stream.normal())
        }
      }
      change(spectra)
      return try TrainingSet(name: "class \(index)", spectra: spectra, least: 2)
    }
  }

  private func verdicts(_ synthetic: [TrainingSet]) throws -> [Verdict] {
    try ClassEvaluation.evaluate(
      synthetic, against: try sets(120, seed: 1), seed: 1, threads: 2
    ).map(\.verdict)
  }

  @Test("Fresh spectra are good, whatever the number of threads, few or many")
  func good() throws {
    let real = try sets(120, seed: 1)
    let fresh = try sets(200, seed: 2)
    let found = try ClassEvaluation.evaluate(fresh, against: real, seed: 3, threads: 2)
    #expect(found.map(\.verdict) == [.good, .good])
    #expect(found.allSatisfy { $0.groupSize == 60 && $0.paper == nil })
    #expect(try ClassEvaluation.evaluate(fresh, against: real, seed: 3, threads: 1) == found)
    let few = try ClassEvaluation.evaluate(
      try sets(12, seed: 4), against: real, paperMetrics: true, seed: 3, threads: 2)
    #expect(few.allSatisfy { $0.groupSize == 12 && $0.paper?.groupSize == 12 })
  }

  @Test("Each fault has its verdict")
  func faults() throws {
    #expect(try verdicts(try sets(120, seed: 1)) == [.copied, .copied])
    let same = try sets(100, seed: 5) { spectra in
      for i in 1..<100 { spectra.rows(i..<i + 1).copy(from: spectra.rows(0..<1)) }
    }
    #expect(try verdicts(same) == [.collapsed, .collapsed])
    let modes = try sets(100, seed: 6) { spectra in
      for i in 5..<100 { spectra.rows(i..<i + 1).copy(from: spectra.rows(i % 5..<i % 5 + 1)) }
    }
    #expect(try verdicts(modes) == [.collapsed, .collapsed])
    var stream = RandomStream(seed: 7)
    let noisy = try sets(100, seed: 8) { spectra in
      for i in 0..<100 { for j in 0..<96 { spectra[i, j] += Float(0.04 * stream.normal()) } }
    }
    #expect(try verdicts(noisy) == [.tooNoisy, .tooNoisy])
    let moved = try sets(100, seed: 9) { spectra in
      for i in 0..<100 { for j in 0..<95 { spectra[i, j] = spectra[i, j + 1] } }
    }
    #expect(try verdicts(moved) == [.shifted, .shifted])
    let raised = try sets(100, seed: 10) { spectra in
      for i in 0..<100 { for j in 0..<96 { spectra[i, j] += 0.1 } }
    }
    #expect(try verdicts(raised) == [.wrongBackground, .wrongBackground])
  }

  @Test("Too few synthetic spectra are refused with a sentence")
  func tooFew() throws {
    #expect(throws: TrainingError.tooFewSpectra(name: "class 0", count: 4, minimum: 5)) {
      try verdicts(try sets(4, seed: 11))
    }
  }
}
