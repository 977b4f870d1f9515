import Augmentation
import LinearAlgebra
import Studies
import Testing

@Suite("Advice across acquisitions")
struct AdvisorTests {
  /// A peak whose width tells the class; the acquisition shifts it by as many channels.
  private func set(_ name: String, width: Double, shifts: [Double], seed: UInt64) throws
    -> TrainingSet
  {
    let each = 24
    let spectra = Matrix(rows: each * shifts.count, columns: 64)
    var stream = RandomStream(seed: seed)
    for i in 0..<spectra.rowCount {
      let centre = 32 + shifts[i / each] + 0.3 * stream.normal()
      for j in 0..<64 {
        let x = (Double(j) - centre) / width
        spectra[i, j] = Float(1 / (1 + x * x) + 0.02 * stream.normal())
      }
    }
    return try TrainingSet(
      name: name, spectra: normalised(spectra), energyStep: 0.5)
  }

  private func normalised(_ spectra: Matrix) -> Matrix {
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      let most = (0..<64).reduce(Float(0)) { max($0, x[$1]) }
      for j in 0..<64 { x[j] /= most }
    }
    return spectra
  }

  private func advisor(_ origins: [[Int]]?) -> Advisor {
    var advisor = Advisor(design: DAGDesign(), seed: 3, threads: 2)
    advisor.methods = [.baseline(.pcaGaussian), .baseline(.smote)]
    advisor.origins = origins
    return advisor
  }

  private func numbers(_ count: Int) -> [Int] { (0..<24 * count).map { $0 / 24 } }

  @Test(
    "Each acquisition is told by the others, with spectra of measured and of unseen acquisitions")
  func apart() throws {
    let sets = try [2.0, 2.6].enumerated().map {
      try set("width \($1)", width: $1, shifts: [-3, 0, 3], seed: UInt64($0))
    }
    let known = advisor([numbers(3), numbers(3)])
    #expect(known.isApart && known.stepCount == 3 * 4)
    let advice = try known.advice(on: [sets])
    #expect(advice.isApart && advice.folds == 3 && advice.count == 144)
    let tried = advice.comparisons.map {
      "\($0.method.rawValue) \($0.acquisitions?.rawValue ?? "")"
    }
    #expect(tried == ["pca-gaussian ", "pca-gaussian unseen", "smote "])
    let mixed = try advisor(nil).advice(on: [sets])
    #expect(!mixed.isApart && mixed.comparisons.count == 2)
    // Spectra of the tested acquisition train in mixed folds: they flatter.
    #expect(mixed.realCorrect > advice.realCorrect, "\(mixed.realCorrect), \(advice.realCorrect)")
  }

  @Test("What is spread over one acquisition, or leaves too few, is dealt at random")
  func obstacles() throws {
    let own = numbers(3)
    #expect(!advisor(nil).isApart)
    #expect(!advisor([own, own.map { _ in 7 }]).isApart)
    #expect(!advisor([own.map { _ in 0 }, own.map { _ in 0 }]).isApart)
    // One spectrum elsewhere: without its large acquisition the class has one to learn from.
    #expect(!advisor([own, [0] + Array(repeating: 1, count: 40)]).isApart)
    #expect(
      advisor([own, Array(repeating: 0, count: 20) + Array(repeating: 2, count: 20)]).isApart)
    // Five acquisitions make three folds.
    #expect(advisor([numbers(5), numbers(5)]).stepCount == 3 * 4)
    #expect(advisor([numbers(2), numbers(2)]).stepCount == 2 * 4)
  }
}
