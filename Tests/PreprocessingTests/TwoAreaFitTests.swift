import Foundation
import Preprocessing
import Spectra
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The two-area power law: HyperSpy's numbers, a worked example, and the law itself.
struct TwoAreaFitTests {
  private struct Case: Decodable {
    var offset: Double
    var scale: Double
    var lower: Double
    var upper: Double
    var spectra: [[Double]]
    var a: [Double?]
    var r: [Double?]
    var a32: [Double?]
    var r32: [Double?]

    func fit() throws -> TwoAreaFit {
      let axis = UniformAxis(offset: offset, scale: scale, count: spectra[0].count)
      let window = try #require(EnergyWindow(lower: lower, upper: upper))
      return try #require(TwoAreaFit(window: window, axis: axis))
    }
  }

  private func cases() throws -> [Case] {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/power_law", withExtension: "json"))
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  @Test func `A and r are HyperSpy's on every spectrum that HyperSpy can fit`() throws {
    let cases = try cases()
    #expect(cases.count == 21)
    var compared = 0
    for item in cases {
      let fit = try item.fit()
      for (index, spectrum) in item.spectra.enumerated() {
        let own = fit.background(of: spectrum)
        guard let a = item.a[index], let r = item.r[index] else {
          #expect(own == nil, "\(item.lower):\(item.upper), spectrum \(index)")
          continue
        }
        let found = try #require(own, "\(item.lower):\(item.upper), spectrum \(index)")
        expectClose(found.exponent, r, relative: 1e-6, absolute: 1e-12, "r of spectrum \(index)")
        expectClose(found.coefficient, a, relative: 1e-6, "A of spectrum \(index)")
        compared += 1
      }
    }
    #expect(compared == 99)
  }

  @Test func `in single precision the counts are rounded, not the sums`() throws {
    for item in try cases() {
      let fit = try item.fit()
      for (index, spectrum) in item.spectra.enumerated() {
        guard let a = item.a32[index], let r = item.r32[index] else { continue }
        let found = try #require(fit.background(of: spectrum.map { Double(Float($0)) }))
        expectClose(found.exponent, r, relative: 1e-6, absolute: 1e-12, "r of spectrum \(index)")
        expectClose(found.coefficient, a, relative: 1e-6, "A of spectrum \(index)")
      }
    }
  }

  @Test func `a worked example of four channels`() throws {
    // Channels at 100, 110, 120, 130 eV; 4 + 4 counts, then 2 + 2. x₁ = 100, x₂ = 120, x₃ = 140:
    // r = 2 ln 2 / ln 1.4 = 4.1201; k = −3.1201.
    let axis = UniformAxis(offset: 100, scale: 10, count: 8)
    let window = try #require(EnergyWindow("100:140"))
    let fit = try #require(TwoAreaFit(window: window, axis: axis))
    #expect(fit.lower == 0..<2 && fit.upper == 2..<4)
    let found = try #require(fit.background(of: [4, 4, 2, 2, 9, 9, 9, 9]))
    expectClose(found.exponent, 4.120_08543, relative: 1e-7, "r")
    let k = 1 - found.exponent
    let first = 8 * k / (pow(120, k) - pow(100, k))
    let second = 4 * k / (pow(140, k) - pow(120, k))
    expectClose(found.coefficient, (8 * first + 4 * second) / 12, relative: 1e-12, "A")
  }

  @Test func `an odd number of channels loses its last one`() throws {
    let axis = UniformAxis(offset: 100, scale: 1, count: 50)
    let odd = try #require(EnergyWindow("110:121"))
    let even = try #require(EnergyWindow("110:120"))
    #expect(TwoAreaFit(window: odd, axis: axis) == TwoAreaFit(window: even, axis: axis))
    #expect(TwoAreaFit(window: odd, axis: axis)?.channels == 10..<20)
    // The last channel of the axis never belongs to a window.
    let beyond = try #require(EnergyWindow("140:200"))
    #expect(TwoAreaFit(window: beyond, axis: axis)?.channels == 40..<48)
  }

  @Test(arguments: [0.1, 0.25, 1]) func `a power law is recovered to half a channel`(
    scale: Double
  ) throws {
    let axis = UniformAxis(offset: 450, scale: scale, count: 400)
    let truth = PowerLawBackground(coefficient: 3e9, exponent: 3.2)
    let counts = axis.coordinates.map { truth.density(at: $0) * scale }
    let window = try #require(EnergyWindow(lower: 455, upper: 485))
    let found = try #require(TwoAreaFit(window: window, axis: axis)?.background(of: counts))
    // The areas are those from half a channel before x₁ to half a channel before x₃; the formula for
    // r is itself good to 1e-4 for a window this long.
    expectClose(found.exponent, 3.2 * (1 + scale / 2 / 470), relative: 1.3e-4, "r")
    for energy in [455.0, 470, 600] {
      let seen = truth.density(at: energy - scale / 2)
      expectClose(found.density(at: energy), seen, relative: 2e-4, "B at \(energy)")
    }
  }

  @Test func `a constant of r = 1 needs the logarithm`() throws {
    // Halves in the ratio √(x₃/x₁) have r = 1 exactly: A = I / ln(x₃/x₂).
    let axis = UniformAxis(offset: 100, scale: 50, count: 12)
    let window = try #require(EnergyWindow("100:400"))
    let fit = try #require(TwoAreaFit(window: window, axis: axis))
    let found = try #require(fit.background(lowerSum: 2, upperSum: 1))
    expectClose(found.exponent, 1, absolute: 1e-15)
    let first = 2 / log(250.0 / 100)
    let second = 1 / log(400.0 / 250)
    expectClose(found.coefficient, (first * 2 + second) / 3, relative: 1e-12)
  }

  @Test func `a density is fitted like the counts it stands for`() throws {
    let axis = UniformAxis(offset: 400, scale: 0.25, count: 100)
    let window = try #require(EnergyWindow("402:420"))
    let counts = axis.coordinates.map { 1e9 * pow($0, -2.8) }
    let binned = try #require(TwoAreaFit(window: window, axis: axis)?.background(of: counts))
    let density = try #require(
      TwoAreaFit(window: window, axis: axis, isBinned: false)?
        .background(of: counts.map { $0 / 0.25 }))
    expectClose(density.coefficient, binned.coefficient, relative: 1e-12)
    #expect(density.exponent == binned.exponent)
  }

  @Test func `what cannot be fitted gives no numbers`() throws {
    let axis = UniformAxis(offset: 100, scale: 1, count: 20)
    let window = try #require(EnergyWindow("100:110"))
    let fit = try #require(TwoAreaFit(window: window, axis: axis))
    for (lower, upper) in [(0.0, 1.0), (1, 0), (-1, -1), (.nan, 1), (1, .infinity)] {
      #expect(fit.background(lowerSum: lower, upperSum: upper) == nil, "\(lower), \(upper)")
    }
    #expect(fit.background(sum: 0, exponent: 3).coefficient == 0)
    #expect(fit.background(sum: -4, exponent: 3).coefficient == 0)
    #expect(try TwoAreaFit(window: #require(EnergyWindow("100:103")), axis: axis) == nil)
    #expect(try TwoAreaFit(window: #require(EnergyWindow("200:300")), axis: axis) == nil)
    let negative = UniformAxis(offset: -10, scale: 1, count: 40)
    #expect(try TwoAreaFit(window: #require(EnergyWindow("-5:5")), axis: negative) == nil)
  }

  @Test func `the image's exponent keeps a spectrum's counts in the window`() throws {
    let axis = UniformAxis(offset: 300, scale: 0.5, count: 100)
    let window = try #require(EnergyWindow("305:325"))
    let fit = try #require(TwoAreaFit(window: window, axis: axis))
    let found = fit.background(sum: 1234, exponent: 2.5)
    let sum = fit.channels.reduce(0) { $0 + found.density(at: axis[$1] + 0.25) * 0.5 }
    expectClose(sum, 1234, relative: 1e-6)
  }
}
