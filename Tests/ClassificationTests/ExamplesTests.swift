import Classification
import LinearAlgebra
import Testing

@Suite("Examples, folds, confusion and intervals")
struct ExamplesTests {
  @Test("A confusion matrix counts, and its rates follow from the counts")
  func confusion() {
    let matrix = ConfusionMatrix(
      truth: [0, 0, 0, 1, 1, 2], predictions: [0, 0, 1, 1, 1, 0], classNames: ["a", "b", "c", "d"])
    #expect(matrix.counts == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    #expect(matrix.correct == 4 && matrix.total == 6)
    #expect(matrix.recalls == [2.0 / 3, 1, 0, nil])
    #expect(abs(matrix.balancedAccuracy - 5.0 / 9) < 1e-15)
  }

  // Newcombe, Stat. Med. 17 (1998) 857, table I, method 3.
  @Test(
    "Wilson's interval is the published one",
    arguments: [
      (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
      (1, 29, 0.0061, 0.1718),
    ])
  func wilson(successes: Int, count: Int, low: Double, high: Double) {
    let interval = wilsonInterval(successes: successes, of: count)
    #expect(abs(interval.lowerBound - low) < 5.1e-5)
    #expect(abs(interval.upperBound - high) < 5.1e-5)
  }

  @Test("Folds share out every class evenly and leave nothing out")
  func folds() {
    var stream = RandomStream(seed: 3)
    let classes = (0..<47).map { $0 < 11 ? 0 : $0 < 18 ? 1 : 2 }
    let folds = StratifiedFolds(of: classes, count: 5, using: &stream)
    #expect(folds.parts.flatMap(\.self).sorted() == Array(0..<47))
    for label in 0..<3 {
      let counts = folds.parts.map { $0.count { classes[$0] == label } }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    }
    for part in folds.parts.indices {
      #expect((folds.rest(of: part) + folds.parts[part]).sorted() == Array(0..<47))
    }
  }

  @Test("Taken examples keep their classes")
  func taking() {
    let examples = Examples(
      spectra: Matrix(rows: 3, elements: [1, 2, 3, 4, 5, 6]), classes: [1, 0, 1],
      classNames: ["a", "b"])
    let some = examples.taking([2, 1])
    #expect(some.spectra.elements == [5, 6, 3, 4] && some.classes == [1, 0])
    #expect(examples.spectra(ofClass: 1) == [0, 2])
  }
}
