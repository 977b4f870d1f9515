import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import NeuralNetworks
import TestSupport
import Testing

@Suite("What the discriminators see")
struct StepTests {
  private let set: TrainingSet
  private let basis: SharedBasis
  private let trainer: GANTrainer
  private let size = 32

  init() throws {
    set = try syntheticFamily(count: 60, channels: 80, noise: 0.03, drift: 1, seed: 21)
    basis = SharedBasis(
      of: [set], count: DAGDesign().componentCount, widestSmoothing: 2, shift: 0.5)
    trainer = Self.trainer(set, basis, DAGDesign(), instanceNoise: 0)
  }

  private static func trainer(
    _ set: TrainingSet, _ basis: SharedBasis, _ design: DAGDesign, instanceNoise: Float
  ) -> GANTrainer {
    var design = design
    design.instanceNoise = instanceNoise
    return GANTrainer(set, basis: basis, design: design, stream: RandomStream(seed: 22))
  }

  private func trainer(_ design: DAGDesign) -> GANTrainer {
    Self.trainer(set, basis, design, instanceNoise: 0)
  }

  private func rows(_ matrix: Matrix) -> [[Float]] {
    (0..<matrix.rowCount).map { matrix.rows($0..<$0 + 1).elements }
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
  private func expectShift(of plain: [Float], in transformed: [Float]) -> Double {
    let reach = trainer.calibration.transformShift
    let x = plain.map(Double.init)
    func misfit(_ s: Double) -> Double {
      zip(moved(x, by: s), transformed).map { abs($0.0 - Double($0.1)) }.max() ?? 1
    }
    var best = -reach
    for step in 0...2000 {
      let s = reach * (Double(step) / 1000 - 1)
      if misfit(s) < misfit(best) { best = s }
    }
    #expect(misfit(best) < 2e-3 * reach, "a view is no shift of the plain one")
    return best
  }

  private func expectShifts(of plain: [[Float]], in transformed: [[Float]]) {
    let shifts = zip(plain, transformed).map { expectShift(of: $0, in: $1) }
    let reach = trainer.calibration.transformShift
    #expect((shifts.max() ?? 0) > 0.5 * reach && (shifts.min() ?? 0) < -0.5 * reach)
    #expect(Set(shifts).count > shifts.count / 2)
  }

  /// Expects `transformed` to be `plain` with white noise of variance v·plain, and none below 0.
  private func expectNoise(of plain: [[Float]], in transformed: [[Float]]) {
    let variance = Double(trainer.calibration.transformNoise)
    var deviates: [Double] = []
    for (x, y) in zip(plain.joined(), transformed.joined()) {
      if x > 0 {
        deviates.append(Double(y - x) / (variance * Double(x)).squareRoot())
      } else {
        #expect(x == y, "noise without counts")
      }
    }
    expectUnitNormal(deviates)
  }

  private func expect(_ view: View, of plain: [[Float]], in shown: [[Float]]) {
    switch view {
    case .plain:
      let areSame = plain == shown
      #expect(areSame)
    case .shifted: expectShifts(of: plain, in: shown)
    case .noisy: expectNoise(of: plain, in: shown)
    }
  }

  private func expectUnitNormal(_ values: [Double], tolerance: Double = 0.1) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    expectClose(mean, 0, absolute: 5 / Double(values.count).squareRoot(), "mean of the noise")
    expectClose(variance, 1, absolute: tolerance, "variance of the noise")
  }

  /// The views of each discriminator as the paper has them.
  private static let schemes: [(DAGDesign.Scheme, [[View]])] = [
    (.singleMonoTrans, [[.plain, .shifted]]),
    (.multiMonoTrans, [[.plain], [.shifted]]),
    (.singleBiTrans, [[.plain, .shifted, .noisy]]),
    (.multiBiTrans, [[.plain], [.shifted], [.noisy]]),
    (.sharedHeads, [[.plain, .shifted, .noisy]]),
  ]

  @Test("A discriminator step: each sees real and generated in its own views", arguments: schemes)
  func discriminatorStep(scheme: DAGDesign.Scheme, expected: [[View]]) {
    let trainer = trainer(DAGDesign(scheme: scheme))
    let training = Set(rows(set.spectra))
    _ = trainer.discriminatorStep()
    let real = rows(trainer.views.rows(0..<size))
    #expect(Set(real).count == size, "a spectrum twice in a batch")
    #expect(training.isSuperset(of: real))
    let generated = rows(trainer.views.rows(size..<2 * size))
    #expect(Set(generated).count == size)
    #expect(training.isDisjoint(with: generated))
    #expect(generated.allSatisfy { abs(($0.max() ?? 0) - 1) < 1e-6 })
    #expect(trainer.discriminators.count == expected.count)
    for (discriminator, views) in zip(trainer.discriminators, expected) {
      let shown = rows(discriminator.shown)
      #expect(shown.count == 2 * size * views.count)
      for (index, view) in views.enumerated() {
        let start = 2 * size * index
        expect(view, of: real, in: Array(shown[start..<start + size]))
        expect(view, of: generated, in: Array(shown[start + size..<start + 2 * size]))
      }
    }
  }

  @Test("A generator step: each sees generated spectra only", arguments: schemes)
  func generatorStep(scheme: DAGDesign.Scheme, expected: [[View]]) {
    let trainer = trainer(DAGDesign(scheme: scheme))
    _ = trainer.generatorStep()
    let generated = rows(trainer.views.rows(0..<size))
    #expect(Set(rows(set.spectra)).isDisjoint(with: generated))
    for (discriminator, views) in zip(trainer.discriminators, expected) {
      let shown = rows(discriminator.shown)
      #expect(shown.count == size * views.count)
      for (index, view) in views.enumerated() {
        expect(view, of: generated, in: Array(shown[size * index..<size * (index + 1)]))
      }
    }
  }

  @Test(
    "An iteration: the untransformed spectra train each discriminator twice, then the generator",
    arguments: DAGDesign.Scheme.allCases)
  func iteration(scheme: DAGDesign.Scheme) {
    func weights(_ trainer: GANTrainer) -> [[Float]] {
      trainer.discriminators.map(\.parameters.values.elements)
    }
    let whole = trainer(DAGDesign(scheme: scheme))
    let parts = trainer(DAGDesign(scheme: scheme))
    let start = weights(whole)
    let losses = whole.step()
    _ = parts.discriminatorStep()
    let once = weights(parts)
    let discriminatorLoss = parts.discriminatorStep()
    let twice = weights(parts)
    let generatorLoss = parts.generatorStep()
    #expect(losses == (discriminatorLoss, generatorLoss))
    let isWhole = weights(whole) == twice && weights(parts) == twice
    #expect(isWhole)
    for index in start.indices {
      let moves = start[index] != once[index] && once[index] != twice[index]
      #expect(moves, "discriminator \(index)")
    }
  }

  @Test("Shared heads: a head of its own for each view, those of T1 and T2 weighted by λ")
  func sharedHeads() {
    /// The gradient of every head's weights, and the loss, in the first step.
    func first(_ lambda: Float) -> (gradients: [[Float]], loss: Float) {
      var design = DAGDesign(scheme: .sharedHeads)
      design.headsWeight = lambda
      let trainer = trainer(design)
      let loss = trainer.discriminatorStep()
      let heads = trainer.discriminators[0].parameters.tensors.filter {
        $0.name.contains(".head") && $0.name.hasSuffix(".weight")
      }
      return (heads.map(\.gradient.elements), loss)
    }
    let (none, half, whole) = (first(0), first(0.5), first(1))
    #expect(whole.gradients.count == 3 && Set(whole.gradients).count == 3)
    for head in 0..<3 {
      let share: Float = head == 0 ? 1 : 0
      #expect(whole.gradients[head].contains { $0 != 0 })
      #expect(none.gradients[head] == whole.gradients[head].map { share * $0 })
      expectClose(
        half.gradients[head], whole.gradients[head].map { (1 + share) / 2 * $0 }, absolute: 1e-7)
    }
    expectClose(Double(half.loss), Double(none.loss + whole.loss) / 2, absolute: 1e-6, "loss")
  }

  @Test("Discriminators see standardised coefficients with noise, on every view")
  func instanceNoise() throws {
    let noisy = Self.trainer(set, basis, DAGDesign(), instanceNoise: 0.5)
    _ = trainer.discriminatorStep()
    _ = noisy.discriminatorStep()
    let rows = 6 * size
    let k = basis.componentCount
    let clean = try #require(trainer.discriminators[0] as? Discriminator).seen(rows: rows)
    let seen = try #require(noisy.discriminators[0] as? Discriminator).seen(rows: rows)
    let mean = meanSpectrum(of: set.spectra)
    func coefficients(_ x: Matrix) -> [[Double]] {
      (0..<x.rowCount).map { i in
        let d = zip(x.rows(i..<i + 1).elements, mean).map { Double($0) - $1 }
        return (0..<k).map { c in
          let p = basis.components[c * d.count..<(c + 1) * d.count]
          return zip(d, p).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
      }
    }
    let real = coefficients(set.spectra)
    let shown = coefficients(trainer.views)
    for c in 0..<k {
      let variance = real.reduce(0) { $0 + $1[c] * $1[c] } / Double(real.count - 1)
      let expected = shown.map { $0[c] / variance.squareRoot() }
      expectClose(
        (0..<rows).map { Double(clean[$0, c]) }, expected, relative: 1e-4, absolute: 1e-4)
      expectUnitNormal(
        (0..<rows).map { (Double(seen[$0, c]) - Double(clean[$0, c])) / 0.5 }, tolerance: 0.4)
    }
  }

  @Test("Minibatch discrimination is alive in all four places, before and after training")
  func minibatchIsAlive() throws {
    let discriminator = try #require(trainer.discriminators[0] as? Discriminator)
    for iterations in [0, 50] {
      for _ in 0..<iterations { _ = trainer.step() }
      _ = trainer.discriminatorStep()
      for (place, closeness) in discriminator.closeness(rows: 6 * size).enumerated() {
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
