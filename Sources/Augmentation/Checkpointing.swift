public import LinearAlgebra

/// Where checkpoints are kept, one a class; a file's business, not the training's.
public protocol CheckpointStore: Sendable {
  /// The newest checkpoint of a class, or nil.
  func load(class index: Int) throws -> TensorArchive?
  /// Keeps a checkpoint in place of the class's older one.
  func save(_ checkpoint: TensorArchive, class index: Int) throws
}

/// When checkpoints are written, and where.
public struct Checkpointing: Sendable {
  /// What somebody asked for while training goes on.
  public struct Requests: Sendable, Equatable {
    /// How often a checkpoint was asked for.
    public var writes: Int
    /// Whether training shall write a checkpoint and end.
    public var stops: Bool

    /// Creates what was asked for so far.
    public init(writes: Int = 0, stops: Bool = false) {
      self.writes = writes
      self.stops = stops
    }
  }

  /// Where they are kept.
  public var store: any CheckpointStore
  /// The iterations between two; nil for after an evaluation, whenever all of them together have taken
  /// at most 2 % of the time.
  public var interval: Int?
  /// Asked after every iteration.
  public var requests: @Sendable () -> Requests

  /// Creates the choice.
  public init(
    store: any CheckpointStore, interval: Int? = nil,
    requests: @escaping @Sendable () -> Requests = { Requests() }
  ) {
    precondition(interval ?? 1 > 0, "checkpoints every \(interval ?? 0) iterations")
    self.store = store
    self.interval = interval
    self.requests = requests
  }
}

/// Training was ended on request; every class that had begun has a checkpoint.
public struct TrainingInterrupted: Error {}

/// Writes the checkpoints of one class when they are due.
final class CheckpointKeeper {
  private let choice: Checkpointing
  private let index: Int
  private var answered: Int
  private var last = ContinuousClock.now
  private var cost = Duration.zero

  init(_ choice: Checkpointing, class index: Int) {
    self.choice = choice
    self.index = index
    answered = choice.requests().writes
  }

  /// What was kept of the class before.
  func load() throws -> TensorArchive? { try choice.store.load(class: index) }

  /// Keeps what `state` puts into the archive.
  func save(_ state: some Encodable, as key: String) throws {
    let start = ContinuousClock.now
    var archive = TensorArchive()
    try archive.encode(state, as: key)
    try choice.store.save(archive, class: index)
    last = .now
    cost = last - start
  }

  /// Saves the state after an iteration if one is due or asked for; throws ``TrainingInterrupted`` when
  /// training shall end.
  func visit(iteration: Int, isEvaluated: Bool, save: () throws -> Void) throws {
    let requests = choice.requests()
    let isDue =
      choice.interval.map { iteration.isMultiple(of: $0) }
      ?? (isEvaluated && ContinuousClock.now - last >= cost * 49)
    if isDue || requests.stops || requests.writes != answered { try save() }
    answered = requests.writes
    if requests.stops { throw TrainingInterrupted() }
  }
}
