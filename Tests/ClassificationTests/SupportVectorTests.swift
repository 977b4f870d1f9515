import Classification
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Support vector machines by hand and by their invariants")
struct SupportVectorTests {
  /// Settings without a choice; the pairs' probabilities follow f alone.
  private func settings(penalty: Double, steepness: Double, count: Int, pairs: Int = 1)
    -> SupportVectorSettings
  {
    SupportVectorSettings(
      penalty: penalty, steepness: steepness, spectrumCount: count, tolerance: 1e-9,
      sigmoids: [Sigmoid](repeating: Sigmoid(slope: -1, offset: 0), count: pairs))
  }

  // Two spectra with K = ½ between them: the dual ½ α² (2 − 2K) − 2α is least at α = 1 / (1 − K) = 2,
  // where f = ±1; under a penalty of 1, α = 1 and f = α (1 − K) = ½.
  @Test("Two spectra, worked by hand", arguments: [(10.0, 1.0), (1.0, 0.5)])
  func twoSpectra(penalty: Double, expected: Double) {
    let examples = Examples(
      spectra: Matrix(rows: 2, elements: [1, 0, 0, 1]), classes: [0, 1], classNames: ["a", "b"])
    // d² = 2.
    let machine = settings(penalty: penalty, steepness: log(2) / 2, count: 2)
      .fit(examples, threads: 1)
    let decisions = machine.decisions(of: examples.spectra, threads: 1)
    expectClose(decisions.flatMap(\.self), [expected, -expected], absolute: 1e-12)
    expectClose(machine.offsets, [0], absolute: 1e-12)
    #expect(machine.supportCounts == [1, 1])
    let p = 1 / (1 + exp(-expected))
    expectClose(
      machine.probabilities(of: examples.spectra, threads: 1).elements.map(Double.init),
      [p, 1 - p, 1 - p, p], absolute: 1e-7)
  }

  @Test("Squared distances are those of the definition, symmetric, 0 to oneself, in any threads")
  func distances() {
    var stream = RandomStream(seed: 2)
    let rows = Matrix(rows: 150, columns: 37)
    rows.fillUniform(within: 3, &stream)
    rows.rows(149..<150).copy(from: rows.rows(3..<4))
    let within = SquaredDistances(within: rows, threads: 2)
    var expected: [Double] = []
    for i in 0..<150 {
      for j in 0..<150 {
        var sum = 0.0
        for k in 0..<37 {
          let difference = Double(rows[i, k]) - Double(rows[j, k])
          sum += difference * difference
        }
        expected.append(sum)
      }
    }
    expectClose(within.values, expected, relative: 1e-12, absolute: 1e-11)
    for i in 0..<150 {
      #expect(within.values[i * 151] == 0)
      for j in 0..<i {
        let value = within.values[i * 150 + j]
        #expect(value >= 0 && value == within.values[j * 150 + i])
      }
    }
    #expect(within.values == SquaredDistances(within: rows, threads: 1).values)
    let between = SquaredDistances(from: rows.rows(0..<100), to: rows, threads: 3)
    expectClose(between.values, Array(expected[..<15_000]), relative: 1e-12, absolute: 1e-11)
  }

  @Test("The median leaves out equal rows, and is the mean of the two in the middle")
  func median() {
    // 0, 1, 16, 1, 16, 9.
    let odd = Matrix(rows: 4, elements: [0, 0, 1, 4])
    #expect(SquaredDistances(within: odd, threads: 1).medianWithin == 9)
    let even = Matrix(rows: 4, elements: [0, 1, 3, 7])
    // 1, 9, 49, 4, 36, 16.
    #expect(SquaredDistances(within: even, threads: 1).medianWithin == 12.5)
    let same = Matrix(rows: 3, elements: [2, 2, 2])
    #expect(SquaredDistances(within: same, threads: 1).medianWithin == nil)
  }

  // n spectra of each class at f = ±1: by symmetry B = 0, and P(1) = (n + 1) / (n + 2).
  @Test("Platt's scaling of two heaps of equal decision values, worked by hand")
  func sigmoid() {
    let first = (0..<12).map { $0 < 6 }
    let sigmoid = Sigmoid(decisions: first.map { $0 ? 1 : -1 }, areFirst: first)
    expectClose(sigmoid.slope, -log(7), absolute: 1e-5)
    expectClose(sigmoid.offset, 0, absolute: 1e-12)
    expectClose(sigmoid.probability(1), 7.0 / 8, absolute: 1e-6)
    #expect(sigmoid.probability(1e6) == 1 && sigmoid.probability(-1e6) == 0)
  }

  @Test("Pairs that agree with the probabilities of the classes give these again")
  func coupling() {
    let p = [0.5, 0.3, 0.15, 0.05]
    let pairs = ClassPairs(4)
    let coupled = pairs.coupled(pairs.all.map { p[$0.first] / (p[$0.first] + p[$0.second]) })
    expectClose(coupled, p, absolute: 1e-12)
    expectClose(ClassPairs(2).coupled([0.8]), [0.8, 0.2], absolute: 1e-12)
    // Cyclic and certain pairs: nothing tells the classes apart.
    expectClose(ClassPairs(3).coupled([1, 0, 1]), [1.0 / 3, 1.0 / 3, 1.0 / 3], absolute: 1e-6)
  }

  @Test("Votes: most pairs, and the first of equal classes")
  func votes() {
    #expect(ClassPairs(3).vote([-1, -1, 0.5]) == 1)
    #expect(ClassPairs(3).vote([1, -1, 1]) == 0)
  }

  /// Three clouds that overlap.
  private func clouds(_ count: Int, seed: UInt64) -> Examples {
    var stream = RandomStream(seed: seed)
    let spectra = Matrix(rows: count, columns: 20)
    spectra.fillUniform(within: 1, &stream)
    let classes = (0..<count).map { $0 % 3 }
    for i in 0..<count { spectra[i, classes[i]] += 1 }
    return Examples(spectra: spectra, classes: classes, classNames: ["a", "b", "c"])
  }

  @Test("Neither the number of threads nor writing and reading changes a machine")
  func threadsAndArchive() throws {
    let examples = clouds(200, seed: 1)
    let grid = SupportVectorGrid()
    let stream = RandomStream(seed: 7)
    var (first, second) = (stream, stream)
    let settings = grid.chosen(on: examples, using: &first, threads: 3)
    #expect(settings == grid.chosen(on: examples, using: &second, threads: 1))
    let machine = settings.fit(examples, threads: 3)
    #expect(machine == settings.fit(examples, threads: 1))
    let test = clouds(600, seed: 2)
    let probabilities = machine.probabilities(of: test.spectra, threads: 3)
    #expect(probabilities.elements == machine.probabilities(of: test.spectra, threads: 1).elements)

    var archive = TensorArchive()
    try archive.encode(machine, as: "machine")
    let back: SupportVectorMachine = try archive.decode(from: "machine")
    try back.validate()
    #expect(back == machine)

    let predictions = machine.predictions(of: test.spectra, threads: 2)
    let confusion = ConfusionMatrix(
      truth: test.classes, predictions: predictions, classNames: test.classNames)
    // Clouds whose means are 1 apart along two of the axes: better than chance, worse than certain.
    #expect(confusion.accuracy > 0.6 && confusion.accuracy < 0.98)
    for i in 0..<600 {
      let row = (0..<3).map { probabilities[i, $0] }
      expectClose(Double(row.reduce(0, +)), 1, absolute: 1e-6)
      #expect(row[predictions[i]] == row.max())
    }
  }

  @Test("Ties go to the smaller penalty, then to the smaller steepness")
  func ties() {
    // Heaps far apart: every combination is always right.
    let spectra = Matrix(rows: 40, columns: 2)
    for i in 0..<40 { spectra[i, i % 2] = 10 + Float(i) / 100 }
    let examples = Examples(
      spectra: spectra, classes: (0..<40).map { $0 % 2 }, classNames: ["a", "b"])
    var stream = RandomStream(seed: 1)
    let settings = SupportVectorGrid().chosen(on: examples, using: &stream, threads: 2)
    #expect(settings.scores.allSatisfy { $0.correct == 40 })
    #expect(settings.penalty == 1)
    let lowest = settings.scores.map(\.steepness).min()
    let unit = SquaredDistances(within: spectra, threads: 1).medianWithin
    expectClose(settings.steepness * (unit ?? 0), lowest ?? 0, relative: 1e-12)
  }

  @Test("A machine whose parts do not fit together is refused")
  func validation() throws {
    let machine = settings(penalty: 1, steepness: 1, count: 60, pairs: 3)
      .fit(clouds(60, seed: 3), threads: 1)
    var archive = TensorArchive()
    try archive.encode(machine, as: "machine")
    for (from, to) in [("\"channelCount\":20", "\"channelCount\":21"), ("\"a\",", "")] {
      let text = try #require(archive.texts["machine"])
      #expect(text.contains(from))
      let other = TensorArchive(
        texts: ["machine": text.replacing(from, with: to)], tensors: Array(archive.tensors.values))
      let read: SupportVectorMachine = try other.decode(from: "machine")
      #expect(throws: TensorArchiveError.self) { try read.validate() }
    }
  }
}
