import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("What the discriminator sees")
struct StepTests {
  private let set: TrainingSet
  private let basis: SharedBasis
  private let trainer: GANTrainer
  private let size = 32

  init() throws {
    set = try syntheticFamily(count: 60, channels: 80, noise: 0.03, drift: 1, seed: 21)
    basis = SharedBasis(
      of: [set], count: DAGDesign().componentCount, widestSmoothing: 2, shift: 0.5)
    trainer = try Self.trainer(set, basis, instanceNoise: 0)
  }

  private static func trainer(
    _ set: TrainingSet, _ basis: SharedBasis, instanceNoise: Float
  ) throws -> GANTrainer {
    var design = DAGDesign()
    design.instanceNoise = instanceNoise
    return GANTrainer(set, basis: basis, design: design, stream: RandomStream(seed: 22))
  }

  private func row(_ i: Int) -> [Double] {
    trainer.views.rows(i..<i + 1).elements.map(Double.init)
  }

  /// x moved by s channels, linearly interpolated, ends repeated.
  private func moved(_ x: [Double], by s: Double) -> [Double] {
    x.indices.map { j in
      let position = min(max(Double(j) - s, 0), Double(x.count - 1))
      let lower = min(Int(position), x.count - 2)
      let weight = position - Double(lower)
      return (1 - weight) * x[lower] + weight * x[lower + 1]
    }
  }

  /// Expects `transformed` to be `plain` moved by a shift within reach, and returns the shift.
  private func expectShift(of plain: Int, in transformed: Int) -> Double {
    let reach = trainer.calibration.transformShift
    let x = row(plain)
    let y = row(transformed)
    func misfit(_ s: Double) -> Double {
      zip(moved(x, by: s), y).map { abs($0.0 - $0.1) }.max() ?? 1
    }
    var best = -reach
    for step in 0...2000 {
      let s = reach * (Double(step) / 1000 - 1)
      if misfit(s) < misfit(best) { best = s }
    }
    #expect(misfit(best) < 2e-3 * reach, "view \(transformed) is no shift of view \(plain)")
    return best
  }

  /// (T2 − plain)/√(v·plain) of all channels above 0; expects no change below 0.
  private func deviates(of plain: Int, in transformed: Int) -> [Double] {
    let variance = Double(trainer.calibration.transformNoise)
    return zip(row(plain), row(transformed)).compactMap { x, y in
      if x <= 0 {
        #expect(x == y, "noise without counts")
        return nil
      }
      return (y - x) / (variance * x).squareRoot()
    }
  }

  private func expectUnitNormal(_ values: [Double], tolerance: Double = 0.1) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    expectClose(mean, 0, absolute: 5 / Double(values.count).squareRoot(), "mean of the noise")
    expectClose(variance, 1, absolute: tolerance, "variance of the noise")
  }

  @Test("A discriminator step: real and generated, each plain, shifted and noisy")
  func discriminatorStep() {
    let training = Set((0..<60).map { set.spectra.rows($0..<$0 + 1).elements })
    _ = trainer.discriminatorStep()
    let real = (0..<size).map { trainer.views.rows($0..<$0 + 1).elements }
    #expect(Set(real).count == size, "a spectrum twice in a batch")
    #expect(real.allSatisfy { training.contains($0) })
    let generated = (size..<2 * size).map { trainer.views.rows($0..<$0 + 1).elements }
    #expect(Set(generated).count == size)
    #expect(!generated.contains { training.contains($0) })
    #expect(generated.allSatisfy { abs(($0.max() ?? 0) - 1) < 1e-6 })

    let shifts = (0..<2 * size).map { expectShift(of: $0, in: 2 * size + $0) }
    for half in [shifts.prefix(size), shifts.suffix(size)] {
      let reach = trainer.calibration.transformShift
      #expect((half.max() ?? 0) > 0.5 * reach && (half.min() ?? 0) < -0.5 * reach)
    }
    #expect(shifts.prefix(size) != shifts.suffix(size))
    expectUnitNormal((0..<size).flatMap { deviates(of: $0, in: 4 * size + $0) })
    expectUnitNormal((size..<2 * size).flatMap { deviates(of: $0, in: 4 * size + $0) })
  }

  @Test("A generator step: generated only, plain, shifted and noisy")
  func generatorStep() {
    _ = trainer.generatorStep()
    let training = Set((0..<60).map { set.spectra.rows($0..<$0 + 1).elements })
    for i in 0..<size {
      #expect(!training.contains(trainer.views.rows(i..<i + 1).elements))
      _ = expectShift(of: i, in: size + i)
    }
    expectUnitNormal((0..<size).flatMap { deviates(of: $0, in: 2 * size + $0) })
  }

  @Test("Instance noise: on every view, along the components, a share of the real scatter")
  func instanceNoise() throws {
    let noisy = try Self.trainer(set, basis, instanceNoise: 0.5)
    _ = trainer.discriminatorStep()
    _ = noisy.discriminatorStep()
    let rows = 6 * size
    let channels = basis.channelCount
    let plain = trainer.views.elements
    let noise = zip(noisy.views.elements, plain).map { Double($0) - Double($1) }
    let mean = meanSpectrum(of: set.spectra)
    var remainder = noise
    for k in 0..<basis.componentCount {
      let p = basis.components[k * channels..<(k + 1) * channels].map(Double.init)
      func along(_ x: [Double]) -> Double { zip(x, p).reduce(0) { $0 + $1.0 * $1.1 } }
      let scatter = (0..<60).map { i in
        along(zip(set.spectra.rows(i..<i + 1).elements, mean).map { Double($0) - $1 })
      }
      let variance = scatter.reduce(0) { $0 + $1 * $1 } / 59
      let shares = (0..<rows).map { i in
        let share = along(Array(noise[i * channels..<(i + 1) * channels]))
        for j in 0..<channels { remainder[i * channels + j] -= share * p[j] }
        return share / (0.5 * variance.squareRoot())
      }
      expectUnitNormal(shares, tolerance: 0.4)
    }
    expectClose(remainder, Array(repeating: 0, count: remainder.count), absolute: 1e-5)
  }

  @Test("Minibatch discrimination is alive in all four places, before and after training")
  func minibatchIsAlive() throws {
    for iterations in [0, 50] {
      for _ in 0..<iterations { _ = trainer.step() }
      _ = trainer.discriminatorStep()
      for (place, closeness) in trainer.discriminator.closeness(rows: 6 * size).enumerated() {
        let o = closeness.rows(0..<size)
        // Of 31 others, neither all at distance 0 nor all out of sight; and spectra differ in it.
        for kernel in 0..<o.columnCount {
          let values = (0..<size).map { Double(o[$0, kernel]) }
          let mean = values.reduce(0, +) / Double(size)
          let spread = (values.max() ?? 0) - (values.min() ?? 0)
          #expect(
            mean > 0.01 && mean < 30.999 && spread > 0.05,
            "place \(place), kernel \(kernel) after \(iterations): \(mean), spread \(spread)")
        }
      }
    }
  }
}
