internal import CProcess
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The check of a file before this process opens it.
///
/// libhdf5 crashes or hangs on damaged files. After ``start()`` every file is first walked by a
/// confined copy of this process (``Inspection``); what happens to that is an error here, and nothing
/// worse. A checker, started once, makes the copies: it stems from the time before this process had
/// threads, whose locks a copy could find taken for ever.
///
/// A file that this process has written, or that has passed before, is not checked again as long as its
/// device, number, size and time of change are the same.
public enum Preflight {
  private struct Checker {
    let requests: CInt
    let answers: CInt
  }

  private static let checker = Mutex<Checker?>(nil)
  private static let sound = Mutex<Set<FileMark>>([])

  /// Starts the checker, once; from then on ``File/init(opening:)`` asks it.
  ///
  /// Call it before anything that may start a thread, and with all three standard streams open. The
  /// checker ends with this process.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notChecked` when the system gives no process.
  public static func start() throws(HDF5Error) {
    var (requests, answers): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
    guard pipe(&requests) == 0, pipe(&answers) == 0 else { throw notChecked(errno) }
    let copy = cp_fork()
    guard copy >= 0 else { throw notChecked(errno) }
    if copy == 0 {
      cp_detach(requests[0], answers[1])
      serve(requests[0], answers[1])
    }
    close(requests[0])
    close(answers[1])
    for descriptor in [requests[1], answers[0]] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    checker.withLock { $0 = Checker(requests: requests[1], answers: answers[0]) }
  }

  /// Has a file checked, if there is a checker and the file was not checked before.
  static func check(_ site: CallSite, _ information: stat) throws(HDF5Error) {
    let mark = FileMark(information)
    guard !sound.withLock({ $0.contains(mark) }) else { return }
    let verdict = try checker.withLock { (checker) throws(HDF5Error) -> Verdict? in
      guard let checker else { return nil }
      let path = Array(absolute(site.path).utf8)
      let request =
        Descriptor.bytes(path.count) + Descriptor.bytes(Int(information.st_size)) + path
      guard Descriptor.write(request, to: checker.requests),
        let count = Descriptor.read(8, from: checker.answers).map(Descriptor.number),
        let answer = Descriptor.read(count, from: checker.answers),
        let verdict = Verdict(answer)
      else { throw site.error(.notChecked, "the process that checks files has ended") }
      return verdict
    }
    guard let verdict else { return }
    if let error = verdict.error(at: site) { throw error }
    sound.withLock { _ = $0.insert(mark) }
  }

  /// The checker holds no folder of this process, which may be gone or unmounted before it ends.
  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }

  /// Walks through a file in this process.
  ///
  /// - Returns: what would keep it closed; nil when nothing does.
  package static func finding(on path: String) -> HDF5Error? {
    Inspection.verdict(on: path).error(at: CallSite(operation: "open file", path: path))
  }

  /// Notes that this process has written the file.
  static func trust(_ path: String) {
    var information = stat()
    guard stat(path, &information) == 0 else { return }
    sound.withLock { _ = $0.insert(FileMark(information)) }
  }

  private static func notChecked(_ code: CInt) -> HDF5Error {
    CallSite(operation: "check", path: "files").error(.notChecked, String(cString: strerror(code)))
  }

  // MARK: The checker

  /// Answers requests until nobody can make any more.
  private static func serve(_ requests: CInt, _ answers: CInt) -> Never {
    // What interrupts the program is its own affair; the checker ends with it.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    chdir("/")
    Library.start()
    // Its tables with entries that it never wrote crash here, whatever they would do elsewhere.
    Library.keepNoMemory()
    var spare: ConfinedProcess?
    while true {
      // Made while the program does other things: the next file does not wait for it.
      if spare == nil { spare = try? walker() }
      guard let head = Descriptor.read(16, from: requests),
        let path = Descriptor.read(Descriptor.number(head[..<8]), from: requests)
      else { _exit(0) }
      let limits = limits(fileSize: Descriptor.number(head[8...]))
      do throws(ConfinedProcess.NotStarted) {
        let copy = if let spare { spare } else { try walker() }
        spare = nil
        copy.run(limits, path) { outcome in
          let answer =
            switch outcome {
            case .finished(let bytes): bytes
            case .crashed(let signal): Verdict.crashed(signal).bytes
            case .stalled: Verdict.stalled.bytes
            case .late: Verdict.late(seconds: Int(limits.wallSeconds)).bytes
            case .notStarted(let code): Verdict.notStarted(code).bytes
            }
          send(answer, to: answers)
        }
      } catch {
        send(Verdict.notStarted(error.code).bytes, to: answers)
      }
    }
  }

  /// A copy of the checker that walks through one file.
  private static func walker() throws(ConfinedProcess.NotStarted) -> ConfinedProcess {
    try ConfinedProcess { Inspection.verdict(on: String(decoding: $0, as: UTF8.self)).bytes }
  }

  /// Answers; where nobody reads any more, the next request does not come.
  private static func send(_ answer: [UInt8], to answers: CInt) {
    _ = Descriptor.write(Descriptor.bytes(answer.count) + answer, to: answers)
  }

  /// A gigabyte, and many times the processor time that a sound file of so many bytes takes, even where
  /// nothing but small objects fills it; what waits for a slow disk may take longer.
  private static func limits(fileSize: Int) -> ConfinedProcess.Limits {
    let bySize = min(fileSize / 5000, 60_000)
    return ConfinedProcess.Limits(
      memory: 1 << 30, milliseconds: UInt32(300 + bySize), wallSeconds: UInt32(4 + bySize / 50))
  }
}

/// What tells one state of a file from all others.
private struct FileMark: Hashable {
  let device: UInt64
  let number: UInt64
  let size: Int64
  let seconds: Int
  let nanoseconds: Int

  init(_ information: stat) {
    device = UInt64(truncatingIfNeeded: information.st_dev)
    number = UInt64(information.st_ino)
    size = Int64(information.st_size)
    #if canImport(Glibc)
    let time = information.st_mtim
    #else
    let time = information.st_mtimespec
    #endif
    seconds = Int(time.tv_sec)
    nanoseconds = Int(time.tv_nsec)
  }
}

/// What a check has found, in a form that goes through a pipe.
enum Verdict: Equatable {
  /// Nothing that speaks against opening the file.
  case sound
  /// Data of other files, at an object, in words.
  case refused(object: String, detail: String)
  /// More than the file can honestly hold, at an object, in words.
  case tooLarge(object: String, detail: String)
  /// The walk ended with this signal.
  case crashed(CInt)
  /// The walk did not end.
  case stalled
  /// The walk did not end in so many seconds, for which the file is not to blame.
  case late(seconds: Int)
  /// There was no walk, for the reason of this error number.
  case notStarted(CInt)

  /// A letter and what belongs to it.
  var bytes: [UInt8] {
    switch self {
    case .sound: Array("S".utf8)
    case .refused(let object, let detail): Array("R\(object)\0\(detail)".utf8)
    case .tooLarge(let object, let detail): Array("L\(object)\0\(detail)".utf8)
    case .crashed(let signal): Array("C\(signal)".utf8)
    case .stalled: Array("T".utf8)
    case .late(let seconds): Array("W\(seconds)".utf8)
    case .notStarted(let code): Array("N\(code)".utf8)
    }
  }

  init?(_ bytes: [UInt8]) {
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    let parts = text.split(separator: "\0", maxSplits: 1, omittingEmptySubsequences: false)
    let number = CInt(text)
    switch (bytes.first.map(Unicode.Scalar.init), parts.count, number) {
    case ("S", _, _): self = .sound
    case ("R", 2, _): self = .refused(object: String(parts[0]), detail: String(parts[1]))
    case ("L", 2, _): self = .tooLarge(object: String(parts[0]), detail: String(parts[1]))
    case ("C", _, let signal?): self = .crashed(signal)
    case ("T", _, _): self = .stalled
    case ("W", _, _):
      guard let seconds = Int(text) else { return nil }
      self = .late(seconds: seconds)
    case ("N", _, let code?): self = .notStarted(code)
    default: return nil
    }
  }

  /// The error that keeps the file closed; nil when nothing does.
  func error(at site: CallSite) -> HDF5Error? {
    var place = site
    place.operation = "read"
    switch self {
    case .sound: return nil
    case .refused(let object, let detail):
      place.object = object
      return place.error(.refused, detail)
    case .tooLarge(let object, let detail):
      place.object = object
      return place.error(.tooLarge, detail)
    case .crashed(let signal):
      let name = signal == 0 ? "" : " (\(String(cString: strsignal(signal)).lowercased()))"
      return site.error(
        .unsafe,
        "reading its structure crashed the process that tries it first\(name): it is damaged, or made "
          + "to do harm; use another copy")
    case .stalled:
      return site.error(
        .unsafe,
        "reading its structure did not come to an end in the process that tries it first: it is "
          + "damaged, or made to do harm; use another copy")
    case .late(let seconds):
      return site.error(
        .notChecked,
        "trying it first took more than \(seconds) s, nearly all of them waiting: the disk or the machine "
          + "is busy; try again later")
    case .notStarted(let code):
      return site.error(
        .notChecked,
        "no process can be started to try it first: \(String(cString: strerror(code)).lowercased())"
      )
    }
  }
}
