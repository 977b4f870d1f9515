import Dispatch
import Synchronization

/// A value that another thread works out meanwhile.
final class Later<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let work: @Sendable () throws -> Value
  private let group = DispatchGroup()

  /// Starts the work, or leaves it until the value is asked for.
  init(ifUseful isUseful: Bool, _ work: @escaping @Sendable () throws -> Value) {
    self.work = work
    if isUseful { DispatchQueue.global().async(group: group) { self.run() } }
  }

  /// The value; waits for it, and throws what the work threw.
  var value: Value {
    get throws {
      wait()
      run()
      guard let result = result.withLock({ $0 }) else { preconditionFailure("no work was done") }
      return try result.get()
    }
  }

  /// Waits for work that was started.
  func wait() { group.wait() }

  private func run() {
    let isDone = result.withLock { $0 != nil }
    if isDone { return }
    let new = Result { try work() }
    result.withLock { $0 = new }
  }
}
