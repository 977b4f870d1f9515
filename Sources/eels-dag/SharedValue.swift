import Synchronization

/// A value that several threads need: the first one works it out while the others wait, and the last one lets
/// it go.
final class SharedValue<Value: Sendable>: Sendable {
  private struct State {
    var result: Result<Value, any Error>?
    var uses: Int
  }

  private let state: Mutex<State>
  private let work: @Sendable () throws -> Value

  /// A value that will be used so often; `work` makes it.
  init(uses: Int, _ work: @escaping @Sendable () throws -> Value) {
    state = Mutex(State(uses: uses))
    self.work = work
  }

  /// The value; throws what the work threw.
  var value: Value {
    get throws {
      try state.withLock { state in
        let result = state.result ?? Result { try work() }
        state.result = result
        return try result.get()
      }
    }
  }

  /// Says that one of the uses is over.
  func release() {
    state.withLock { state in
      state.uses -= 1
      if state.uses == 0 { state.result = nil }
    }
  }
}
