import ArgumentParser
import Augmentation

/// `--stop` and `--max-epochs`.
struct StopOptions: ParsableArguments {
  @Option(
    help: """
      When to stop: when all measures lie within what real spectra differ by (calibrated), when the \
      paper's metrics pass on one batch (paper), or after exactly N iterations (epochs:N). \
      (default: what the design says; calibrated, with --faithful paper)
      """)
  var stop: StopChoice?

  @Option(help: "Stop after so many iterations at the latest.")
  var maxEpochs: Int?

  private static let most = 1_000_000_000

  func validate() throws {
    if let maxEpochs, !(1...Self.most ~= maxEpochs) {
      throw ValidationError(
        "--max-epochs is \(maxEpochs); give a number from 1 to \(Self.most).")
    }
    if case .epochs(let count) = stop {
      if !(1...Self.most ~= count) {
        throw ValidationError("--stop is epochs:\(count); give a number from 1 to \(Self.most).")
      }
      if maxEpochs != nil {
        throw ValidationError("--stop epochs:N and --max-epochs exclude each other.")
      }
    }
  }

  /// The option that lets a training go on for longer.
  var longer: String {
    if case .epochs = stop { return "--stop epochs:N" }
    return "--max-epochs"
  }

  /// Puts the choice into a design.
  func apply(to design: inout DAGDesign) {
    var limit = maxEpochs
    switch stop {
    case nil: break
    case .calibrated: design.stopping.rule = .calibrated
    case .paper: design.stopping.rule = .paper
    case .epochs(let count):
      design.stopping.rule = .iterations
      limit = count
    }
    guard let limit else { return }
    design.stopping.maximumIterations = limit
    design.stopping.minimumIterations = min(design.stopping.minimumIterations, limit)
    design.evaluationInterval = min(design.evaluationInterval, limit)
  }
}

/// The value of `--stop`.
enum StopChoice: ExpressibleByArgument, Equatable {
  case calibrated
  case paper
  case epochs(Int)

  init?(argument: String) {
    switch argument {
    case "calibrated": self = .calibrated
    case "paper": self = .paper
    default:
      guard argument.hasPrefix("epochs:"), let count = Int(argument.dropFirst(7)) else {
        return nil
      }
      self = .epochs(count)
    }
  }

  var defaultValueDescription: String { "calibrated" }

  static var allValueStrings: [String] { ["calibrated", "paper", "epochs:N"] }
}
