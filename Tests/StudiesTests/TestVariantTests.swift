import Augmentation
import Classification
import Foundation
import LinearAlgebra
import Studies
import TestSupport
import Testing

@Suite("What befalls test spectra")
struct TestVariantTests {
  @Test("Names lead back to the variants, and others to none")
  func names() {
    let all: [TestVariant] = [
      .clean, .shifted(channels: 4), .fewerCounts(share: 0.5), .fewerCounts(share: 0.25),
    ]
    for variant in all { #expect(TestVariant(rawValue: variant.rawValue) == variant) }
    #expect(TestVariant(rawValue: "shift:4") == all[1])
    for name in ["", "clean:1", "shift", "shift:0", "shift:-1", "counts:0", "counts:1", "counts:x"]
    {
      #expect(TestVariant(rawValue: name) == nil, "\(name)")
    }
  }

  @Test(
    "Every other spectrum moves up, the others down; ends are repeated, and the maximum is 1 again")
  func shift() {
    let row: [Float] = [0.2, 0.4, 0.6, 0.8, 1]
    let tests = Examples(
      spectra: Matrix(rows: 2, elements: row + row), classes: [0, 1], classNames: ["a", "b"])
    let stream = RandomStream(seed: 1)
    let moved = TestVariant.shifted(channels: 2).applied(to: tests, noise: [], using: stream)
    expectClose(
      moved.spectra.elements,
      [0.2, 0.2, 0.2, 0.4, 0.6].map { $0 / 0.6 } + [0.6, 0.8, 1, 1, 1], absolute: 1e-6)
    #expect(moved.classes == [0, 1])
    let same = TestVariant.clean.applied(to: tests, noise: [], using: stream)
    #expect(same.spectra.elements == row + row)
  }

  @Test("The added noise has its class's variance and colour")
  func noise() {
    let (rows, channels) = (4000, 20)
    // Two equal channels differ by noise alone, whatever the maximum is divided by.
    let row: [Float] = [1] + [Float](repeating: 0.5, count: channels - 1)
    let tests = Examples(
      spectra: Matrix(rows: rows, elements: Array(repeatElement(row, count: rows).joined())),
      classes: (0..<rows).map { $0 % 2 }, classNames: ["a", "b"])
    let (gain, background, colour) = (Float(4e-5), Float(1e-5), [Float(0.6), 0.8])
    let loud = NoiseEstimate(
      gain: gain, background: Array(repeating: background, count: channels), colour: colour)
    let silent = NoiseEstimate(
      gain: 0, background: Array(repeating: 0, count: channels), colour: [1])
    let found = TestVariant.fewerCounts(share: 0.25).applied(
      to: tests, noise: [loud, silent], using: RandomStream(seed: 3)
    ).spectra.elements
    var (next, far, still) = (0.0, 0.0, 0.0)
    for i in 0..<rows {
      func at(_ j: Int) -> Double { Double(found[i * channels + j]) }
      for j in 1..<channels - 2 {
        if i % 2 == 0 {
          next += (at(j) - at(j + 1)) * (at(j) - at(j + 1))
          far += (at(j) - at(j + 2)) * (at(j) - at(j + 2))
        } else {
          still = max(still, abs(at(j) - 0.5))
        }
      }
    }
    let count = Double(rows / 2 * (channels - 3))
    let variance = 3 * (4e-5 * 0.5 + 1e-5)
    // Neighbours have the correlation 0.6 · 0.8.
    expectClose(next / count, 2 * variance * (1 - 0.48), relative: 0.03)
    expectClose(far / count, 2 * variance, relative: 0.03)
    #expect(still < 1e-6)
  }

  @Test("Counted spectra with a quarter of the counts are as noisy as such that were counted so")
  func counted() throws {
    let (rows, channels) = (400, 100)
    let shape = (0..<channels).map { j -> Double in
      let x = Double(j - 50) / 12
      return 0.2 + 0.8 * exp(-x * x)
    }
    func spectra(counts: Double, seed: UInt64) throws -> TrainingSet {
      var stream = RandomStream(seed: seed)
      let values = (0..<rows).flatMap { _ in
        shape.map { Float(Double(stream.poisson($0 * counts)) / counts) }
      }
      return try TrainingSet(name: "a", spectra: Matrix(rows: rows, elements: values))
    }
    let many = try spectra(counts: 4000, seed: 1)
    let few = try spectra(counts: 1000, seed: 2)
    let basis = SharedBasis(of: [many], count: 1, widestSmoothing: 0, shift: 0)
    let noise = NoiseEstimate(of: many.spectra, outside: basis)
    let tests = Examples(
      spectra: many.spectra, classes: Array(repeating: 0, count: rows), classNames: ["a"])
    let made = TestVariant.fewerCounts(share: 0.25)
      .applied(to: tests, noise: [noise], using: RandomStream(seed: 4)).spectra
    func variance(_ x: Matrix) -> Double {
      var sum = 0.0
      for j in 0..<channels {
        let column = (0..<rows).map { Double(x[$0, j]) }
        let mean = column.reduce(0, +) / Double(rows)
        sum += column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
      }
      return sum / Double(channels)
    }
    expectClose(variance(made), variance(few.spectra), relative: 0.05)
    #expect(variance(few.spectra) > 3.5 * variance(many.spectra))
  }

  @Test("The same stream gives the same noise")
  func repeats() {
    let tests = Examples(
      spectra: Matrix(rows: 1, elements: [Float](repeating: 1, count: 70)), classes: [0],
      classNames: ["a"])
    let noise = NoiseEstimate(
      gain: 1e-4, background: Array(repeating: 1e-4, count: 70), colour: [1])
    let found = [7, 7, 8].map { seed in
      TestVariant.fewerCounts(share: 0.5).applied(
        to: tests, noise: [noise], using: RandomStream(seed: seed)
      ).spectra.elements
    }
    #expect(found[0] == found[1] && found[0] != found[2])
  }
}
