import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Messages for people, or lines of JSON for machines, on standard error; data alone go to standard
/// output.
enum Console {
  /// How much is said.
  enum Level: Int, Sendable {
    case quiet
    case normal
    case verbose
  }

  private static let level = Mutex(Level.normal)
  private static let forMachines = Mutex(false)

  /// Sets how much is said, and whether each line is a JSON object (``MessageLine`` and others).
  static func set(_ newLevel: Level, json: Bool = false) {
    level.withLock { $0 = newLevel }
    forMachines.withLock { $0 = json }
  }

  /// True when nothing but errors and warnings is said.
  static var isQuiet: Bool { level.withLock { $0 } == .quiet }

  /// True when each line is a JSON object.
  static var isJSON: Bool { forMachines.withLock { $0 } }

  /// Says what is done or was chosen; not when quiet.
  static func say(_ message: String) {
    if isQuiet { return }
    if isJSON { return line(MessageLine(event: .message, text: message)) }
    put(message + "\n")
  }

  /// Says what the user should know even when quiet.
  static func warn(_ message: String) {
    if isJSON { return line(MessageLine(event: .warning, text: message)) }
    put("eels-dag: warning: \(message)\n")
  }

  /// Says why the command ends, with details when verbose.
  static func error(_ message: String, details: [String] = []) {
    let details = level.withLock { $0 } == .verbose ? details : []
    if isJSON {
      return line(MessageLine(event: .error, text: ([message] + details).joined(separator: "\n")))
    }
    put("eels-dag: \(message)\n")
    for line in details { put("    \(line)\n") }
  }

  /// Writes a value as one line of JSON to standard error.
  static func line(_ value: some Encodable) {
    do {
      put(try JSONValue.text(value) + "\n")
    } catch {
      preconditionFailure("a line that is no JSON: \(error)")
    }
  }

  /// Writes to standard error as it stands, the text of one thread after that of another; there is
  /// nobody to tell when that fails.
  static func put(_ text: String) { turn.withLock { _ in _ = send(text, to: 2) } }

  private static let turn = Mutex(())

  /// Writes data and a line's end to standard output.
  ///
  /// A reader that has gone, as in `| head`, has had what it wanted.
  static func output(_ text: String) throws {
    let code = send(text + "\n", to: 1)
    guard code == 0 || code == EPIPE else {
      throw Refusal(
        "standard output cannot be written: \(String(cString: strerror(code)).lowercased()); "
          + "choose another place for it", .temporary)
    }
  }

  /// Gives closed standard streams a place to fail in: else the first file opened would take their
  /// number, and a message would be written into it.
  static func openStandardStreams() {
    for number: Int32 in 0...2 where fcntl(number, F_GETFD) == -1 {
      _ = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes all bytes; the system's error number, 0 for none.
  private static func send(_ text: String, to descriptor: Int32) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      if written < 0 { return errno }
      bytes = bytes.dropFirst(written)
    }
    return 0
  }

  /// True when standard error is a terminal that can redraw a line.
  static var isTerminal: Bool {
    isatty(2) == 1 && getenv("NO_COLOR") == nil
      && getenv("TERM").map { String(cString: $0) } != "dumb"
  }
}

/// A progress line on standard error: share done, rate, time left.
///
/// Redraws one line on a terminal, at most ten times a second; elsewhere it says nothing.
final class Progress: Sendable {
  private struct State {
    var last = ContinuousClock.now
    var isDrawn = false
  }

  private let what: String
  private let unit: String
  private let total: Double
  private let start = ContinuousClock.now
  private let state = Mutex(State())
  private let isShown: Bool

  /// Starts a progress of `total` units.
  init(_ what: String, total: Double, unit: String) {
    self.what = what
    self.total = total
    self.unit = unit
    isShown = Console.isTerminal && !Console.isQuiet && !Console.isJSON
  }

  /// Shows that `done` units are done, of another total if it turned out to be one, and a remark such as
  /// a metric's value.
  func update(_ done: Double, of total: Double? = nil, _ remark: String = "") {
    guard isShown else { return }
    let total = total ?? self.total
    state.withLock { state in
      let now = ContinuousClock.now
      if state.isDrawn && now - state.last < .milliseconds(100) && done < total { return }
      state.last = now
      state.isDrawn = true
      Console.put("\r\u{1B}[K" + line(done, of: total, elapsed: now - start, remark))
    }
  }

  /// Removes the line.
  func finish() {
    state.withLock { if $0.isDrawn { Console.put("\r\u{1B}[K") } }
  }

  private func line(
    _ done: Double, of total: Double, elapsed: Duration, _ remark: String
  ) -> String {
    let share = total > 0 ? min(done / total, 1) : 1
    let seconds = max(elapsed / .seconds(1), 1e-3)
    let filled = Int(share * 20)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
    var text = "\(what) [\(bar)] \(Int(share * 100)) %"
    text += "  \(Text.number(done / seconds, digits: 3)) \(unit)/s"
    if share > 0.01 { text += "  \(Text.duration(seconds * (1 - share) / share)) left" }
    return remark.isEmpty ? text : text + "  " + remark
  }
}

/// Numbers as people read them.
enum Text {
  /// A number with so many significant digits, without an exponent where it has a usual size.
  static func number(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "inf" : "-inf" }
    if value == 0 { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    let decimals = digits - 1 - exponent
    guard exponent > -5, exponent < 12 else {
      let mantissa = value / pow(10, Double(exponent))
      return "\(number(mantissa, digits: digits))e\(exponent)"
    }
    if decimals <= 0 { return "\(Int(value.rounded()))" }
    let scale = pow(10, Double(decimals))
    let rounded = (abs(value) * scale).rounded()
    let whole = Int(rounded / scale)
    var fraction = String(Int(rounded - Double(whole) * scale))
    fraction = String(repeating: "0", count: max(decimals - fraction.count, 0)) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    let sign = value < 0 ? "-" : ""
    return sign + (fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)")
  }

  /// A number of bytes.
  static func bytes(_ count: UInt64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000 && unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return "\(number(value, digits: 3)) \(units[unit])"
  }

  /// A time span in s.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  /// A share in percent.
  static func percent(_ share: Double) -> String { "\(number(share * 100, digits: 3)) %" }

  /// A count with its noun: `1 spectrum`, `2 spectra`.
  static func count(_ number: Int, _ one: String, _ several: String) -> String {
    "\(number) \(number == 1 ? one : several)"
  }
}
