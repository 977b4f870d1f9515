import CKernels
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Counter-based normal deviates")
struct NormalDeviatesTests {
  private func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var out: [UInt32] = [0, 0, 0, 0]
    ck_philox(counter, key, &out)
    return out
  }

  @Test("Philox4x32-10 gives the known answers of Random123 (kat_vectors)")
  func knownAnswers() {
    #expect(
      philox([0, 0, 0, 0], [0, 0]) == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
    let ones = UInt32.max
    #expect(
      philox([ones, ones, ones, ones], [ones, ones])
        == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD])
    #expect(
      philox(
        [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0])
        == [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1])
  }

  @Test("Deviates are Box–Muller of the generator's words, whatever the length")
  func boxMuller() {
    let key: UInt64 = 0x0123_4567_89AB_CDEF
    var long = [Float](repeating: 0, count: 200)
    ck_normals(key, &long, 200)
    for count in [1, 63, 64, 65, 130] {
      var short = [Float](repeating: 0, count: count)
      ck_normals(key, &short, count)
      #expect(short == Array(long.prefix(count)))
    }
    var expected: [Double] = []
    for group in 0..<UInt32(4) {
      let words = (0..<UInt32(16)).map {
        philox([$0, group, 0, 0], [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)])
      }
      for pair in [0, 2] {
        let polar = words.map { word in
          (
            (-2 * log(Double((word[pair] >> 8) + 1) / 0x1p24)).squareRoot(),
            2 * Double.pi * Double(Int32(bitPattern: word[pair + 1])) / 0x1p32
          )
        }
        expected += polar.map { $0.0 * cos($0.1) } + polar.map { $0.0 * sin($0.1) }
      }
    }
    expectClose(
      long.map(Double.init), Array(expected.prefix(200)), absolute: 1e-6, "Box–Muller")
  }

  @Test("Moments and tails are those of a normal distribution")
  func moments() {
    var stream = RandomStream(seed: 31)
    let count = 1 << 18
    let matrix = Matrix(rows: 1, columns: count)
    stream.fillNormal(matrix)
    let x = matrix.elements.map(Double.init)
    func moment(_ power: Int) -> Double {
      x.reduce(0) { $0 + pow($1, Double(power)) } / Double(count)
    }
    // Four standard errors: √(1, 2, 15, 96 / n) for powers 1 to 4.
    let unit = 4 / Double(count).squareRoot()
    expectClose(moment(1), 0, absolute: unit)
    expectClose(moment(2), 1, absolute: unit * 2.0.squareRoot())
    expectClose(moment(3), 0, absolute: unit * 15.0.squareRoot())
    expectClose(moment(4), 3, absolute: unit * 96.0.squareRoot())
    let beyondThree = Double(x.count { abs($0) > 3 }) / Double(count)
    expectClose(beyondThree, 0.0027, absolute: unit * 0.052)
    // Neighbours, and the pairs that share a radius, are uncorrelated.
    for lag in [1, 16, 64] {
      let products = zip(x, x.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
      expectClose(products, 0, absolute: unit, "lag \(lag)")
    }
  }

  @Test("A fill takes one number of the stream, and streams differ")
  func stream() {
    var one = RandomStream(seed: 32)
    var other = RandomStream(seed: 32)
    let short = Matrix(rows: 2, columns: 3)
    let long = Matrix(rows: 50, columns: 30)
    one.fillNormal(short)
    other.fillNormal(long)
    #expect(one.next() == other.next())
    #expect(short.elements == Array(long.elements.prefix(6)))
    let next = Matrix(rows: 2, columns: 3)
    one.fillNormal(next)
    #expect(next.elements != short.elements)
  }
}
