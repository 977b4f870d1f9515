import CAllocations
import Classification
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("The network of two branches")
struct TwoBranchTests {
  /// Spectra with a line whose place and width tell the class, and noise.
  private func lines(_ count: Int, seed: UInt64, noise: Float = 0.1) -> Examples {
    let channels = 96
    var stream = RandomStream(seed: seed)
    let spectra = Matrix(rows: count, columns: channels)
    stream.fillNormal(spectra)
    spectra.multiply(by: noise)
    let classes = (0..<count).map { $0 % 3 }
    for (row, label) in classes.enumerated() {
      let centre = 40 + 3 * Double(label) + stream.uniform(-0.5, 0.5)
      for j in 0..<channels {
        spectra[row, j] += Float(exp(-pow((Double(j) - centre) / 4, 2)))
      }
    }
    return Examples(spectra: spectra, classes: classes, classNames: ["a", "b", "c"])
  }

  private func none(like examples: Examples) -> Examples { examples.taking([]) }

  private func quick(_ steps: Int = 150) -> TwoBranchSettings {
    var settings = TwoBranchSettings()
    settings.steps = steps
    return settings
  }

  private func accuracy(_ network: TwoBranchNetwork, on test: Examples) -> Double {
    let predictions = network.predictions(of: test.spectra, threads: 2)
    return ConfusionMatrix(
      truth: test.classes, predictions: predictions, classNames: test.classNames
    ).accuracy
  }

  // MARK: - Against PyTorch

  /// See Fixtures/make_two_branches.py.
  private struct Reference: Decodable {
    struct Rate: Decodable {
      let step: Int
      let rate: Double
    }
    let channels: Int
    let classes: [Int]
    let rate: Double
    let decay: Double
    let probabilities: [Double]
    let losses: [Double]
    let rates: [Rate]

    static func load() throws -> Reference {
      let url = try #require(
        Bundle.module.url(
          forResource: "two_branches", withExtension: "json", subdirectory: "Fixtures"))
      return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
    }

    static func noise(_ count: Int, _ number: Int) -> [Float] {
      (0..<count).map { Float(sin(12.9898 * pow(Double($0 + 1), 1.5) + 78.233 * Double(number))) }
    }

    /// The weights of the formula, in the shapes of a network's.
    static func weights(like tensors: [Tensor]) -> [Tensor] {
      tensors.enumerated().map { number, tensor in
        let inputs = tensor.name.hasSuffix("bias") ? 25 : tensor.shape[1]
        let scale = Float(1.5 / Double(inputs).squareRoot())
        return Tensor(
          name: tensor.name, shape: tensor.shape,
          elements: noise(tensor.elements.count, number).map { scale * $0 })
      }
    }

    var examples: Examples {
      let elements = classes.indices.flatMap { index in
        Self.noise(channels, 100 + index).map { 0.5 + 0.5 * $0 }
      }
      return Examples(
        spectra: Matrix(rows: classes.count, elements: elements), classes: classes,
        classNames: ["a", "b", "c"])
    }
  }

  @Test("Probabilities, fifteen steps of training and learning rates are PyTorch's")
  func reference() throws {
    let expected = try Reference.load()
    let examples = expected.examples
    var settings = TwoBranchSettings()
    settings.dropout = 0
    settings.weightDecay = expected.decay
    let run = TwoBranchRun(
      real: examples, synthetic: nil, settings: settings, stream: RandomStream(seed: 1))
    let start = Reference.weights(like: run.weights)
    try run.start(from: start)
    let network = try TwoBranchNetwork(
      checking: start, classNames: examples.classNames, channelCount: expected.channels,
      record: TwoBranchTrainer(settings: quick(1), seed: 1).train(real: examples).record)
    expectClose(
      network.probabilities(of: examples.spectra, threads: 1).elements.map(Double.init),
      expected.probabilities, absolute: 1e-6, "probabilities")
    // All examples are one batch, so that their order is nothing.
    let losses = expected.losses.map { _ in Double(run.step(learningRate: expected.rate)) }
    expectClose(losses, expected.losses, absolute: 2e-5, "losses")
    for point in expected.rates {
      expectClose(
        TwoBranchSettings().rate(ofStep: point.step), point.rate, relative: 1e-12,
        "rate of step \(point.step)")
    }
  }

  // MARK: - Training

  @Test("It learns what tells classes apart, from real or synthetic spectra or both")
  func learns() throws {
    let (train, test) = (lines(60, seed: 1), lines(600, seed: 2))
    let trainer = TwoBranchTrainer(settings: quick(), seed: 3)
    let real = try trainer.train(real: train)
    #expect(accuracy(real, on: test) > 0.95)
    let synthetic = try trainer.train(real: none(like: train), synthetic: train)
    #expect(accuracy(synthetic, on: test) > 0.95)
    let both = try trainer.train(real: train, synthetic: lines(300, seed: 4))
    #expect(accuracy(both, on: test) > 0.95)
    #expect(both.record.realCount == 60 && both.record.syntheticCount == 300)
    #expect(real.record.steps == 150 && real.record.evaluations.isEmpty)
    // With the classes at random there is nothing to learn.
    var stream = RandomStream(seed: 5)
    let random = Examples(
      spectra: train.spectra, classes: train.classes.map { _ in stream.index(below: 3) },
      classNames: train.classNames)
    #expect(accuracy(try trainer.train(real: random), on: test) < 0.6)
  }

  @Test("A class of few spectra is found as well as one of many")
  func unbalanced() throws {
    let all = lines(600, seed: 6, noise: 0.35)
    let few = all.spectra(ofClass: 2).prefix(20)
    let train = all.taking(all.classes.indices.filter { all.classes[$0] != 2 } + few)
    let network = try TwoBranchTrainer(settings: quick(300), seed: 7).train(real: train)
    let test = lines(900, seed: 8, noise: 0.35)
    let matrix = ConfusionMatrix(
      truth: test.classes, predictions: network.predictions(of: test.spectra, threads: 1),
      classNames: test.classNames)
    for recall in matrix.recalls { #expect(try #require(recall) > 0.7) }
  }

  @Test("Few real spectra are repeated until they have their share")
  func share() {
    func size(_ real: Int, _ synthetic: Int) -> Int {
      TwoBranchRun(
        real: lines(real, seed: 9), synthetic: synthetic > 0 ? lines(synthetic, seed: 10) : nil,
        settings: TwoBranchSettings(), stream: RandomStream(seed: 1)
      ).exampleCount
    }
    #expect(size(125, 3000) == 8 * 125 + 3000)
    #expect(size(10, 300) == 100 + 300)
    // Never less than once each.
    #expect(size(300, 30) == 330)
    #expect(size(50, 0) == 50)
  }

  @Test("Validation spectra end the training early, and the best look is kept")
  func stopsEarly() throws {
    let train = lines(60, seed: 11)
    var settings = quick(600)
    settings.evaluationInterval = 10
    settings.patience = 4
    let trainer = TwoBranchTrainer(settings: settings, seed: 12)
    let shuffled = lines(60, seed: 13)
    let wrong = Examples(
      spectra: shuffled.spectra, classes: shuffled.classes.map { ($0 + 1) % 3 },
      classNames: shuffled.classNames)
    let stopped = try trainer.train(real: train, validation: wrong).record
    let losses = stopped.evaluations.map(\.loss)
    #expect(losses.count < 60, "the loss of wrong classes rises")
    let best = try #require(losses.firstIndex(of: losses.min() ?? 0))
    #expect(best == losses.count - 5 && stopped.steps == stopped.evaluations[best].step)
    #expect(stopped.validationCount == 60 && stopped.realCount == 60)

    let good = try trainer.train(real: train, validation: lines(60, seed: 14))
    let least = good.record.evaluations.map(\.loss).min() ?? 0
    #expect(
      good.record.evaluations.first { $0.step == good.record.steps }?.loss == least)
    // What is kept are the weights of that look: they have its loss.
    let test = lines(60, seed: 14)
    let probabilities = good.probabilities(of: test.spectra, threads: 1)
    let sums = test.classes.enumerated().reduce(into: [0.0, 0, 0]) {
      $0[$1.element] -= log(Double(probabilities[$1.offset, $1.element]))
    }
    expectClose(sums.reduce(0, +) / 60, least, relative: 1e-4, "the kept loss")
  }

  @Test("A share of each class is held out, at least one spectrum, of a class of one none")
  func heldOut() throws {
    let all = lines(90, seed: 15)
    var settings = quick(50)
    settings.heldOutShare = 0.2
    let trainer = TwoBranchTrainer(settings: settings, seed: 16)
    let record = try trainer.train(real: all).record
    #expect(record.validationCount == 18 && record.realCount == 72)
    let few = all.taking(
      Array(all.spectra(ofClass: 0)[..<10] + all.spectra(ofClass: 1)[..<4] + [2]))
    let fewRecord = try trainer.train(real: few).record
    #expect(fewRecord.validationCount == 3 && fewRecord.realCount == 12)
  }

  @Test("Spectra that are not finite end the training with a sentence")
  func diverged() {
    let bad = lines(30, seed: 17)
    bad.spectra[4, 4] = .infinity
    #expect(throws: TwoBranchError.self) {
      _ = try TwoBranchTrainer(settings: quick(), seed: 1).train(real: bad)
    }
  }

  // MARK: - Repeatability and files

  @Test("Same seed, same network; another seed, another one; threads change nothing")
  func repeatability() throws {
    let train = lines(60, seed: 18)
    let network = try TwoBranchTrainer(settings: quick(40), seed: 19).train(real: train)
    #expect(try TwoBranchTrainer(settings: quick(40), seed: 19).train(real: train) == network)
    #expect(
      try TwoBranchTrainer(settings: quick(40), seed: 20).train(real: train).weights
        != network.weights)
    let test = lines(1000, seed: 21).spectra
    let one = network.probabilities(of: test, threads: 1)
    for threads in [2, 3, 7] {
      #expect(network.probabilities(of: test, threads: threads).elements == one.elements)
    }
    for row in 0..<1000 {
      #expect(abs(one.rows(row..<row + 1).elements.reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test("It is the same after a file, and other weights are refused")
  func archive() throws {
    let train = lines(60, seed: 22)
    let network = try TwoBranchTrainer(settings: quick(40), seed: 23).train(
      real: train, validation: train)
    var archive = TensorArchive()
    try archive.encode(network, as: "classifier")
    let read: TwoBranchNetwork = try archive.decode(from: "classifier")
    #expect(read == network)
    let lacking = TensorArchive(
      texts: archive.texts,
      tensors: archive.tensors.values.map {
        $0.name.hasSuffix("end2.bias")
          ? Tensor(name: $0.name, shape: [1, 2], elements: [0, 0]) : $0
      })
    #expect(throws: TensorArchiveError.self) {
      _ = try lacking.decode(TwoBranchNetwork.self, from: "classifier")
    }
  }

  /// False where the system's allocator cannot be watched.
  private static var canCountAllocations: Bool {
    ca_start_counting()
    _ = Matrix(rows: 100, columns: 100)
    return ca_stop_counting() > 0
  }

  @Test(
    "A step allocates nothing after the first",
    .enabled(if: canCountAllocations, "needs glibc's allocator, without sanitisers"))
  func allocations() {
    let run = TwoBranchRun(
      real: lines(90, seed: 24), synthetic: lines(300, seed: 25), settings: TwoBranchSettings(),
      stream: RandomStream(seed: 26))
    _ = run.step(learningRate: 1e-3)
    ca_start_counting()
    // More than an epoch.
    for _ in 0..<10 { _ = run.step(learningRate: 1e-3) }
    #expect(ca_stop_counting() == 0)
  }
}
