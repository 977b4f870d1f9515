#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Finished panels on their way from the threads that work on them to the one that takes the results,
/// and back to be used again.
///
/// At most ``limit`` groups wait, so that a slow disk does not fill the memory.
///
/// Sendable unchecked: everything is guarded by one lock.
final class PanelQueue: @unchecked Sendable {
  /// The groups of panels that may wait.
  private static let limit = 2

  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var groups: [[SpectrumPanel]] = []
  private var unused: [SpectrumPanel] = []
  private var isEnded = false
  private var isStopped = false

  init() {
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// Adds a group, as soon as there is room; false when nobody takes it any more.
  func put(_ panels: [SpectrumPanel]) -> Bool {
    locked {
      while groups.count >= Self.limit && !isStopped { pthread_cond_wait(changed, lock) }
      if !isStopped { groups.append(panels) }
      return !isStopped
    }
  }

  /// The next group, as soon as there is one; nil when there will be none.
  func next() -> [SpectrumPanel]? {
    locked {
      while groups.isEmpty && !isEnded && !isStopped { pthread_cond_wait(changed, lock) }
      return isStopped || groups.isEmpty ? nil : groups.removeFirst()
    }
  }

  /// Says that no group follows.
  func end() { locked { isEnded = true } }

  /// Lets neither side go on.
  func stop() { locked { isStopped = true } }

  /// Gives panels back that can be used again.
  func giveBack(_ panels: [SpectrumPanel]) { locked { unused += panels } }

  /// A panel that can be used again.
  func free() -> SpectrumPanel? { locked { unused.popLast() } }

  private func locked<Result>(_ work: () -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(lock)
    }
    return work()
  }
}
