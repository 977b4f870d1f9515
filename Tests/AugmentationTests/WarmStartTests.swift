import Augmentation
import Evaluation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Warm starts")
struct WarmStartTests {
  private func half(_ seed: UInt64, channels: Int = 64) throws -> TrainingSet {
    try syntheticFamily(count: 60, channels: channels, noise: 0.02, seed: seed)
  }

  private func trained(
    _ set: TrainingSet, _ design: DAGDesign, from start: WarmStart? = nil, seed: UInt64 = 5
  ) throws -> TrainedGenerator {
    try Augmenter(design: design, seed: seed)
      .train([set], starts: start.map { [set.name: $0] } ?? [:])[0]
  }

  private func brief(_ architecture: DAGDesign.Architecture = .simpleDense) -> DAGDesign {
    var design = DAGDesign(architecture: architecture)
    design.generatorWidths = [16, 24]
    design.evaluationInterval = 5
    design.stopping.rule = .iterations
    design.stopping.minimumIterations = 5
    design.stopping.maximumIterations = 5
    return design
  }

  @Test("Reaches the rule with other spectra of the kind in no more iterations than without")
  func fewerIterations() throws {
    let design = DAGDesign()
    let model = try trained(half(1), design)
    let start = WarmStart(model, origin: "digest")
    #expect(start.iterations == model.record.chosen.iteration)
    let other = try half(2)
    let cold = try trained(other, design).record
    let warm = try trained(other, design, from: start).record
    #expect(cold.outcome == .reached && warm.outcome == .reached, "\(cold)\n\(warm)")
    #expect(warm.iterations < cold.iterations, "\(warm.iterations), \(cold.iterations)")
    #expect(warm.start?.origin == "digest" && warm.start?.iterations == start.iterations)
    #expect(cold.start == nil)
    let first = warm.evaluations[0].quality.frechetDistance
    #expect(first < cold.evaluations[0].quality.frechetDistance)
  }

  @Test("The same seed and model, the same generator; another model, another one")
  func repeatable() throws {
    let first = WarmStart(try trained(half(1), brief()), origin: "a")
    let second = WarmStart(try trained(half(1), brief(), seed: 6), origin: "a")
    let set = try half(2)
    let one = try trained(set, brief(), from: first)
    #expect(try trained(set, brief(), from: first) == one)
    #expect(try trained(set, brief(), from: second).snapshot.weights != one.snapshot.weights)
    #expect(WarmStart(one, origin: "b").iterations == 10)
  }

  @Test("Without learning, the generator stays the model's")
  func adopted() throws {
    let model = try trained(half(1), brief())
    var still = brief()
    (still.generatorRate, still.discriminatorRate) = (0, 0)
    (still.evaluationInterval, still.stopping.maximumIterations) = (1, 1)
    still.stopping.minimumIterations = 1
    let other = try trained(half(2), still, from: WarmStart(model, origin: ""))
    for (new, old) in zip(other.snapshot.weights, model.snapshot.weights) {
      #expect(new.name == old.name)
      expectClose(new.elements.map(Double.init), old.elements.map(Double.init), absolute: 1e-6)
    }
    #expect(other.snapshot.components != model.snapshot.components)
  }

  @Test("Subspace: the old spectra, projected on the new components")
  func movedComponents() throws {
    let model = try trained(half(1), brief(.subspace))
    let snapshot = model.snapshot
    let old = snapshot.components
    let set = try half(3)
    let basis = SharedBasis(of: [set], count: 9, widestSmoothing: 2, shift: 0.5)
    let mean = (0..<64).map { j in
      (0..<60).reduce(0.0) { $0 + Double(set.spectra[$1, j]) } / 60
    }
    let new = ClassComponents(
      basis, centre: mean.map(Float.init), spectra: set.spectra, mean: mean)
    let weights = WarmStart(model, origin: "").weights(in: new)

    /// The spectrum of hidden units h, from the last layer's numbers.
    func spectrum(_ weights: [Tensor], _ components: ClassComponents, _ h: [Float]) -> [Double] {
      let w = weights.first { $0.name == "generator.output.weight" }?.elements ?? []
      let b = weights.first { $0.name == "generator.output.bias" }?.elements ?? []
      var x = components.centre.map(Double.init)
      for k in b.indices {
        let c = h.indices.reduce(Double(b[k])) {
          $0 + Double(w[k * h.count + $1]) * Double(h[$1])
        }
        for j in 0..<64 {
          x[j] +=
            c * Double(components.scatter[k]) * Double(components.basis.components[k * 64 + j])
        }
      }
      return x
    }
    var stream = RandomStream(seed: 4)
    let h = (0..<40).map { _ in Float(stream.normal()) }
    let before = spectrum(snapshot.weights, old, h)
    var projected = new.centre.map(Double.init)
    for k in 0..<basis.componentCount {
      let p = (0..<64).map { Double(basis.components[k * 64 + $0]) }
      let along = (0..<64).reduce(0.0) { $0 + p[$1] * (before[$1] - Double(new.centre[$1])) }
      for j in 0..<64 { projected[j] += along * p[j] }
    }
    #expect(basis.componentCount != old.basis.componentCount)
    expectClose(spectrum(weights, new, h), projected, absolute: 1e-4)
    // The test sees a difference where there is one.
    #expect(zip(before, projected).contains { abs($0 - $1) > 1e-3 })
    #expect(weights.dropLast(2) == snapshot.weights.dropLast(2))
  }

  @Test("Other channels, architectures, widths or procedures are refused with a sentence")
  func refusals() throws {
    let start = WarmStart(try trained(half(1), brief()), origin: "")
    func refusal(_ design: DAGDesign, channels: Int = 64) throws -> String {
      let error = try #require(throws: TrainingError.self) {
        try trained(half(1, channels: channels), design, from: start)
      }
      return error.description
    }
    #expect(
      try refusal(brief(), channels: 80).contains("has 64 channels and the new spectra have 80"))
    #expect(try refusal(brief(.subspace)).contains("architecture is SimpleDense, not Subspace"))
    var wider = brief()
    wider.generatorWidths = [16, 32]
    #expect(try refusal(wider).contains("widths is [16, 24], not [16, 32]"))
    var latents = brief()
    latents.latentCount = 10
    #expect(try refusal(latents).contains("latents is 64, not 10"))
    #expect(try refusal(.faithful(.singleBiTrans)).contains("this program's, not the paper's"))
  }
}
