import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Spectra of unseen acquisitions")
struct AcquisitionVariationTests {
  private func draw(_ model: any SpectrumModel, _ count: Int) -> Matrix {
    let spectra = Matrix(rows: count, columns: model.channelCount)
    ParallelSampler(model, stream: RandomStream(seed: 1), threads: 1).sample(from: 0, into: spectra)
    return spectra
  }

  /// A Gaussian peak of the width 6 in the middle of 120 channels, 12 times, and a trace that differs.
  private func peak() throws -> TrainingSet {
    let spectra = Matrix(rows: 12, columns: 120)
    for i in 0..<12 {
      for j in 0..<120 { spectra[i, j] = Float(exp(-pow((Double(j) - 60) / 6, 2) / 2)) }
      spectra[i, 60 + i % 2] *= 1 - 1e-5 * Float(i)
    }
    return try TrainingSet(name: "peak", spectra: spectra)
  }

  private func noise(_ variance: Float) -> NoiseEstimate {
    NoiseEstimate(
      gain: 1e-10, background: Array(repeating: variance, count: 120), colour: [1])
  }

  @Test("The shift is normal, cut at three deviations")
  func shift() throws {
    let model = ShiftedSpectra(try peak(), shift: 0, noise: noise(1e-10), share: 1)
    let varied = try #require(model.varied(by: .init(shift: 2.5, noise: 1...1)))
    let made = draw(varied, 4000)
    let centres = (0..<4000).map { i in
      let x = made.rows(i..<i + 1).elements.map(Double.init)
      return x.indices.reduce(0) { $0 + Double($1) * x[$1] } / x.reduce(0, +) - 60
    }.sorted()
    // Quantiles of the standard normal distribution.
    for (probability, deviate) in [(0.1587, -1.0), (0.5, 0.0), (0.8413, 1.0), (0.9772, 2.0)] {
      expectClose(centres[Int(probability * 4000)], 2.5 * deviate, absolute: 0.2, "quantile")
    }
    #expect(centres[3999] < 7.6 && centres[0] > -7.6 && centres[3999] > 6)
  }

  @Test("The logarithm of the noise's variance is uniform")
  func strengths() throws {
    let model = ShiftedSpectra(try peak(), shift: 0, noise: noise(1e-6), share: 1)
    let varied = try #require(model.varied(by: .init(shift: 0, noise: 0.25...4)))
    let made = draw(varied, 4000)
    // Far from the peak there is noise alone; 30 channels know its variance to 26 %.
    let powers = (0..<4000).map { i in
      log2(made.rows(i..<i + 1).elements[0..<30].reduce(0) { $0 + Double($1 * $1) } / 30 / 1e-6)
    }.sorted()
    for (probability, expected) in [(0.25, -1.0), (0.5, 0.0), (0.75, 1.0)] {
      expectClose(powers[Int(probability * 4000)], expected, absolute: 0.12, "quantile")
    }
    let mean = powers.reduce(0, +) / 4000
    let variance = powers.reduce(0) { $0 + pow($1 - mean, 2) } / 4000
    // Uniform within ±2: 4/3; and what the 30 channels scatter, trigamma(15)/ln² 2 = 0.144.
    expectClose(variance, 4 / 3.0 + 0.144, absolute: 0.07, "variance")
  }

  @Test("The spectra of another thickness: the exact Poisson sum, but for terms beyond the second")
  func thickness() throws {
    for expected in try AcquisitionReference.load().scattering {
      let count = expected.spectrum.count
      let losses = PlasmonLosses(step: expected.step, count: count)
      for change in expected.changes {
        let spectrum = Matrix(rows: 1, elements: expected.spectrum.map(Float.init))
        losses.change(spectrum.row(0), by: Float(change.thickness))
        // The next term of the series, and what the middle of a channel misses of p.
        let tolerance = pow(abs(change.thickness), 3) / 6 * 1.5 + 2e-3
        expectClose(
          spectrum.elements.map(Double.init), change.spectrum, absolute: tolerance,
          "\(expected.step) eV, \(change.thickness)")
      }
      let constant = Matrix(rows: 1, elements: [Float](repeating: 1, count: count))
      losses.change(constant.row(0), by: 0.5)
      expectClose(
        constant.elements.map(Double.init), Array(repeating: 1.625, count: count), absolute: 1e-5,
        "what is the same everywhere only grows")
    }
  }

  @Test("Thicknesses are uniform within the limits")
  func thicknesses() throws {
    // 20 channels before a narrow peak, 200 eV behind it: all that is scattered is seen.
    let spectra = Matrix(rows: 12, columns: 120)
    for i in 0..<12 {
      spectra[i, 20] = 1
      spectra[i, 21] = 0.2 + 1e-4 * Float(i)
    }
    let set = try TrainingSet(name: "line", spectra: spectra)
    let model = ShiftedSpectra(set, shift: 0, noise: noise(1e-12), share: 1)
    let varied = try #require(
      model.varied(
        by: .init(shift: 0, noise: 1...1, thickness: 0.5, energyStep: 2)))
    let made = draw(varied, 4000)
    // The peak is the maximum and 1.2 of all at τ = 0, so that the sum is 1.2 (1 + τ + τ²/2).
    let changes = (0..<4000).map { i in
      let x = made.rows(i..<i + 1).elements.map(Double.init)
      return (2 * (x.reduce(0, +) / 1.2) - 1).squareRoot() - 1
    }.sorted()
    for (probability, expected) in [(0.1, -0.4), (0.25, -0.25), (0.5, 0.0), (0.9, 0.4)] {
      expectClose(changes[Int(probability * 4000)], expected, absolute: 0.05, "quantile")
    }
  }

  @Test("Where a channel's width is not known the thickness stays")
  func unknownWidth() throws {
    let known = AcquisitionVariation(shift: 0, noise: 1...1, energyStep: 0.5)
    let unknown = AcquisitionVariation(shift: 0, noise: 1...1)
    let model = ShiftedSpectra(try peak(), shift: 0, noise: noise(1e-12), share: 1)
    let plain = draw(model, 100)
    #expect(draw(try #require(model.varied(by: unknown)), 100).elements == plain.elements)
    #expect(draw(try #require(model.varied(by: known)), 100).elements != plain.elements)
  }

  @Test("The width of a channel reaches the variation of every class")
  func step() throws {
    let set = try syntheticFamily(count: 60, channels: 64, noise: 0.03, seed: 3)
    let wide = try TrainingSet(name: "wide", spectra: set.spectra, energyStep: 0.25)
    let sets = [wide, try wide.subset(Array(0..<40))]
    let named = try sets.enumerated().map {
      try TrainingSet(name: "\($0)", spectra: $1.spectra, energyStep: $1.energyStep)
    }
    let calibrations = try BaselineMethod.pcaGaussian.models(of: [named], threads: 1)[0]
      .map(\.calibration)
    for variation in AcquisitionVariation.variations(of: calibrations) {
      #expect(variation.energyStep == 0.25)
    }
  }

  @Test("No variation is asked for: the same spectra as ever")
  func measured() throws {
    let set = try syntheticFamily(count: 60, channels: 64, noise: 0.03, seed: 3)
    let classes = try BaselineMethod.pcaGaussian.models(of: [[set]], threads: 1)[0]
    let same = draw(Acquisitions.measured.models(classes)[0], 100)
    #expect(same.elements == draw(classes[0].model, 100).elements)
    #expect(draw(Acquisitions.unseen.models(classes)[0], 100).elements != same.elements)
  }

  @Test("Principal components and generators drift further", arguments: [true, false])
  func drift(isGenerator: Bool) throws {
    let set = try syntheticFamily(count: 80, channels: 64, noise: 0.02, drift: 0.5, seed: 4)
    let classes =
      isGenerator
      ? try Augmenter(design: DAGDesign().quick(iterations: 20, interval: 10), seed: 1)
        .train([set]).map(\.calibrated)
      : try BaselineMethod.pcaGaussian.models(of: [[set]], threads: 1)[0]
    let mean = meanSpectrum(of: set.spectra)
    let found = [Acquisitions.measured, .unseen].map { acquisitions in
      let made = draw(acquisitions.models(classes)[0], 1000)
      let shifts = (0..<1000).map { i in
        ClassShift(from: mean, to: made.rows(i..<i + 1).elements.map(Double.init), reach: 5).shift
      }
      let centre = shifts.reduce(0, +) / 1000
      return (shifts.reduce(0) { $0 + pow($1 - centre, 2) } / 1000).squareRoot()
    }
    let added = 1.5 * classes[0].calibration.energyDrift
    #expect(added > 0.5 && added < 1)
    expectClose(
      (found[1] * found[1] - found[0] * found[0]).squareRoot(), added, relative: 0.15, "added drift"
    )
  }

  @Test(
    "Classes that differ by a shift are not bridged further than by their own drift",
    arguments: [(0.15, 0.225), (0.9, 0.9)])
  func bridges(drift: Double, expected: Double) throws {
    let sets = try [0.0, 1.0].map { offset in
      let spectra = Matrix(rows: 40, columns: 80)
      var stream = RandomStream(seed: 5)
      for i in 0..<40 {
        let shift = offset + drift * stream.normal()
        for j in 0..<80 {
          spectra[i, j] = Float(
            exp(-pow((Double(j) - 40 - shift) / 5, 2) / 2) + 0.01 * stream.normal())
        }
      }
      return try TrainingSet(name: "at \(offset)", spectra: spectra)
    }
    let classes = try BaselineMethod.noiseShift.models(of: [sets], threads: 1)[0]
    let widest = classes.map(\.calibration.energyDrift).max() ?? 0
    for variation in AcquisitionVariation.variations(of: classes.map(\.calibration)) {
      // Alone 1.5 times the drift; with the classes one channel apart, 1/√3 of the half or the drift.
      expectClose(variation.shift, expected, relative: 0.25, "shift")
      #expect(variation.shift <= max(widest, 0.35))
    }
    let alone = try BaselineMethod.noiseShift.models(of: [[sets[0]]], threads: 1)[0][0].calibration
    expectClose(
      AcquisitionVariation.variations(of: [alone])[0].shift, 1.5 * alone.energyDrift,
      relative: 1e-12, "alone")
  }

  @Test("Mixtures of real spectra are not varied")
  func mixtures() throws {
    let set = try syntheticFamily(count: 40, channels: 64, noise: 0.03, seed: 6)
    #expect(MixedSpectra(set, mixing: 0.4).varied(by: .init(shift: 1)) == nil)
    #expect(NeighbourSpectra(set, neighbourCount: 5).varied(by: .init(shift: 1)) == nil)
  }
}
