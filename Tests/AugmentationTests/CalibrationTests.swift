import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("What is taken from the spectra")
struct CalibrationTests {
  private func basis(_ sets: [TrainingSet], count: Int = 16) -> SharedBasis {
    SharedBasis(of: sets, count: count, widestSmoothing: 2, shift: 0.5)
  }

  @Test("The drift within a class, with and without noise", arguments: [0.0, 0.4, 1.5], [0, 0.05])
  func drift(deviation: Double, noise: Double) throws {
    let set = try syntheticFamily(
      count: 400, channels: 128, noise: noise, drift: deviation, seed: 41)
    // Quartiles of 400 are good to 6 %; the variety of shapes looks like a little drift.
    expectClose(
      EnergyDrift(of: set.spectra).deviation, deviation, relative: 0.15, absolute: 0.15,
      "noise \(noise)")
  }

  @Test("Classes 2 channels apart without drift within are shifted by a quarter channel at most")
  func closeClasses() throws {
    let design = DAGDesign()
    var sets: [TrainingSet] = []
    for shift in [0.0, 2] {
      let spectra = Matrix(rows: 60, columns: 100)
      var stream = RandomStream(seed: 42 + UInt64(shift))
      for i in 0..<60 {
        for j in 0..<100 {
          let x = (Double(j) - 50 - shift) / 6
          spectra[i, j] = Float(exp(-x * x) + 0.01 * stream.normal())
        }
      }
      sets.append(try TrainingSet(name: "\(shift)", spectra: spectra))
    }
    let basis = basis(sets)
    for set in sets {
      let trainer = GANTrainer(
        set, basis: basis, design: design, stream: RandomStream(seed: 1))
      #expect(trainer.calibration.transformShift == design.smallestShift)
      #expect(trainer.calibration.generatorShift == design.smallestShift / 2)
    }
  }

  @Test("Classes 0.2 eV apart: no shift is wider than half of that, however much each drifts")
  func driftingCloseClasses() throws {
    // 0.1 eV a channel.
    func family(_ position: Double, ratio: Double, seed: UInt64) throws -> TrainingSet {
      let set = try syntheticFamily(
        name: "\(position) \(ratio)", count: 200, channels: 128, noise: 0.02, drift: 1.5,
        ratio: ratio, seed: seed)
      let moved = Matrix(rows: 200, columns: 128)
      for i in 0..<200 {
        for j in 0..<128 { moved[i, j] = set.spectra[i, max(j - Int(position), 0)] }
      }
      return try TrainingSet(name: set.name, spectra: moved)
    }
    var design = DAGDesign()
    design.stopping.maximumIterations = 1
    design.stopping.minimumIterations = 1
    design.evaluationInterval = 1
    func calibrations(_ sets: [TrainingSet]) throws -> [Calibration] {
      try Augmenter(design: design, seed: 1).train(sets).map(\.record.calibration)
    }
    let close = try calibrations([
      family(0, ratio: 0.6, seed: 48), family(2, ratio: 0.6, seed: 49),
    ])
    for calibration in close {
      #expect(3.0.squareRoot() * calibration.energyDrift > 2)
      expectClose(calibration.transformShift, 1, absolute: 0.2, "T1")
      #expect(calibration.transformShift == calibration.shiftLimit)
      #expect(calibration.generatorShift == calibration.transformShift / 2)
    }
    // Other shapes at the same energy: no shift makes one of the other.
    let shapes = try calibrations([
      family(0, ratio: 0.3, seed: 50), family(0, ratio: 0.9, seed: 51),
    ])
    let alone = try calibrations([family(0, ratio: 0.3, seed: 50)])
    #expect(shapes[0].transformShift == alone[0].transformShift && alone[0].shiftLimit == nil)
  }

  @Test("The shift between two mean spectra, and the share of their difference that it explains")
  func classShift() {
    func line(_ centre: Double, _ height: Double = 1, tail: Double = 0) -> [Double] {
      (0..<100).map { j in
        let x = (Double(j) - centre) / 6
        let t = (Double(j) - 80) / 4
        return height * exp(-x * x) + tail * exp(-t * t)
      }
    }
    for s in [-7.0, -0.4, 0.25, 2, 8] {
      let shift = ClassShift(from: line(45), to: line(45 + s, 1.7), reach: 9)
      expectClose(shift.shift, s, absolute: 0.051, "shift")
      // Linear interpolation flattens the line a little.
      #expect(shift.share > 0.98, "\(s): \(shift)")
    }
    let shape = ClassShift(from: line(45), to: line(45, tail: 0.3), reach: 9)
    #expect(shape.share < 0.05, "\(shape)")
    let same = ClassShift(from: line(45), to: line(45), reach: 9)
    #expect(same.shift == 0 && same.share < 1e-9)
  }

  @Test("The shared components are orthonormal, span the classes and keep sharp lines")
  func sharedBasis() throws {
    let broad = try (0..<2).map {
      try syntheticFamily(
        name: "\($0)", count: 40, channels: 200, noise: 0.1, ratio: 0.4 + 0.3 * Double($0),
        seed: UInt64(43 + $0))
    }
    let found = basis(broad)
    #expect(found.componentCount == 16 && found.channelCount == 200 && found.smoothing == 2)
    let p = Matrix(rows: 16, elements: found.components)
    let gram = Matrix(rows: 16, columns: 16)
    gram.setProduct(p, transposed: p)
    let identity = (0..<256).map { Float($0 % 17 == 0 ? 1 : 0) }
    expectClose(gram.elements, identity, absolute: 2e-6, "P Pᵀ")

    // The same peaks on a third of the channels: lines that a smoothing by 2 would flatten.
    let sharp = try syntheticFamily(count: 40, channels: 64, noise: 0.005, drift: 0, seed: 45)
    #expect(basis([sharp]).smoothing < 2)
  }

  @Test("Noise: its gain, its background and its colour")
  func noise() throws {
    let channels = 300
    let count = 300
    let spectra = Matrix(rows: count, columns: channels)
    var stream = RandomStream(seed: 46)
    let signal = (0..<channels).map { exp(-pow((Double($0) - 150) / 30, 2)) }
    let background = (0..<channels).map { 0.0004 * (2 - Double($0) / Double(channels)) }
    for i in 0..<count {
      let white = (0...channels).map { _ in stream.normal() }
      for j in 0..<channels {
        let coloured = 0.8 * white[j] + 0.6 * white[j + 1]
        spectra[i, j] = Float(
          signal[j] + (0.002 * signal[j] + background[j]).squareRoot() * coloured)
      }
    }
    // Not normalised here, so that the numbers stay those put in.
    let set = try syntheticFamily(count: 40, channels: channels, noise: 0, seed: 47)
    let estimate = NoiseEstimate(of: spectra, outside: basis([set], count: 1))
    expectClose(Double(estimate.gain), 0.002, relative: 0.1, "gain")
    for j in stride(from: 20, to: 280, by: 20) {
      let variance = Double(estimate.gain) * signal[j] + Double(estimate.background[j])
      expectClose(
        variance, 0.002 * signal[j] + background[j], relative: 0.12, "variance at \(j)")
    }
    let c = estimate.colour.map(Double.init)
    func correlation(_ lag: Int) -> Double {
      (0..<c.count - lag).reduce(0) { $0 + c[$1] * c[$1 + lag] }
    }
    expectClose(correlation(0), 1, absolute: 1e-5, "Σ c²")
    // The Bartlett window takes 1/24 of the correlation of neighbours, 0.48; the component and the mean
    // that were subtracted take a little more.
    expectClose(correlation(1), 0.48, absolute: 0.05, "neighbours")
    expectClose(correlation(2), 0, absolute: 0.03, "next neighbours")
  }

  @Test("Noise levels: equal ones are found equal, a spread of a factor is kept")
  func noiseLevels() throws {
    let set = try syntheticFamily(count: 40, channels: 300, noise: 0, seed: 47)
    for spread in [0.0, 0.5] {
      var stream = RandomStream(seed: 48)
      let spectra = Matrix(rows: 400, columns: 300)
      var drawn: [Double] = []
      for i in 0..<400 {
        drawn.append(0.02 * exp(spread * stream.normal()))
        for j in 0..<300 { spectra[i, j] = Float(0.5 + drawn[i] * stream.normal()) }
      }
      // Spikes, which are no noise level.
      for i in 0..<20 { spectra[i, 100 + i] += 0.3 }
      let estimate = NoiseEstimate(of: spectra, outside: basis([set], count: 1))
      guard spread > 0 else {
        #expect(estimate.levels == [1])
        continue
      }
      drawn.sort()
      let count = estimate.levels.count
      #expect(count > 30)
      for probability in [0.1, 0.3, 0.5, 0.7, 0.9] {
        let level = estimate.levels[Int(probability * Double(count - 1) + 0.5)]
        let expected = drawn[Int(probability * 399)] / drawn[199]
        expectClose(Double(level), expected, relative: 0.08, "quantile \(probability)")
      }
      let variance = Double(estimate.gain) * 0.5 + Double(estimate.background[150])
      expectClose(variance.squareRoot(), drawn[199], relative: 0.1, "the median's noise")
    }
  }

  @Test("Denoised spectra are not shifted out of their components")
  func denoised() throws {
    let spectra = Matrix(rows: 60, columns: 80)
    var stream = RandomStream(seed: 49)
    for i in 0..<60 {
      let height = 0.3 + 0.05 * stream.normal()
      for j in 0..<80 {
        let x = Double(j)
        spectra[i, j] = Float(exp(-pow((x - 30) / 4, 2)) + height * exp(-pow((x - 50) / 5, 2)))
      }
    }
    let set = try TrainingSet(name: "denoised", spectra: spectra)
    let exact = basis([set])
    #expect(exact.isExact && exact.smoothing == 0)
    let trainer = GANTrainer(
      set, basis: exact, design: DAGDesign(), stream: RandomStream(seed: 1))
    #expect(trainer.calibration.generatorShift == 0)
    let noisy = try syntheticFamily(count: 60, channels: 80, noise: 0.02, seed: 50)
    #expect(!basis([noisy]).isExact)
  }
}
