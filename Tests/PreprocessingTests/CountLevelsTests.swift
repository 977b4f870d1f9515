import LinearAlgebra
import Preprocessing
import Testing

struct CountLevelsTests {
  /// By the definition: of all channels with counts the nearest, of two the lower.
  private static func searched(_ mean: [Double]) -> [Double] {
    let filled = mean.indices.filter { mean[$0] > 0 }
    return mean.indices.map { channel in
      let near = filled.min { (abs($0 - channel), $0) < (abs($1 - channel), $1) }
      return near.map { 1 / mean[$0].squareRoot() } ?? 1
    }
  }

  @Test func `a worked example`() {
    let levels = CountLevels(mean: [0, 4, 0, 0, 0, 16, 0, 0], isRemovedAlready: false)
    #expect(levels.weights == [0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25])
    #expect(CountLevels(mean: [0, 0], isRemovedAlready: false).weights == [1, 1])
  }

  @Test(arguments: [1, 2, 7, 400]) func `empty channels take the level of the nearest`(count: Int) {
    var generator = RandomStream(seed: UInt64(count))
    for share in [0.0, 0.05, 0.5, 0.98, 1] {
      let mean = (0..<count).map { _ in
        Double.random(in: 0..<1, using: &generator) < share
          ? 0 : Double.random(in: 1...100, using: &generator)
      }
      #expect(
        CountLevels(mean: mean, isRemovedAlready: false).weights == Self.searched(mean), "\(share)")
    }
  }

  /// A million channels without counts: seconds where each looks at its neighbours, hours where each looks
  /// at all of them.
  @Test(.timeLimit(.minutes(1))) func `wide spectra cost no more than their width`() {
    var mean = [Double](repeating: 0, count: 1_000_000)
    mean[999_999] = 4
    #expect(CountLevels(mean: mean, isRemovedAlready: false).weights.allSatisfy { $0 == 0.5 })
  }
}
