import Augmentation
import Classification
import LinearAlgebra
import Studies
import Testing

@Suite("Training and test spectra of a study")
struct StudySplitTests {
  private let channels = 64

  /// A class whose spectrum i is known by its last channel.
  private func spectra(_ name: String, count: Int) throws -> TrainingSet {
    let values = (0..<count).flatMap { i in
      [1] + [Float](repeating: 0.3, count: channels - 2) + [Float(i) / 1000]
    }
    return try TrainingSet(name: name, spectra: Matrix(rows: count, elements: values))
  }

  private func numbers(_ spectra: Matrix) -> [Int] {
    (0..<spectra.rowCount).map { Int((spectra[$0, channels - 1] * 1000).rounded()) }
  }

  @Test("Fewer training spectra are some of more, and all are tested on the same")
  func nested() throws {
    let groups = [
      [StudyClass(try spectra("a", count: 60))], [StudyClass(try spectra("b", count: 80))],
    ]
    let splits = try [10, 20, 40].map {
      try StudySplit(groups, sizes: .init(count: $0, reserved: 40), seed: 5)
    }
    for label in 0..<2 {
      let chosen = splits.map { numbers($0.training[label][0].spectra) }
      let tests = splits.map { split in
        numbers(split.tests.spectra.rows(split.tests.spectra(ofClass: label)))
      }
      #expect(chosen.map(\.count) == [10, 20, 40])
      #expect(Set(chosen[0]).isSubset(of: chosen[1]) && Set(chosen[1]).isSubset(of: chosen[2]))
      #expect(tests[0] == tests[1] && tests[1] == tests[2])
      #expect(Set(tests[0]).union(chosen[2]) == Set(0..<[60, 80][label]))
      #expect(Set(tests[0]).isDisjoint(with: chosen[2]))
    }
    let other = try StudySplit(groups, sizes: .init(count: 10, reserved: 40), seed: 6)
    #expect(numbers(other.training[0][0].spectra) != numbers(splits[0].training[0][0].spectra))
  }

  @Test("One class has a tenth of the training spectra, at least what a generator needs")
  func scarce() throws {
    let groups = [try ["a", "b"].map { StudyClass(try spectra($0, count: 250)) }]
    for (count, few) in [(200, 20), (120, 12), (40, 10)] {
      let split = try StudySplit(
        groups, sizes: .init(count: count, scarce: 1, reserved: 200), seed: 1)
      #expect(split.training[0].map(\.spectra.rowCount) == [count, few])
      #expect(split.tests.count == 100)
    }
  }

  @Test("Spectra of the first half of the acquisitions train, the others test")
  func apart() throws {
    let acquisitions = (0..<60).map { $0 % 6 }
    let classes = try ["a", "b"].map {
      StudyClass(try spectra($0, count: 60), acquisitions: acquisitions, last: 5)
    }
    let split = try StudySplit([classes], sizes: .init(count: 20, reserved: 20), seed: 1)
    #expect(numbers(split.training[0][0].spectra).allSatisfy { $0 % 6 <= 2 })
    let tests = numbers(split.tests.spectra.rows(split.tests.spectra(ofClass: 1)))
    #expect(tests == (0..<60).filter { $0 % 6 > 2 })
  }

  @Test("What does not allow a study is named")
  func obstacles() throws {
    let (a, b) = (StudyClass(try spectra("a", count: 60)), StudyClass(try spectra("b", count: 30)))
    #expect(StudySplit.obstacle([[a]], reserved: 10)?.contains("one class") == true)
    #expect(StudySplit.obstacle([[a, b]], reserved: 20) == nil)
    #expect(StudySplit.obstacle([[a, b]], reserved: 21)?.contains("b has 30") == true)
  }
}
