import Classification
import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// The values of scikit-learn and SciPy; see Fixtures/make_svm.py.
private struct Reference: Decodable {
  struct Score: Decodable, Equatable {
    let penalty: Double
    let steepness: Double
    let correct: Int
  }
  let channels: Int
  let train: [Float]
  let labels: [Int]
  let test: [Float]
  let folds: [[Int]]
  let median: Double
  let penalties: [Double]
  let steepnesses: [Double]
  let grid: [Score]
  let chosen: Score
  let sigmoids: [[Double]]
  let decisions: [[Double]]
  let predictions: [Int]
  let supports: [Int]
  let probabilities: [[Double]]
  let doubled: [[Double]]

  static func load() throws -> Reference {
    let url = try #require(
      Bundle.module.url(forResource: "svm", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }
}

@Suite("Support vector machines against scikit-learn")
struct SupportVectorReferenceTests {
  private let reference: Reference
  private let real: Examples
  private let test: Matrix
  private let settings: SupportVectorSettings

  init() throws {
    let reference = try Reference.load()
    self.reference = reference
    real = Examples(
      spectra: Matrix(rows: reference.labels.count, elements: reference.train),
      classes: reference.labels, classNames: ["a", "b", "c"])
    test = Matrix(rows: reference.predictions.count, elements: reference.test)
    var grid = SupportVectorGrid()
    grid.penalties = reference.penalties
    grid.steepnesses = reference.steepnesses
    grid.tolerance = 1e-9
    settings = grid.chosen(on: real, folds: StratifiedFolds(parts: reference.folds), threads: 2)
  }

  @Test("The median of the squared distances")
  func median() throws {
    let distances = SquaredDistances(within: real.spectra, threads: 2)
    expectClose(try #require(distances.medianWithin), reference.median, relative: 1e-12)
  }

  @Test("Every combination takes as many spectra for their own class, and the same one is chosen")
  func grid() {
    let scores = settings.scores.map {
      Reference.Score(penalty: $0.penalty, steepness: $0.steepness, correct: $0.correct)
    }
    #expect(scores == reference.grid)
    #expect(settings.penalty == reference.chosen.penalty)
    expectClose(
      settings.steepness, reference.chosen.steepness / reference.median, relative: 1e-12)
  }

  @Test("Decision values and votes of a fit on all spectra")
  func decisions() {
    let machine = settings.fit(real, threads: 2)
    expectClose(
      machine.decisions(of: test, threads: 2).flatMap(\.self), reference.decisions.flatMap(\.self),
      absolute: 1e-5, "decisions")
    #expect(machine.votes(of: test, threads: 2) == reference.predictions)
    #expect(machine.supportCounts == reference.supports)
  }

  @Test("A set of twice as many spectra has half the penalty")
  func constantSum() {
    let other = Matrix(rows: real.count, elements: reference.train.map { $0 + 0.001 })
    let both = Examples(
      spectra: Matrix(rows: 2 * real.count, elements: real.spectra.elements + other.elements),
      classes: real.classes + real.classes, classNames: real.classNames)
    expectClose(
      settings.fit(both, threads: 2).decisions(of: test, threads: 1).flatMap(\.self),
      reference.doubled.flatMap(\.self), absolute: 1e-5)
  }

  @Test("Platt's sigmoids of spectra that were not learned from, and the coupled probabilities")
  func probabilities() {
    // Lin's stopping rule leaves A and B up to about 1e-5 of the optimum's.
    expectClose(
      settings.sigmoids.flatMap { [$0.slope, $0.offset] }, reference.sigmoids.flatMap(\.self),
      absolute: 1e-4, "sigmoids")
    let probabilities = settings.fit(real, threads: 2).probabilities(of: test, threads: 2)
    expectClose(
      probabilities.elements.map(Double.init), reference.probabilities.flatMap(\.self),
      absolute: 1e-4, "probabilities")
  }
}
