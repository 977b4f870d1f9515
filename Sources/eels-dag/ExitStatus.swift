import ArgumentParser
import Augmentation
import LinearAlgebra
import Preprocessing
import Reporting
import SpectrumFiles

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the exit codes mean; scripts rely on them.
enum ExitStatus: Int32 {
  /// Done.
  case done = 0
  /// The command line is wrong.
  case usage = 2
  /// The input cannot be taken: its format, its limits, its content.
  case inputRefused = 3
  /// The output is written, but a quality gate was not met; the file says so.
  case qualityGate = 4
  /// Trying the input crashed or did not come to an end.
  case unsafeInput = 5
  /// A fault of the program.
  case internalError = 70
  /// Something that may go away: a full disk, a lock, a folder without write permission.
  case temporary = 75
  /// Stopped by the user.
  case interrupted = 130

  /// Prints an error the way it deserves and finds its code.
  init(reporting error: any Error) {
    switch error {
    case let refusal as Refusal:
      Console.error(refusal.message, details: refusal.details)
      self = refusal.status
    case let fault as SpectrumFileError:
      Console.error(fault.description, details: fault.details)
      self =
        switch fault.kind {
        case .noSpace, .cannotWrite, .notChecked: .temporary
        case .unsafe: .unsafeInput
        default: .inputRefused
        }
    case let fault as PreprocessError:
      Console.error(fault.description)
      self = .inputRefused
    case let fault as TrainingError:
      Console.error(fault.description)
      if case .diverged = fault { self = .internalError } else { self = .inputRefused }
    case let fault as TensorArchiveError:
      Console.error("the model or checkpoint cannot be used: \(fault); train it anew")
      self = .inputRefused
    case let fault as ReportingError:
      Console.error(fault.description)
      self = .temporary
    default:
      self = Self.parserStatus(error)
    }
  }

  /// Ends the program.
  func exit() -> Never {
    #if canImport(Glibc)
    Glibc.exit(rawValue)
    #else
    Darwin.exit(rawValue)
    #endif
  }

  /// The parser's own errors: a request for help or the version, or a wrong command line.
  private static func parserStatus(_ error: any Error) -> ExitStatus {
    let message = EELSDAG.fullMessage(for: error)
    switch EELSDAG.exitCode(for: error) {
    case .success:
      do {
        try Console.output(message)
        return .done
      } catch {
        return ExitStatus(reporting: error)
      }
    case .validationFailure:
      Console.put(message + "\n")
      return .usage
    case let code:
      if let status = ExitStatus(rawValue: code.rawValue), error is ExitCode { return status }
      Console.error("\(error)")
      return .internalError
    }
  }
}

/// An error of the command itself: one sentence that says what to do, and the exit code.
struct Refusal: Error {
  /// The sentence.
  let message: String
  /// The exit code.
  let status: ExitStatus
  /// What only `--verbose` shows.
  let details: [String]

  init(_ message: String, _ status: ExitStatus = .inputRefused, details: [String] = []) {
    self.message = message
    self.status = status
    self.details = details
  }
}
