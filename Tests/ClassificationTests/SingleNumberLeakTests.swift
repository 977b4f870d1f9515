import Classification
import LinearAlgebra
import Testing

@Suite("Whether one number tells the class")
struct SingleNumberLeakTests {
  private func leak(apart: Double, counts: [Int], seed: UInt64 = 1) -> SingleNumberLeak {
    var stream = RandomStream(seed: seed)
    let classes = counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) }
    let numbers = classes.map { apart * Double($0) + stream.normal() }
    return SingleNumberLeak(numbers, classes: classes, using: &stream)
  }

  @Test("Numbers of one distribution tell nothing, also of classes of unequal size")
  func nothing() {
    for seed in 1...5 {
      let leak = leak(apart: 0, counts: [60, 300], seed: UInt64(seed))
      #expect(!leak.isLeak && leak.chance == 0.5)
      #expect(abs(leak.balancedAccuracy - 0.5) < 0.12)
    }
  }

  @Test("Two normal distributions 2 standard deviations apart are told in 84 %: Φ(1)")
  func normal() {
    let leak = leak(apart: 2, counts: [1500, 700])
    #expect(leak.isLeak)
    #expect(abs(leak.balancedAccuracy - 0.8413) < 0.03)
    #expect(leak.chanceLimit < 0.55)
  }
}
