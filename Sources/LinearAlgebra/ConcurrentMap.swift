internal import Dispatch
internal import Synchronization

/// The results of independent work, by number, on several threads.
///
/// What `work` returns must depend on its number alone: then the number of threads changes nothing. Throws
/// what the work of the lowest number threw.
public func concurrentMap<Value: Sendable>(
  _ count: Int, threads: Int, _ work: @Sendable (Int) throws -> Value
) throws -> [Value] {
  precondition(threads > 0 && count >= 0, "\(count) pieces of work on \(threads) threads")
  let results = Mutex<[Result<Value, any Error>?]>(Array(repeating: nil, count: count))
  let next = Atomic<Int>(0)
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      if index >= count { return }
      let result = Result { try work(index) }
      results.withLock { $0[index] = result }
    }
  }
  return try results.withLock { try $0.compactMap { try $0?.get() } }
}
