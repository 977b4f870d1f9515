internal import Synchronization

/// The results of independent work, by number, on several threads.
///
/// What `work` returns must depend on its number alone: then the number of threads changes nothing. Throws
/// what the work of the lowest number threw.
public func concurrentMap<Value: Sendable, Failure: Error>(
  _ count: Int, threads: Int, _ work: @Sendable (Int) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  precondition(threads > 0 && count >= 0, "\(count) pieces of work on \(threads) threads")
  let results = Mutex<[Result<Value, Failure>?]>(Array(repeating: nil, count: count))
  concurrently(count, threads: threads) { index in
    let result = Result { () throws(Failure) -> Value in try work(index) }
    results.withLock { $0[index] = result }
  }
  var values: [Value] = []
  for result in results.withLock({ $0 }) {
    if let result { values.append(try result.get()) }
  }
  return values
}
