import Dispatch
import Foundation
import LinearAlgebra
import Preprocessing
import TestSupport
import Testing

/// The averages over neighbouring spectra, against a plain double loop.
struct LocalAverageTests {
  private struct Image {
    var shape: [Int]
    var lower: [Double]
    var upper: [Double]
    var usable: [Bool]

    init(_ shape: [Int], seed: UInt64) {
      self.shape = shape
      var random = RandomStream(seed: seed)
      let count = shape.reduce(1, *)
      lower = (0..<count).map { _ in random.uniform(1, 50) }
      upper = (0..<count).map { _ in random.uniform(1, 30) }
      usable = (0..<count).map { _ in random.uniform() < 0.8 }
    }

    /// The average at (…, y, x) from all spectra of the same image, and what it needs.
    func average(at index: Int) -> (sums: [Double]?, last: Int) {
      let columns = shape.last ?? 1
      let rows = shape.count > 1 ? shape[shape.count - 2] : 1
      let plane = rows * columns
      var last = 0
      var totals = [0.0, 0, 0, 0]
      for other in lower.indices where other / plane == index / plane {
        let dy = abs(other % plane / columns - index % plane / columns)
        let dx = abs(other % columns - index % columns)
        guard dy <= 3, dx <= 3 else { continue }
        last = max(last, other)
        guard usable[other] else { continue }
        let weight = Foundation.exp(-Double(dx * dx + dy * dy) / 8)
        let both = lower[other] + upper[other]
        for (place, value) in [1, lower[other], upper[other], weight * both].enumerated() {
          totals[place] += weight * value
        }
      }
      guard totals[0] > 0 else { return (nil, last) }
      let effective = totals[0] * (totals[1] + totals[2]) / totals[3]
      return ([totals[1] / totals[0], totals[2] / totals[0], effective], last)
    }
  }

  @Test(arguments: [[9, 11], [4, 2], [20], [1, 1], [], [2, 5, 6], [8, 1]])
  func `averages are those of a double loop`(shape: [Int]) throws {
    let image = Image(shape, seed: 3)
    let averages = LocalAverage(navigationShape: shape)
    var next = 0
    for index in image.lower.indices {
      averages.append(
        lower: image.lower[index], upper: image.upper[index], usable: image.usable[index])
      // As soon as all that is needed is known.
      while next < image.lower.count, averages.lastNeeded(by: next) < averages.knownSpectra {
        let expected = image.average(at: next)
        #expect(averages.lastNeeded(by: next) == expected.last)
        let found = averages.average(at: next)
        if let sums = expected.sums {
          let found = try #require(found)
          expectClose(
            [found.lower, found.upper, found.effectiveSpectra], sums, relative: 1e-12,
            "spectrum \(next)")
        } else {
          #expect(found == nil)
        }
        next += 1
      }
    }
    #expect(next == image.lower.count)
  }

  @Test func `a flat image is its own average, its precision that of many spectra`() throws {
    let averages = LocalAverage(navigationShape: [7, 7])
    for _ in 0..<49 { averages.append(lower: 12, upper: 8, usable: true) }
    let found = try #require(averages.average(at: 24))
    expectClose([found.lower, found.upper], [12, 8], relative: 1e-14)
    // (Σw)²/Σw² of one axis: w = 1, e^(−1/8), e^(−1/2), e^(−9/8).
    let weights = [0.0, 1, 4, 9].map { Foundation.exp(-$0 / 8) }
    let sum = 2 * weights.reduce(0, +) - 1
    let squares = 2 * weights.reduce(0) { $0 + $1 * $1 } - 1
    expectClose(found.effectiveSpectra, pow(sum * sum / squares, 2), relative: 1e-12)
  }

  @Test func `threads may ask while sums are added`() {
    let image = Image([40, 30], seed: 4)
    let averages = LocalAverage(navigationShape: image.shape)
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      if worker == 0 {
        for index in image.lower.indices {
          averages.append(
            lower: image.lower[index], upper: image.upper[index], usable: image.usable[index])
        }
        return
      }
      for index in stride(from: worker, to: image.lower.count, by: 7) {
        while averages.lastNeeded(by: index) >= averages.knownSpectra {
          Thread.sleep(forTimeInterval: 1e-4)
        }
        let expected = image.average(at: index).sums
        let found = averages.average(at: index)
        #expect((found == nil) == (expected == nil))
        if let found, let expected { expectClose(found.lower, expected[0], relative: 1e-12) }
      }
    }
  }
}
