import Augmentation
import LinearAlgebra
import Synchronization
import Testing

/// Checkpoints in memory, as a file would keep them.
private final class MemoryStore: CheckpointStore {
  let kept = Mutex<[Int: TensorArchive]>([:])
  let writes = Mutex(0)

  func load(class index: Int) throws -> TensorArchive? { kept.withLock { $0[index] } }

  func save(_ checkpoint: TensorArchive, class index: Int) throws {
    kept.withLock { $0[index] = checkpoint }
    writes.withLock { $0 += 1 }
  }
}

@Suite("Checkpoints")
struct CheckpointTests {
  private let sets: [TrainingSet]
  private let design: DAGDesign

  init() throws {
    sets = try (0..<2).map {
      try syntheticFamily(
        name: "class \($0)", count: 30, channels: 64, noise: 0.02, ratio: 0.4 + 0.3 * Double($0),
        seed: UInt64(90 + $0))
    }
    design = Self.short(DAGDesign())
  }

  /// Several evaluations, snapshots that are chosen and given up, adjusted noise.
  private static func short(_ design: DAGDesign) -> DAGDesign {
    var design = design
    design.evaluationInterval = 5
    design.stopping.minimumIterations = 20
    design.stopping.maximumIterations = 45
    design.stopping.patience = 1
    design.stopping.nullQuantile = 0.5
    return design
  }

  private func augmenter(_ design: DAGDesign? = nil, threads: Int = 1) -> Augmenter {
    Augmenter(design: design ?? self.design, seed: 9, threads: threads)
  }

  /// Trains until the request's number-th question whether to stop; how often it was asked is the number of
  /// iterations of all classes, and a few more.
  private func interrupt(
    _ store: MemoryStore, after questions: Int, threads: Int, _ design: DAGDesign? = nil
  ) throws -> [TrainedGenerator]? {
    let asked = Atomic(0)
    let checkpointing = Checkpointing(store: store, interval: 1_000_000) {
      let number = asked.add(1, ordering: .relaxed).newValue
      return Checkpointing.Requests(stops: number >= questions)
    }
    do {
      return try augmenter(design, threads: threads).train(sets, checkpoints: checkpointing)
    } catch is TrainingInterrupted {
      return nil
    }
  }

  @Test(
    "Interrupted anywhere and resumed: the same generators and records, at any number of threads",
    arguments: [(3, 1), (12, 1), (13, 2), (25, 1), (40, 2), (47, 1), (60, 1), (85, 2)])
  func resumes(questions: Int, threads: Int) throws {
    let undisturbed = try augmenter().train(sets)
    let store = MemoryStore()
    let interrupted = try interrupt(store, after: questions, threads: threads)
    #expect(interrupted == nil)
    #expect(store.kept.withLock { !$0.isEmpty } || questions == 3)
    let seen = Mutex<[Int]>([])
    let resumed = try augmenter(threads: 3 - threads).train(
      sets, checkpoints: Checkpointing(store: store)
    ) { news in seen.withLock { $0.append(news.evaluation.iteration) } }
    let areSame = resumed == undisturbed
    #expect(areSame)
  }

  /// Interrupts the training of both classes, and resumes it with another number of threads.
  private func expectResumed(_ design: DAGDesign) throws {
    let undisturbed = try augmenter(design).train(sets)
    for threads in [1, 2] {
      let store = MemoryStore()
      // With one thread in the second class, with two mostly in both.
      let interrupted = try interrupt(store, after: 32 / threads, threads: threads, design)
      #expect(interrupted == nil)
      #expect(store.kept.withLock { $0.count } >= 3 - threads)
      let resumed = try augmenter(design, threads: 3 - threads)
        .train(sets, checkpoints: Checkpointing(store: store))
      let areSame = resumed == undisturbed
      #expect(areSame, "interrupted on \(threads) threads")
    }
  }

  @Test(
    "Every scheme and architecture goes on to the same generators",
    arguments: DAGDesign.Scheme.allCases, DAGDesign.Architecture.allCases)
  func everyDesign(scheme: DAGDesign.Scheme, architecture: DAGDesign.Architecture) throws {
    try expectResumed(smallDesign(scheme, architecture).quick(iterations: 20, interval: 6))
  }

  @Test(
    "The paper's own procedure goes on to the same generators", arguments: DAGDesign.Scheme.papers)
  func faithful(scheme: DAGDesign.Scheme) throws {
    try expectResumed(.faithful(scheme).quick(iterations: 20, interval: 6))
  }

  @Test("Interrupted again and again, it still ends with the same generators")
  func manyTimes() throws {
    let undisturbed = try augmenter().train(sets)
    let store = MemoryStore()
    var generators: [TrainedGenerator]?
    var attempts = 0
    while generators == nil && attempts < 100 {
      attempts += 1
      generators = try interrupt(store, after: 14, threads: 1)
    }
    #expect(attempts > 5 && attempts < 20, "\(attempts)")
    let areSame = generators == undisturbed
    #expect(areSame)
  }

  @Test("Every n iterations, on request, and at the end of a class; done classes rest")
  func schedule() throws {
    let store = MemoryStore()
    let alone = [sets[0]]
    var long = design
    long.stopping.minimumIterations = 45
    let augmenter = Augmenter(design: long, seed: 9)
    let done = try augmenter.train(alone, checkpoints: Checkpointing(store: store, interval: 7))
    // 7, 14, 21, 28, 35, 42, and the end.
    #expect(store.writes.withLock { $0 } == 7)
    let again = try augmenter.train(
      alone, checkpoints: Checkpointing(store: store, interval: 7) { .init(stops: true) })
    #expect(store.writes.withLock { $0 } == 7)
    let areSame = again == done
    #expect(areSame)

    let asked = Atomic(0)
    let other = MemoryStore()
    _ = try augmenter.train(
      alone,
      checkpoints: Checkpointing(store: other, interval: 1000) {
        // Two requests in all: before iteration 10 and before iteration 20.
        .init(
          writes: asked.add(1, ordering: .relaxed).newValue / 10 > 2
            ? 2 : asked.load(ordering: .relaxed) / 10)
      })
    #expect(other.writes.withLock { $0 } == 3)
  }

  @Test("A checkpoint of another class or design is refused; nothing that diverged is kept")
  func refused() throws {
    let store = MemoryStore()
    #expect(try interrupt(store, after: 12, threads: 1) == nil)
    var wider = design
    wider.latentCount += 1
    #expect(throws: TensorArchiveError.self) {
      try Augmenter(design: wider, seed: 9).train(sets, checkpoints: Checkpointing(store: store))
    }
    let larger = try syntheticFamily(
      name: "class 0", count: 31, channels: 64, noise: 0.02, seed: 90)
    #expect(throws: TensorArchiveError.self) {
      try augmenter().train([larger], checkpoints: Checkpointing(store: store))
    }
    var wild = design
    wild.discriminatorRate = 1e30
    let none = MemoryStore()
    #expect(throws: TrainingError.self) {
      try Augmenter(design: wild, seed: 1)
        .train(sets, checkpoints: Checkpointing(store: none, interval: 1))
    }
    #expect(none.kept.withLock { $0.isEmpty })
  }
}
