import Foundation
import LinearAlgebra
import Preprocessing
import Spectra
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The fits of power laws: SciPy's numbers, exact laws, scale, errors against simulated spectra.
struct PowerLawFitsTests {
  private struct Case: Decodable {
    var offset: Double
    var scale: Double
    var lower: Double
    var upper: Double
    var spectra: [[Float]]
    var squares: [[Double?]]
    var poisson: [[Double?]]
    var combination: [[Double]]

    func window() throws -> FitWindow {
      try PowerLawFitsTests.window(
        lower, upper, UniformAxis(offset: offset, scale: scale, count: spectra[0].count))
    }
  }

  private func cases() throws -> [Case] {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/power_law_fits", withExtension: "json"))
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  private static func window(
    _ lower: Double, _ upper: Double, _ axis: UniformAxis, isBinned: Bool = true
  ) throws -> FitWindow {
    let limits = try #require(EnergyWindow(lower: lower, upper: upper))
    let areas = try #require(TwoAreaFit(window: limits, axis: axis, isBinned: isBinned))
    return FitWindow(areas, axis: axis, isBinned: isBinned)
  }

  /// Compares with SciPy, whose exponents have no bounds: outside of ours there is no fit.
  private func compare(
    _ found: FittedPowerLaw?, _ expected: [Double?], _ what: String
  ) throws -> Bool {
    guard let a = expected[0], let r = expected[1],
      PowerLawBackground.physicalExponents.contains(r)
    else {
      #expect(found == nil, "\(what)")
      return false
    }
    let fit = try #require(found, "\(what)")
    expectClose(fit.background.exponent, r, relative: 1e-6, "r of \(what)")
    expectClose(fit.background.coefficient, a, relative: 1e-6, "A of \(what)")
    return true
  }

  @Test func `least squares and likelihood have SciPy's A and r`() throws {
    var compared = (squares: 0, poisson: 0)
    for (number, item) in try cases().enumerated() {
      let window = try item.window()
      for (index, spectrum) in item.spectra.enumerated() {
        let what = "spectrum \(index) of case \(number)"
        let squares = LeastSquaresPowerLaw(window: window).fit(spectrum)
        if try compare(squares, item.squares[index], "squares, " + what) { compared.squares += 1 }
        let poisson = PoissonPowerLaw(window: window).fit(spectrum)
        if try compare(poisson, item.poisson[index], "Poisson, " + what) { compared.poisson += 1 }
      }
    }
    #expect(compared.squares == 96 && compared.poisson == 97)
  }

  @Test func `two fixed exponents have SciPy's non-negative amplitudes`() throws {
    for (number, item) in try cases().enumerated() {
      let combination = PowerLawCombination(window: try item.window(), exponents: (2, 4))
      for (index, spectrum) in item.spectra.enumerated() {
        let what = "spectrum \(index) of case \(number)"
        let expected = item.combination[index]
        guard expected != [0, 0] else {
          #expect(combination.fit(spectrum) == nil, "\(what)")
          continue
        }
        let found = try #require(combination.fit(spectrum), "\(what)")
        expectClose(found.first.coefficient, expected[0], relative: 1e-6, "A₁ of \(what)")
        expectClose(found.second.coefficient, expected[1], relative: 1e-6, "A₂ of \(what)")
        #expect(found.first.exponent == 2 && found.second.exponent == 4)
      }
    }
  }

  @Test(arguments: [true, false]) func `an exact power law is recovered`(isBinned: Bool) throws {
    let axis = UniformAxis(offset: 450, scale: 0.25, count: 400)
    let window = try Self.window(455, 485, axis, isBinned: isBinned)
    let truth = PowerLawBackground(coefficient: 3e15, exponent: 3.2)
    let counts = axis.coordinates.map {
      Float(truth.density(at: $0) * (isBinned ? axis.scale : 1))
    }
    let fits = [
      LeastSquaresPowerLaw(window: window).fit(counts), PoissonPowerLaw(window: window).fit(counts),
    ]
    for fit in fits {
      let fit = try #require(fit)
      // Floats round the counts to 6e-8.
      expectClose(fit.background.exponent, 3.2, relative: 1e-6)
      for energy in [455.0, 485] {
        expectClose(
          fit.background.density(at: energy), truth.density(at: energy), relative: 3e-8)
      }
      #expect(fit.dispersion < 1e-6)
    }
    let pair = PowerLawCombination(window: window, exponents: (3.2, 5))
    let found = try #require(pair.fit(counts))
    expectClose(found.density(at: 700), truth.density(at: 700), relative: 1e-5)
  }

  @Test func `a gain changes the level and the dispersion alone`() throws {
    let axis = UniformAxis(offset: 450, scale: 0.25, count: 400)
    let window = try Self.window(455, 485, axis)
    var random = RandomStream(seed: 5)
    let counts = axis.coordinates.map { Float(random.poisson(8e8 * pow($0, -3))) }
    let gained = counts.map { $0 * 4 }
    let fits: [(FittedPowerLaw?, FittedPowerLaw?)] = [
      (PoissonPowerLaw(window: window).fit(counts), PoissonPowerLaw(window: window).fit(gained)),
      (
        LeastSquaresPowerLaw(window: window).fit(counts),
        LeastSquaresPowerLaw(window: window).fit(gained)
      ),
      (TwoAreaPowerLaw(window: window).fit(counts), TwoAreaPowerLaw(window: window).fit(gained)),
    ]
    for (plain, scaled) in fits {
      let plain = try #require(plain)
      let scaled = try #require(scaled)
      expectClose(scaled.background.exponent, plain.background.exponent, relative: 1e-9)
      expectClose(scaled.background.coefficient, 4 * plain.background.coefficient, relative: 1e-8)
      expectClose(scaled.dispersion, 4 * plain.dispersion, relative: 1e-9)
      // The error for φ = 1 times the gain is the same.
      expectClose(
        4 * scaled.error.relativeVariance(at: 600), plain.error.relativeVariance(at: 600),
        relative: 1e-9)
    }
  }

  @Test func `two areas are those of TwoAreaFit`() throws {
    let axis = UniformAxis(offset: 450, scale: 0.5, count: 200)
    let window = try Self.window(455, 485, axis)
    var random = RandomStream(seed: 6)
    let counts = axis.coordinates.map { Float(random.poisson(1e10 * pow($0, -3))) }
    let found = try #require(TwoAreaPowerLaw(window: window).fit(counts))
    #expect(found.background == window.areas.background(of: counts.map(Double.init)))
    // With its own sums as the average, only the level is fitted anew.
    let sums = window.sums(of: counts)
    let local = LocalAverage.Sums(lower: sums.lower, upper: sums.upper, effectiveSpectra: 9)
    let averaged = try #require(TwoAreaPowerLaw(window: window).fit(counts, exponentOf: local))
    #expect(averaged.background.exponent == found.background.exponent)
    #expect(
      averaged.background
        == window.areas.background(
          sum: sums.lower + sums.upper, exponent: found.background.exponent))
    expectClose(averaged.error.exponentVariance, found.error.exponentVariance / 9, relative: 1e-12)
    #expect(averaged.error.levelVariance == found.error.levelVariance)
  }

  /// What 2,000 simulated spectra say about the errors that the fits claim.
  private struct Trial {
    var logarithms: [[Double]] = [[], [], []]
    var exponents: [Double] = []
    var claimed = [0.0, 0, 0]
    var claimedExponent = 0.0
    var dispersion = 0.0

    static let energies = [472.0, 520, 600]

    mutating func add(
      _ density: (Double) -> Double, _ variance: (Double) -> Double, exponent: Double,
      exponentVariance: Double, dispersion: Double
    ) {
      for (index, energy) in Self.energies.enumerated() {
        logarithms[index].append(log(density(energy)))
        claimed[index] += variance(energy)
      }
      exponents.append(exponent)
      claimedExponent += exponentVariance
      self.dispersion += dispersion
    }

    mutating func add(_ fit: FittedPowerLaw) {
      add(
        fit.background.density, fit.error.relativeVariance, exponent: fit.background.exponent,
        exponentVariance: fit.error.exponentVariance, dispersion: fit.dispersion)
    }

    func check(_ what: String) {
      let count = Double(exponents.count)
      for (index, values) in logarithms.enumerated() {
        let ratio = Self.variance(values) / (claimed[index] / count)
        #expect(abs(ratio - 1) < 0.1, "\(what): var ln B at \(Self.energies[index]) by \(ratio)")
      }
      if claimedExponent > 0 {
        let ratio = Self.variance(exponents) / (claimedExponent / count)
        #expect(abs(ratio - 1) < 0.1, "\(what): var r by \(ratio)")
      }
      #expect(abs(dispersion / count - 1) < 0.02, "\(what): dispersion \(dispersion / count)")
    }

    static func variance(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }
  }

  @Test func `the errors are those of 2,000 simulated spectra`() throws {
    let axis = UniformAxis(offset: 450, scale: 0.25, count: 400)
    let window = try Self.window(455, 489, axis)
    let mean = axis.coordinates.map { 150 * (pow($0 / 470, -2.5) + pow($0 / 470, -3.5)) }
    let pair = PowerLawCombination(window: window, exponents: (2, 4))
    var trials = (areas: Trial(), squares: Trial(), poisson: Trial(), pair: Trial())
    var random = RandomStream(seed: 11)
    for _ in 0..<2000 {
      let counts = mean.map { Float(random.poisson($0)) }
      trials.areas.add(try #require(TwoAreaPowerLaw(window: window).fit(counts)))
      trials.squares.add(try #require(LeastSquaresPowerLaw(window: window).fit(counts)))
      trials.poisson.add(try #require(PoissonPowerLaw(window: window).fit(counts)))
      let two = try #require(pair.fit(counts))
      trials.pair.add(
        two.density, two.relativeVariance, exponent: 0, exponentVariance: 0,
        dispersion: two.dispersion)
    }
    trials.areas.check("two areas")
    trials.squares.check("least squares")
    trials.poisson.check("Poisson")
    trials.pair.check("two exponents")
  }

  @Test func `few counts leave the Poisson fit unbiased`() throws {
    // 2 counts a channel, r well inside the bounds: the mean of r over 2,000 spectra is the truth to
    // its own error, and the level at the reference to 1 %.
    let axis = UniformAxis(offset: 100, scale: 0.25, count: 400)
    let window = try Self.window(100, 190, axis)
    let mean = axis.coordinates.map { 2 * pow($0 / 140, -4) }
    var random = RandomStream(seed: 12)
    var exponents: [Double] = []
    var level = 0.0
    var claimed = 0.0
    for _ in 0..<2000 {
      let counts = mean.map { Float(random.poisson($0)) }
      let fit = try #require(PoissonPowerLaw(window: window).fit(counts))
      exponents.append(fit.background.exponent)
      level += fit.background.density(at: 140) * 0.25 / 2000
      claimed += fit.error.exponentVariance / 2000
    }
    let average = exponents.reduce(0, +) / 2000
    expectClose(average, 4, absolute: 4 * (claimed / 2000).squareRoot(), "r")
    expectClose(level, 2, relative: 0.01, "level")
    // A dark reference of one count more subtracted than was there: still a fit.
    let dark = mean.map { Float(random.poisson($0 + 1)) - 1 }
    #expect(dark.contains { $0 < 0 })
    #expect(PoissonPowerLaw(window: window).fit(dark) != nil)
  }

  @Test func `exponents of a map are its 5th and 95th percentile`() throws {
    // NumPy 2.4.6: np.percentile([3, 1, 2, 5], [5, 95]) is 1.15 and 4.7.
    let found = try #require(PowerLawCombination.exponents(from: [3, 1, 2, 5]))
    expectClose([found.first, found.second], [1.15, 4.7], relative: 1e-12)
    #expect(PowerLawCombination.exponents(from: []) == nil)
    #expect(PowerLawCombination.exponents(from: [3, 3, 3]) == nil)
  }
}
