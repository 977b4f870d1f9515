import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import Synchronization
import TestSupport
import Testing

@Suite("Training")
struct TrainingTests {
  /// The full design with few iterations, on few channels.
  private func design(iterations: Int) -> DAGDesign {
    var design = DAGDesign()
    design.stopping.maximumIterations = iterations
    design.stopping.minimumIterations = min(design.stopping.minimumIterations, iterations)
    return design
  }

  @Test("A class is learned: below the threshold, diverse, as noisy as real, no copies")
  func learns() throws {
    let real = try syntheticFamily(count: 125, channels: 96, noise: 0.03, seed: 31)
    let seen = Mutex<[TrainingProgress]>([])
    let generators = try Augmenter(seed: 3).train([real]) { progress in
      seen.withLock { $0.append(progress) }
    }
    let record = try #require(generators.first?.record)
    let last = try #require(record.evaluations.last)
    #expect(record.outcome == .reached, "\(record.evaluations)")
    #expect(record.iterations == last.iteration)
    #expect(record.iterations <= DAGDesign().stopping.maximumIterations)
    var untrained = design(iterations: 1)
    untrained.evaluationInterval = 1
    let start = try Augmenter(design: untrained, seed: 3).train([real])[0].record
    #expect(
      start.limits.frechetDistance == record.limits.frechetDistance && start.outcome == .notReached)
    #expect(start.chosen.quality.frechetDistance > 2 * record.limits.frechetDistance, "\(start)")
    #expect(record.chosen.quality.frechetDistance < record.limits.frechetDistance)
    // The chosen snapshot is tested again, with other spectra.
    #expect(record.quality.frechetDistance < record.limits.frechetDistance)
    #expect(record.quality != record.chosen.quality)
    let news = seen.withLock { $0 }
    #expect(news.dropLast().map(\.evaluation) == record.evaluations)
    #expect(news.dropLast().allSatisfy { $0.record == nil && $0.limits == record.limits })
    #expect(news.last?.record == record)

    let synthetic = try #require(generators.first).sample(
      count: 1000, stream: RandomStream(seed: 4))
    for i in 0..<1000 {
      let row = synthetic.rows(i..<i + 1).elements
      #expect(abs((row.max() ?? 0) - 1) < 1e-6 && row.allSatisfy { $0.isFinite })
    }
    let error = MeanSpectrumError(of: synthetic, against: real.spectra, count: 125)
    #expect(error.share(within: 3) > 0.95, "\(error.standardErrors)")
    let some = synthetic.rows(0..<200)
    let diversity = meanPairwiseDistance(of: some) / meanPairwiseDistance(of: real.spectra)
    #expect(diversity > 0.7 && diversity < 1.3, "\(diversity)")
    let nearest =
      meanNearestDistance(from: some, to: real.spectra) / meanNearestDistance(within: real.spectra)
    #expect(nearest > 0.7, "\(nearest)")
    let noise = highFrequencyNoise(of: some) / highFrequencyNoise(of: real.spectra)
    expectClose(noise, 1, absolute: 0.1, "noise")
  }

  @Test("Same seed, same bytes for one and two threads; another seed, others")
  func threads() throws {
    let sets = try (0..<3).map {
      try syntheticFamily(
        name: "class \($0)", count: 40, channels: 64, noise: 0.02, ratio: 0.4 + 0.2 * Double($0),
        seed: UInt64(50 + $0))
    }
    let design = design(iterations: 100)
    let one = try Augmenter(design: design, seed: 7, threads: 1).train(sets)
    let two = try Augmenter(design: design, seed: 7, threads: 2).train(sets)
    let other = try Augmenter(design: design, seed: 8, threads: 2).train(sets)
    // Compared outside the macro, which would print a million weights where they differ.
    let areSame = one == two
    #expect(areSame)
    #expect(one.map(\.name) == ["class 0", "class 1", "class 2"])
    let seedsDiffer = one[0].snapshot.weights != other[0].snapshot.weights
    let classesDiffer = one[0].snapshot.weights != one[1].snapshot.weights
    #expect(seedsDiffer && classesDiffer)
    #expect(one.allSatisfy { $0.snapshot.components.basis == one[0].snapshot.components.basis })
    for (mine, theirs) in zip(one, two) {
      var (archive, other) = (TensorArchive(), TensorArchive())
      try archive.encode(mine, as: mine.name)
      try other.encode(theirs, as: mine.name)
      let areSameArchives = archive == other
      #expect(areSameArchives)
      let decoded: TrainedGenerator = try archive.decode(from: mine.name)
      try decoded.snapshot.validate()
      let survives = decoded == mine
      #expect(survives)
    }
  }

  @Test(
    "Same bytes for one, two and four threads: every architecture and the paper's procedure",
    arguments: DAGDesign.Architecture.allCases + [nil])
  func threads(architecture: DAGDesign.Architecture?) throws {
    let sets = try (0..<3).map {
      try syntheticFamily(
        name: "class \($0)", count: 30, channels: 70, noise: 0.02, ratio: 0.4 + 0.2 * Double($0),
        seed: UInt64(40 + $0))
    }
    let design = (architecture.map { smallDesign(.sharedHeads, $0) } ?? .faithful(.multiBiTrans))
      .quick(iterations: 20, interval: 10)
    let results = try [1, 2, 4].map { threads in
      var archive = TensorArchive()
      let spectra = Matrix(rows: 3 * 50, columns: 70)
      let trained = try Augmenter(design: design, seed: 7, threads: threads).train(sets)
      for (index, generator) in trained.enumerated() {
        try archive.encode(generator, as: generator.name)
        ParallelSampler(generator.snapshot, stream: RandomStream(seed: 3), threads: threads)
          .sample(from: 11, into: spectra.rows(50 * index..<50 * (index + 1)))
      }
      return (archive: archive, spectra: spectra.elements)
    }
    #expect(results[0].archive.tensors.count > 3 && results[0].spectra.allSatisfy { $0.isFinite })
    for result in results.dropFirst() {
      let areSame = result.archive == results[0].archive && result.spectra == results[0].spectra
      #expect(areSame)
    }
  }

  @Test("Groups of other axes train beside each other, each on its own components")
  func groups() throws {
    func set(_ name: String, _ channels: Int, _ seed: UInt64) throws -> TrainingSet {
      try syntheticFamily(
        name: name, count: 30, channels: channels, noise: 0.02, ratio: 0.6, seed: seed)
    }
    let short = [try set("a", 64, 1), try set("b", 64, 2)]
    let long = [try set("c", 96, 3)]
    let augmenter = Augmenter(design: design(iterations: 100), seed: 7, threads: 2)
    let trained = try augmenter.train(groups: [short, long])
    #expect(trained.map { $0.map(\.name) } == [["a", "b"], ["c"]])
    #expect(trained[1][0].snapshot.components.basis.channelCount == 96)
    #expect(trained[0][0].snapshot.components.basis == trained[0][1].snapshot.components.basis)
    // What stands before a group in the order does not hear of it.
    let isTheSame = try augmenter.train(short) == trained[0]
    #expect(isTheSame)
    #expect(throws: TrainingError.duplicateName("a")) {
      _ = try augmenter.train(groups: [short, [try set("a", 96, 3)]])
    }
  }

  @Test("A snapshot whose parts do not fit together is told from one that is whole")
  func snapshotValidation() throws {
    let set = try syntheticFamily(count: 20, channels: 64, noise: 0.02, seed: 60)
    let generator = try Augmenter(design: design(iterations: 100), seed: 1).train([set])[0]
    var archive = TensorArchive()
    try archive.encode(generator.snapshot, as: "s")
    try (archive.decode(from: "s") as GeneratorSnapshot).validate()
    func changed(_ name: String, _ shape: [Int]) throws -> GeneratorSnapshot {
      var tensors = archive.tensors
      tensors["s/\(name)"] = Tensor(
        name: "s/\(name)", shape: shape,
        elements: Array(repeating: 0, count: shape.reduce(1, *)))
      return try TensorArchive(texts: archive.texts, tensors: Array(tensors.values))
        .decode(from: "s")
    }
    for (name, shape) in [
      ("offset", [63]), ("components.centre", [65]), ("components.scatter", [15]),
      ("components.basis.components", [64]), ("noise.background", [1]),
      ("noise.colour", [0]), ("generator.dense1.weight", [128, 63]),
    ] {
      let snapshot = try changed(name, shape)
      #expect(throws: TensorArchiveError.self, "\(name)") { try snapshot.validate() }
    }
    var texts = archive.texts
    texts["s"] = texts["s"]?.replacing(
      "s/generator.dense2.bias\",", with: "s/generator.dense1.bias\",")
    let twice: GeneratorSnapshot = try TensorArchive(
      texts: texts, tensors: Array(archive.tensors.values)
    ).decode(from: "s")
    #expect(throws: TensorArchiveError.self) { try twice.validate() }
  }

  @Test("Spectrum i of a stream is the same in any block and at any place")
  func blocks() throws {
    let set = try syntheticFamily(count: 20, channels: 64, noise: 0.02, seed: 60)
    let generator = try Augmenter(design: design(iterations: 100), seed: 1).train([set])[0]
    let stream = RandomStream(seed: 2)
    let all = generator.sample(count: 75, stream: stream)
    for size in [1, 7, 20, 32, 75] {
      let sampler = SpectrumSampler(generator.snapshot, stream: stream)
      let parts = Matrix(rows: 75, columns: 64)
      var first = 0
      while first < 75 {
        let rows = first..<min(first + size, 75)
        sampler.sample(from: first, into: parts.rows(rows))
        first = rows.upperBound
      }
      let isSame = parts.elements == all.elements
      #expect(isSame, "blocks of \(size)")
    }
    let late = Matrix(rows: 3, columns: 64)
    SpectrumSampler(generator.snapshot, stream: stream).sample(from: 60, into: late)
    #expect(late.elements == all.rows(60..<63).elements)
    for threads in [1, 2, 3, 7] {
      let parallel = Matrix(rows: 70, columns: 64)
      ParallelSampler(generator.snapshot, stream: stream, threads: threads)
        .sample(from: 5, into: parallel)
      let isSame = parallel.elements == all.rows(5..<75).elements
      #expect(isSame, "\(threads) threads")
    }
  }

  @Test("Ten spectra, noiseless, denoised or noisy: finite throughout", arguments: 0..<4)
  func smallSets(kind: Int) throws {
    let noisy = try syntheticFamily(
      count: kind < 2 ? 10 : 60, channels: 64, noise: kind % 2 == 0 ? 0 : 0.2, seed: 70)
    var set = noisy
    if kind == 3 {
      // Four smooth patterns and nothing else, as denoising leaves them.
      let basis = SharedBasis(of: [noisy], count: 4, widestSmoothing: 2, shift: 0)
      let mean = meanSpectrum(of: noisy.spectra)
      let denoised = Matrix(rows: 60, columns: 64)
      let p = Matrix(rows: basis.componentCount, elements: basis.components)
      for i in 0..<60 {
        for j in 0..<64 { denoised[i, j] = Float(mean[j]) }
        for k in 0..<p.rowCount {
          let along = (0..<64).reduce(0.0) {
            $0 + (Double(noisy.spectra[i, $1]) - mean[$1]) * Double(p[k, $1])
          }
          for j in 0..<64 { denoised[i, j] += Float(along) * p[k, j] }
        }
      }
      set = try TrainingSet(name: "denoised", spectra: denoised)
    }
    let generator = try Augmenter(design: design(iterations: 100), seed: 5).train([set])[0]
    let spectra = generator.sample(count: 100, stream: RandomStream(seed: 6))
    #expect(spectra.elements.allSatisfy { $0.isFinite })
    #expect(generator.record.evaluations.count == 1)
    if kind == 3 {
      #expect(generator.record.componentCount == 5 && generator.record.smoothing == 0)
      #expect(generator.snapshot.noise.background.allSatisfy { $0 < 1e-6 })
    }
  }

  @Test("Divergence names class, iteration and tensor")
  func divergence() throws {
    let set = try syntheticFamily(name: "Mn", count: 40, channels: 64, noise: 0.02, seed: 80)
    var design = design(iterations: 100)
    design.discriminatorRate = 1e30
    let error = #expect(throws: TrainingError.self) {
      try Augmenter(design: design, seed: 1).train([set])
    }
    guard case .diverged(let name, let iteration, let tensor) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(name == "Mn" && iteration >= 1 && iteration <= 100)
    #expect(tensor.hasPrefix("discriminator."), "\(tensor)")
  }

  @Test("Unusable sets and designs are refused with a sentence")
  func refused() throws {
    func expectRefusal(
      _ expected: String, sourceLocation: SourceLocation = #_sourceLocation,
      _ body: () throws -> Void
    ) {
      let error = #expect(throws: TrainingError.self, sourceLocation: sourceLocation) {
        try body()
      }
      let sentence = error?.description ?? ""
      #expect(sentence.contains(expected), "\(sentence)", sourceLocation: sourceLocation)
    }
    func spectra(_ rows: Int, _ columns: Int, _ value: Float = 0.5) -> Matrix {
      let matrix = Matrix(rows: rows, columns: columns)
      for i in 0..<rows { for j in 0..<columns { matrix[i, j] = j == i ? 1 : value } }
      return matrix
    }
    expectRefusal("has 9 spectra and needs at least 10") {
      _ = try TrainingSet(name: "a", spectra: spectra(9, 64))
    }
    expectRefusal("has 1 spectrum and needs at least 10") {
      _ = try TrainingSet(name: "a", spectra: spectra(1, 64))
    }
    expectRefusal("have 63 channels") {
      _ = try TrainingSet(name: "a", spectra: spectra(10, 63))
    }
    expectRefusal("Spectrum 4 of class “a” holds a value that is not a number") {
      let s = spectra(10, 64)
      s[4, 60] = .nan
      _ = try TrainingSet(name: "a", spectra: s)
    }
    expectRefusal("maximum 5446.0, not about 1; normalise") {
      let s = spectra(10, 64)
      s[0, 3] = 5446
      _ = try TrainingSet(name: "a", spectra: s)
    }
    expectRefusal("maximum 0.0, not about 1") {
      let s = spectra(10, 64)
      s.rows(2..<3).fill(0)
      _ = try TrainingSet(name: "a", spectra: s)
    }
    expectRefusal("do not differ") {
      let s = Matrix(rows: 10, columns: 64)
      s.fill(1)
      _ = try TrainingSet(name: "a", spectra: s)
    }
    let augmenter = Augmenter(design: design(iterations: 100), seed: 1)
    let a = try TrainingSet(name: "a", spectra: spectra(12, 64))
    let b = try TrainingSet(name: "b", spectra: spectra(12, 70))
    expectRefusal("no spectra") { _ = try augmenter.train([]) }
    expectRefusal("Two classes are named “a”") { _ = try augmenter.train([a, a]) }
    expectRefusal("class “b” have 70 channels, those of other classes 64") {
      _ = try augmenter.train([a, b])
    }
    expectRefusal("batchSize is 1") {
      var design = DAGDesign()
      design.batchSize = 1
      _ = try Augmenter(design: design, seed: 1).train([a])
    }
  }

  @Test("A design survives JSON, and reads its own names")
  func designCoding() throws {
    var design = DAGDesign()
    design.latentCount = 17
    let json = try JSONEncoder().encode(design)
    #expect(String(decoding: json, as: UTF8.self).contains("\"scheme\":\"Single-BiTrans\""))
    let decoded = try JSONDecoder().decode(DAGDesign.self, from: json)
    #expect(decoded == design)
  }
}
