internal import CProcess

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A copy of this process that waits for one piece of work, does it under limits and gives back some bytes.
///
/// What kills or holds up the copy does not touch this process. Only the calling thread goes on in
/// the copy, so that the work may take no lock that another thread could hold.
package struct ConfinedProcess {
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
    /// The work took more processor time than it may.
    case stalled
    /// The work took more time than it may, at work and waiting.
    case late
    /// The system gave no copy, for the reason of this error number.
    case notStarted(code: CInt)
  }

  /// The system gave no copy.
  package struct NotStarted: Error {
    /// Its error number.
    package let code: CInt
  }

  private let number: pid_t
  private let inbox: CInt
  private let outbox: CInt

  /// Makes a copy, which waits for its work from then on.
  ///
  /// ``run(_:_:tell:)`` follows, once at most: a copy that is given nothing ends with this process.
  ///
  /// - Parameter body: the work, with what it is given; it must end in this function, and its result is all
  ///   that comes back.
  /// - Throws: ``NotStarted`` when the system gives no copy.
  package init(_ body: ([UInt8]) -> [UInt8]) throws(NotStarted) {
    var (work, result): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
    guard pipe(&work) == 0 else { throw NotStarted(code: errno) }
    guard pipe(&result) == 0 else {
      let code = errno
      for end in work { close(end) }
      throw NotStarted(code: code)
    }
    number = cp_fork()
    let code = errno
    (inbox, outbox) = (work[1], result[0])
    guard number != 0 else {
      close(inbox)
      close(outbox)
      Self.work(from: work[0], to: result[1], body)
    }
    close(work[0])
    close(result[1])
    guard number > 0 else {
      close(inbox)
      close(outbox)
      throw NotStarted(code: code)
    }
  }

  /// What the copy does.
  private static func work(
    from inbox: CInt, to outbox: CInt, _ body: ([UInt8]) -> [UInt8]
  ) -> Never {
    guard let head = Descriptor.read(24, from: inbox),
      let given = Descriptor.read(Descriptor.number(head[..<8]), from: inbox)
    else { _exit(0) }
    cp_confine(
      UInt64(Descriptor.number(head[8..<16])), UInt32(Descriptor.number(head[16...])))
    let bytes = body(given)
    _exit(Descriptor.write(Descriptor.bytes(bytes.count) + bytes, to: outbox) ? 0 : 1)
  }

  /// Gives the copy its work, tells how it ended as soon as that is known, and waits until the copy is
  /// gone, whose memory the system takes some time to clear away.
  package func run(_ limits: Limits, _ given: [UInt8], tell: (Outcome) -> Void) {
    defer { close(outbox) }
    let deadline = ContinuousClock.now + .seconds(Int(limits.wallSeconds))
    // A copy that has gone already has its end in its status.
    _ = Descriptor.write(
      Descriptor.bytes(given.count) + Descriptor.bytes(Int(limits.memory))
        + Descriptor.bytes(Int(limits.milliseconds)) + given, to: inbox)
    close(inbox)
    let result = Descriptor.readMessage(from: outbox, before: deadline)
    if let result { tell(.finished(result)) }
    let isLate = ContinuousClock.now >= deadline
    if isLate { kill(number, SIGKILL) }
    var status: CInt = 0
    while waitpid(number, &status, 0) < 0, errno == EINTR {}
    guard result == nil else { return }
    let signal = status & 0x7F
    if [SIGPROF, SIGXCPU].contains(signal) { return tell(.stalled) }
    tell(isLate ? .late : signal == SIGKILL ? .stalled : .crashed(signal: signal))
  }

  /// Runs the work in a copy of this process and waits for its end.
  ///
  /// - Parameters:
  ///   - limits: what it may use.
  ///   - body: the work; it must end in this function, and its result is all that comes back.
  /// - Returns: how it ended.
  package static func run(_ limits: Limits, _ body: () -> [UInt8]) -> Outcome {
    do throws(NotStarted) {
      let copy = try ConfinedProcess { _ in body() }
      var outcome = Outcome.stalled
      copy.run(limits, []) { outcome = $0 }
      return outcome
    } catch {
      return .notStarted(code: error.code)
    }
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
