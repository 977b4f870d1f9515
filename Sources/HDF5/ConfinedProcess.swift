internal import CProcess

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A short-lived copy of this process that does one thing under limits and gives back some bytes.
///
/// What kills or holds up the copy does not touch this process. Only the calling thread goes on in
/// the copy, so that the work may take no lock that another thread could hold.
package enum ConfinedProcess {
  /// What the work may use.
  package struct Limits: Sendable {
    /// Memory beyond what this process has, in bytes.
    package var memory: UInt64
    /// Processor time in ms.
    package var milliseconds: UInt32
    /// Time in s, at work or waiting.
    package var wallSeconds: UInt32

    /// Creates limits.
    package init(memory: UInt64, milliseconds: UInt32, wallSeconds: UInt32) {
      self.memory = memory
      self.milliseconds = milliseconds
      self.wallSeconds = wallSeconds
    }
  }

  /// How it ended.
  package enum Outcome: Sendable, Equatable {
    /// The work was done and gave these bytes.
    case finished([UInt8])
    /// The copy was ended by this signal, or for 0 ended itself before the work was done.
    case crashed(signal: CInt)
    /// The work took more time than it may.
    case stalled
    /// The system gave no copy, for the reason of this error number.
    case notStarted(code: CInt)
  }

  /// Runs the work in a copy of this process and waits for its end.
  ///
  /// - Parameters:
  ///   - limits: what it may use.
  ///   - body: the work; it must end in this function, and its result is all that comes back.
  /// - Returns: how it ended.
  package static func run(_ limits: Limits, _ body: () -> [UInt8]) -> Outcome {
    var outcome = Outcome.stalled
    run(limits, body) { outcome = $0 }
    return outcome
  }

  /// Runs the work in a copy of this process, tells how it ended as soon as that is known, and waits until
  /// the copy is gone, whose memory the system takes some time to clear away.
  static func run(_ limits: Limits, _ body: () -> [UInt8], tell: (Outcome) -> Void) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { return tell(.notStarted(code: errno)) }
    let copy = cp_fork()
    guard copy != 0 else {
      close(ends[0])
      cp_confine(limits.memory, limits.milliseconds)
      let bytes = body()
      _exit(Descriptor.write(Descriptor.bytes(bytes.count) + bytes, to: ends[1]) ? 0 : 1)
    }
    let code = errno
    close(ends[1])
    defer { close(ends[0]) }
    guard copy > 0 else { return tell(.notStarted(code: code)) }
    let deadline = ContinuousClock.now + .seconds(Int(limits.wallSeconds))
    let result = Descriptor.readMessage(from: ends[0], before: deadline)
    if let result { tell(.finished(result)) }
    let isLate = ContinuousClock.now >= deadline
    if isLate { kill(copy, SIGKILL) }
    var status: CInt = 0
    while waitpid(copy, &status, 0) < 0, errno == EINTR {}
    guard result == nil else { return }
    let signal = status & 0x7F
    tell(
      isLate || [SIGPROF, SIGXCPU, SIGKILL].contains(signal) ? .stalled : .crashed(signal: signal))
  }
}

/// Reading and writing of whole messages, whatever signals arrive meanwhile.
enum Descriptor {
  /// Writes all bytes; false when nobody reads them any more.
  static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { sendSome(descriptor, $0) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Reads so many bytes; nil when there are fewer.
  static func read(_ count: Int, from descriptor: CInt) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard let more = readSome(from: descriptor, most: count - bytes.count), !more.isEmpty else {
        return nil
      }
      bytes += more
    }
    return bytes
  }

  /// A number as a message's head.
  static func bytes(_ value: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// The number in a message's head.
  static func number(_ bytes: some Collection<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Reads a message after its length; nil when it does not come, or not in time.
  static func readMessage(
    from descriptor: CInt, before deadline: ContinuousClock.Instant
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      if bytes.count >= 8, bytes.count == 8 + number(bytes[..<8]) { return Array(bytes[8...]) }
      let left = (deadline - .now) / .milliseconds(1)
      guard left > 0 else { return nil }
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, CInt(min(left.rounded(.up), 1e9)))
      guard ready > 0 else { continue }
      guard let more = readSome(from: descriptor, most: 1 << 16), !more.isEmpty else { return nil }
      bytes += more
    }
  }

  /// Reads what is there; empty at the end, nil after a failure.
  private static func readSome(from descriptor: CInt, most: Int) -> [UInt8]? {
    while true {
      var count = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, used in
        count = takeSome(descriptor, buffer)
        used = max(count, 0)
      }
      if count < 0, errno == EINTR { continue }
      return count < 0 ? nil : bytes
    }
  }

  private static func sendSome(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
    Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #else
    Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }

  private static func takeSome(
    _ descriptor: CInt, _ bytes: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    #if canImport(Glibc)
    Glibc.read(descriptor, bytes.baseAddress, bytes.count)
    #else
    Darwin.read(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}
