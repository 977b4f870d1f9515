internal import Dispatch
internal import Synchronization

/// Runs `work` for every number below `count`, on as many threads as there are or fewer; whichever is
/// free takes the next number.
package func concurrently(_ count: Int, threads: Int, _ work: @Sendable (Int) -> Void) {
  let workers = min(threads, count)
  if workers <= 1 {
    for index in 0..<count { work(index) }
    return
  }
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: workers) { _ in
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      if index >= count { return }
      work(index)
    }
  }
}
