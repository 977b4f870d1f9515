import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Stopping")
struct StoppingTests {
  private let channels = 128

  /// What training compares with: 125 spectra in their own smoothed components.
  private struct Judge {
    let set: TrainingSet
    let basis: SharedBasis
    let reference: QualityReference
    let limits: QualityLimits

    init(_ set: TrainingSet, seed: UInt64) throws {
      self.set = set
      basis = SharedBasis(of: [set], count: 16, widestSmoothing: 2, shift: 0.5)
      let components = Matrix(rows: basis.componentCount, elements: basis.components)
      var stream = RandomStream(seed: seed)
      reference = try #require(
        QualityReference(
          real: set.spectra,
          features: SpectralFeatures(
            mean: Matrix(rows: 1, elements: meanSpectrum(of: set.spectra).map(Float.init)),
            components: components.rows(0..<min(10, basis.componentCount))), using: &stream))
      limits = StoppingCriterion().limits(reference.null)
    }

    func shortcomings(_ spectra: Matrix) throws -> [String] {
      var stream = RandomStream(seed: 90)
      let quality = try #require(reference.quality(of: spectra, using: &stream))
      return limits.shortcomings(of: quality)
    }
  }

  private func family(_ count: Int, noise: Double = 0.03, seed: UInt64) throws -> Matrix {
    try syntheticFamily(count: count, channels: channels, noise: noise, seed: seed).spectra
  }

  /// Every row changed and divided by its maximum again.
  private func changed(
    _ spectra: Matrix, rows: Int, _ value: (_ row: Int, _ channel: Int) -> Double
  ) -> Matrix {
    let result = Matrix(rows: rows, columns: channels)
    for i in 0..<rows {
      let x = (0..<channels).map { value(i, $0) }
      let peak = x.max() ?? 1
      for j in 0..<channels { result[i, j] = Float(x[j] / peak) }
    }
    return result
  }

  @Test("Held-out real spectra pass in at least 95 of 100 sets")
  func heldOut() throws {
    var passed = 0
    let trials = 60
    for trial in 0..<trials {
      let seed = UInt64(1000 + 2 * trial)
      let judge = try Judge(
        TrainingSet(name: "real", spectra: family(125, seed: seed)), seed: seed)
      if try judge.shortcomings(family(1000, seed: seed + 1)).isEmpty { passed += 1 }
    }
    #expect(Double(passed) >= 0.95 * Double(trials), "\(passed) of \(trials)")
  }

  @Test("Each fault is found and named: collapse, copies, noise, shift, background")
  func faults() throws {
    let judge = try Judge(TrainingSet(name: "real", spectra: family(125, seed: 900)), seed: 901)
    let real = judge.set.spectra
    let held = try family(1000, seed: 902)
    var stream = RandomStream(seed: 903)
    let deviates = Matrix(rows: 1000, columns: channels)
    stream.fillNormal(deviates)
    let mean = meanSpectrum(of: real)
    let level = highFrequencyNoise(of: real)
    let last = channels - 1
    let smooth = 3.0
    let sets: [(fault: String, words: String, spectra: Matrix)] = [
      (
        "collapse", "too much alike",
        changed(real, rows: 1000) { mean[$1] + level * Double(deviates[$0, $1]) }
      ),
      (
        "copies", "too close to the training",
        changed(real, rows: 1000) { Double(real[$0 % 125, $1]) }
      ),
      ("noise × 1.5", "too much noise", try family(1000, noise: 0.045, seed: 905)),
      ("noise / 1.5", "too little noise", try family(1000, noise: 0.02, seed: 906)),
      (
        "unequal noise", "unequally noisy",
        changed(real, rows: 1000) {
          let loudness = $0 % 3 == 0 ? 4.0 : 0.0
          return Double(held[$0, $1]) + loudness * level * Double(deviates[$0, $1])
        }
      ),
      // 0.3 eV at 0.25 eV a channel, linearly interpolated.
      (
        "shift", "shifted in energy",
        changed(real, rows: 1000) {
          0.8 * Double(held[$0, max($1 - 1, 0)]) + 0.2 * Double(held[$0, max($1 - 2, 0)])
        }
      ),
      // What a power law that fell too slowly leaves.
      (
        "background", "background is wrong",
        changed(real, rows: 1000) {
          Double(held[$0, $1]) - 0.06 * pow(1 + Double($1) / Double(last), -smooth)
        }
      ),
    ]
    for (fault, words, spectra) in sets {
      let found = try judge.shortcomings(spectra)
      #expect(found.contains { $0.contains(words) }, "\(fault): \(found)")
    }
    // The first named is the cause where the others follow from it.
    #expect(try judge.shortcomings(sets[1].spectra).first?.contains("too close") == true)
    #expect(try judge.shortcomings(held).isEmpty)
    let shifted = try judge.shortcomings(sets[5].spectra)
    #expect(!shifted.contains { $0.contains("background") }, "\(shifted)")
  }

  @Test(
    "Five spectra again and again, with fresh noise, leave out the other kinds",
    arguments: [0.005, 0.03])
  func fewModes(noise: Double) throws {
    let judge = try Judge(
      TrainingSet(name: "real", spectra: family(125, noise: noise, seed: 940)), seed: 941)
    let level = highFrequencyNoise(of: judge.set.spectra)
    let clean = try family(10, noise: 0, seed: 942)
    var stream = RandomStream(seed: 943)
    let deviates = Matrix(rows: 1000, columns: channels)
    stream.fillNormal(deviates)
    let modes = changed(clean, rows: 1000) {
      Double(clean[$0 % 5, $1]) + level * Double(deviates[$0, $1])
    }
    let found = try judge.shortcomings(modes)
    // Where noise fills the gaps between the five, they are too much alike still.
    let words = noise < 0.01 ? "leave out" : "too much alike"
    #expect(found.contains { $0.contains(words) }, "\(found)")
  }

  @Test("Every limit is asked for, and a value that is not a number fails")
  func limits() throws {
    let judge = try Judge(TrainingSet(name: "real", spectra: family(125, seed: 910)), seed: 911)
    let limits = judge.limits
    let good = SyntheticQuality(
      frechetDistance: limits.frechetDistance, kernelDistance: limits.kernelDistance,
      noiseRatio: 1, noiseSpreadRatio: 1, diversity: 1, coverage: 1, nearestNeighbourRatio: 1,
      energyShift: -limits.energyShift, background: limits.background)
    #expect(limits.admit(good))
    let faults: [(inout SyntheticQuality) -> Void] = [
      { $0.frechetDistance *= 1.01 }, { $0.kernelDistance += 0.01 }, { $0.noiseRatio = 1.4 },
      { $0.noiseRatio = 0.6 }, { $0.noiseSpreadRatio = 2.1 }, { $0.noiseSpreadRatio = 0.4 },
      { $0.diversity = 0.6 }, { $0.diversity = 1.4 }, { $0.coverage = 0.4 },
      { $0.nearestNeighbourRatio = 0.6 }, { $0.energyShift *= 1.01 }, { $0.background *= 1.01 },
      { $0.noiseRatio = .nan }, { $0.frechetDistance = .nan }, { $0.coverage = .nan },
    ]
    for (index, fault) in faults.enumerated() {
      var quality = good
      fault(&quality)
      // What is no number is neither too small nor too large: both are said.
      let expected = quality.noiseRatio.isNaN ? 2 : 1
      #expect(limits.shortcomings(of: quality).count == expected, "fault \(index): \(quality)")
    }
  }

  @Test("Rules: exactly N iterations; the paper's metrics on one batch")
  func rules() throws {
    let set = try syntheticFamily(count: 60, channels: 64, noise: 0.03, seed: 920)
    var design = DAGDesign()
    design.stopping.rule = .iterations
    design.stopping.maximumIterations = 250
    design.stopping.minimumIterations = 100
    let exact = try Augmenter(design: design, seed: 1).train([set])[0].record
    #expect(exact.iterations == 250 && exact.evaluations.map(\.iteration) == [100, 200, 250])
    #expect(exact.paper == nil && exact.rule == .iterations)
    #expect((exact.outcome == .reached) == exact.shortcomings.isEmpty)

    design.stopping.rule = .paper
    design.stopping.maximumIterations = 600
    let record = try Augmenter(design: design, seed: 1).train([set])[0].record
    let paper = try #require(record.paper)
    #expect(paper.limits.batchSize == 30)
    #expect((record.outcome == .reached) == paper.limits.admit(paper.metrics))
    #expect(record.outcome == .reached && record.iterations < 600, "\(record)")
    #expect(record.chosen.iteration == record.iterations)
    var worse = paper.metrics
    worse.correlation = paper.limits.correlation - 0.01
    #expect(!paper.limits.admit(worse))
  }

  @Test("Iterations that end early: the best snapshot so far, which must pass its own evaluation")
  func endsEarly() throws {
    let set = try syntheticFamily(count: 60, channels: 64, noise: 0.03, seed: 921)
    var design = DAGDesign()
    design.evaluationInterval = 20
    var (early, failing) = (0, 0)
    for seed in UInt64(1)...6 {
      let iterations = seed < 4 ? 60 : 160
      design.stopping.minimumIterations = iterations
      design.stopping.maximumIterations = iterations
      let record = try Augmenter(design: design, seed: seed).train([set])[0].record
      func faults(_ evaluation: TrainingRecord.Evaluation) -> Int {
        var quality = evaluation.quality
        (quality.frechetDistance, quality.kernelDistance) = (0, 0)
        return record.limits.shortcomings(of: quality).count
      }
      let best = try #require(
        record.evaluations.min {
          (faults($0), $0.quality.frechetDistance) < (faults($1), $1.quality.frechetDistance)
        })
      #expect(record.chosen.iteration == best.iteration)
      let own = record.limits.shortcomings(of: record.chosen.quality)
      #expect(Set(own).isSubset(of: Set(record.shortcomings)))
      early += record.chosen.iteration < iterations ? 1 : 0
      failing += own.isEmpty ? 0 : 1
    }
    // Among these are snapshots that do not pass, and such as are not the last.
    #expect(early > 0 && failing > 0, "\(early) early, \(failing) failing")
  }

  @Test("A training that leads nowhere is called so early, each reason once")
  func watch() throws {
    let judge = try Judge(TrainingSet(name: "real", spectra: family(60, seed: 930)), seed: 931)
    let design = DAGDesign()
    func evaluations(
      _ count: Int, loss: (Int) -> Double = { _ in 2 }, distance: (Int) -> Double = { _ in 0 },
      diversity: (Int) -> Double = { _ in 1 }
    ) -> [TrainingRecord.Evaluation] {
      (1...count).map { i in
        TrainingRecord.Evaluation(
          iteration: 100 * i, discriminatorLoss: loss(i), generatorLoss: 1,
          quality: SyntheticQuality(
            frechetDistance: distance(i) * judge.limits.frechetDistance, kernelDistance: 0,
            noiseRatio: 1, noiseSpreadRatio: 1, diversity: diversity(i), coverage: 1,
            nearestNeighbourRatio: 1, energyShift: 0, background: 0),
          noiseFactor: 1)
      }
    }
    /// What is said, and after how many evaluations.
    func said(_ all: [TrainingRecord.Evaluation]) -> [(Int, String)] {
      var watch = TrainingWatch(design, limits: judge.limits)
      return all.indices.compactMap { index in
        watch.warning(after: Array(all[...index])).map { (index + 1, $0) }
      }
    }
    #expect(said(evaluations(12)).isEmpty)
    let stalled = said(evaluations(12, distance: { $0 < 4 ? 5 - Double($0) : 2 }))
    #expect(stalled.map(\.0) == [8], "\(stalled)")
    #expect(stalled.first?.1.contains("no progress in 500 iterations") == true)
    #expect(stalled.first?.1.contains("2.0 times") == true, "\(stalled)")
    #expect(said(evaluations(12, distance: { 9 / Double($0) })).isEmpty)
    // Weights 1, ½, ½ and a smoothing of 0.9: a perfect discriminator's loss is 2 × 0.325.
    let perfect = said(evaluations(6, loss: { _ in 0.66 }))
    #expect(perfect.map(\.0) == [3])
    #expect(perfect.first?.1.contains("tells all spectra apart") == true)
    let alike = said(evaluations(6, diversity: { 0.9 - 0.1 * Double($0) }))
    #expect(alike.map(\.0) == [3])
    #expect(alike.first?.1.contains("more and more alike") == true, "\(alike)")
  }
}
