internal import Dispatch
internal import LinearAlgebra
internal import Synchronization

/// How far the training of a class has come.
public struct TrainingProgress: Sendable {
  /// The class.
  public let name: String
  /// The number of the class, in the order given.
  public let index: Int
  /// The newest evaluation.
  public let evaluation: TrainingRecord.Evaluation
  /// Within what its measures must lie.
  public let limits: QualityLimits
  /// Why it leads nowhere, when there are signs of that; each is given once.
  public let warning: String?
  /// The iteration from which this training went on: 0 without a checkpoint.
  public let firstIteration: Int
  /// The iteration at which training ends in any case.
  public let maximumIterations: Int
  /// What happened in all, once the class is done.
  public let record: TrainingRecord?
}

/// Trains one generator a class.
///
/// Classes train side by side, each from its own split of the seed, on one thread each: the same seed
/// gives the same generators whatever the number of threads.
public struct Augmenter: Sendable {
  /// The design.
  public var design: DAGDesign
  /// The seed of all random numbers.
  public var seed: UInt64
  /// The number of classes that may train at a time.
  public var threads: Int

  /// Creates an augmenter.
  public init(design: DAGDesign = DAGDesign(), seed: UInt64, threads: Int = 1) {
    precondition(threads > 0, "\(threads) threads")
    self.design = design
    self.seed = seed
    self.threads = threads
  }

  /// Trains a generator for every class; all share one energy axis.
  ///
  /// The same as ``train(groups:starts:checkpoints:progress:)`` with one group.
  public func train(
    _ sets: [TrainingSet], starts: [String: WarmStart] = [:], checkpoints: Checkpointing? = nil,
    progress: @Sendable (TrainingProgress) -> Void = { _ in }
  ) throws -> [TrainedGenerator] {
    try train(groups: [sets], starts: starts, checkpoints: checkpoints, progress: progress)
      .flatMap(\.self)
  }

  /// Trains a generator for every class of every group.
  ///
  /// The classes of a group share one energy axis and one ``SharedBasis``. Classes are numbered group
  /// after group, and train side by side over all groups; a class's stream is the split of its number.
  /// `starts` holds the generators that classes start from, by name; the others start from random
  /// weights. `progress` is called after every evaluation and when a class is done, from several threads
  /// at a time. With checkpoints, a class goes on from the one that is kept, and becomes the generator
  /// that it would have been without an interruption; a class that was done is not trained again.
  ///
  /// - Throws: ``TrainingError`` when something is wrong with the sets or the design, or training
  ///   diverged, and then trains no further; ``TrainingInterrupted`` on request; what the store throws.
  public func train(
    groups: [[TrainingSet]], starts: [String: WarmStart] = [:], checkpoints: Checkpointing? = nil,
    progress: @Sendable (TrainingProgress) -> Void = { _ in }
  ) throws -> [[TrainedGenerator]] {
    try design.validate()
    let sets = groups.flatMap(\.self)
    try Self.checkNames(sets)
    for set in sets {
      try starts[set.name]?.check(
        name: set.name, channels: set.spectra.columnCount, design: design)
    }
    var classes: [ClassData] = []
    for group in groups where !group.isEmpty {
      let basis = try SharedBasis(of: group, design: design)
      let limits = ClassShift.limits(of: group, design: design)
      classes += zip(group, limits).map { ClassData(set: $0, basis: basis, shiftLimit: $1) }
    }
    let queue = classes
    let results = Mutex<[Result<TrainedGenerator, any Error>?]>(
      Array(repeating: nil, count: queue.count))
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, queue.count)) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        if index >= queue.count { return }
        let result = Result {
          try train(
            queue[index], index: index, start: starts[queue[index].set.name],
            checkpoints: checkpoints,
            progress: progress)
        }
        results.withLock { $0[index] = result }
        if case .failure = result { next.store(queue.count, ordering: .relaxed) }
      }
    }
    var generators: [TrainedGenerator] = []
    for result in results.withLock({ $0 }) {
      if let result { generators.append(try result.get()) }
    }
    var rest = generators[...]
    return groups.map { group in
      defer { rest = rest.dropFirst(group.count) }
      return Array(rest.prefix(group.count))
    }
  }

  /// Refuses no class, and two of one name.
  static func checkNames(_ sets: [TrainingSet]) throws(TrainingError) {
    if sets.isEmpty { throw .noClasses }
    for (index, set) in sets.enumerated()
    where sets[..<index].contains(where: { $0.name == set.name }) {
      throw .duplicateName(set.name)
    }
  }

  private func train(
    _ data: ClassData, index: Int, start: WarmStart?, checkpoints: Checkpointing?,
    progress: @Sendable (TrainingProgress) -> Void
  ) throws -> TrainedGenerator {
    var first = 0
    func report(
      _ evaluation: TrainingRecord.Evaluation, _ limits: QualityLimits, _ warning: String? = nil,
      record: TrainingRecord? = nil
    ) {
      progress(
        TrainingProgress(
          name: data.set.name, index: index, evaluation: evaluation, limits: limits,
          warning: warning, firstIteration: first,
          maximumIterations: design.stopping.maximumIterations, record: record))
    }
    func finish(_ generator: TrainedGenerator) -> TrainedGenerator {
      let record = generator.record
      if let last = record.evaluations.last { report(last, record.limits, record: record) }
      return generator
    }
    let keeper = checkpoints.map { CheckpointKeeper($0, class: index) }
    let checkpoint = try keeper?.load()
    if let checkpoint, let generator = try TrainingRun.finished(in: checkpoint) {
      first = generator.record.iterations
      return finish(generator)
    }
    if checkpoints?.requests().stops == true { throw TrainingInterrupted() }
    let run = try TrainingRun(
      data.set, basis: data.basis, design: design, shiftLimit: data.shiftLimit, start: start,
      stream: RandomStream(seed: seed).split(UInt64(index)))
    if let checkpoint { try run.restore(checkpoint) }
    first = run.iteration
    return finish(try run.run(keeping: keeper) { report($0, $1, $2) })
  }

  /// A class on its way to the one thread that trains it.
  private struct ClassData: Sendable {
    // Matrices are not for several threads at once; nobody writes into these.
    nonisolated(unsafe) let set: TrainingSet
    let basis: SharedBasis
    let shiftLimit: Double
  }
}
