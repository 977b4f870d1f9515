import ArgumentParser
import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How much is said; every command has it.
struct TalkOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Say nothing but errors and warnings.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more, and show libraries' messages with an error.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }

  /// Puts the choice into effect; with `json` each line on standard error is a JSON object.
  func apply(json: Bool = false) {
    Console.set(quiet ? .quiet : verbose ? .verbose : .normal, json: json)
  }
}

/// The seed of all random numbers.
struct SeedOption: ParsableArguments {
  @Option(help: "The seed: the same seed gives the same result.")
  var seed: UInt64 = 1

  func validate() throws {
    // HDF5 attributes and JSON numbers hold it as a signed integer.
    if seed > UInt64(Int64.max) {
      throw ValidationError("--seed is \(seed); give a number from 0 to \(Int64.max).")
    }
  }
}

/// The number of threads; it never changes a result.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads (default: SLURM_CPUS_PER_TASK, else all cores); results do not depend on it.",
      valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads); give a number from 1 to 1024.")
    }
  }

  /// The number to use.
  var count: Int {
    if let threads { return threads }
    let environment = ProcessInfo.processInfo.environment
    if let text = environment["SLURM_CPUS_PER_TASK"], let count = Int(text), count >= 1 {
      return count
    }
    return ProcessInfo.processInfo.activeProcessorCount
  }
}

/// How densely data are packed; it changes the file's size, not its content.
struct CompressionOption: ParsableArguments {
  @Option(
    name: .customLong("compression"),
    help: ArgumentHelp(
      "Level of gzip, from 1 (fast) to 9 (small), or 0 for none.", valueName: "level"))
  var level = 1

  func validate() throws {
    if !(0...9).contains(level) {
      throw ValidationError("--compression is \(level); give a level from 0 to 9.")
    }
  }

  /// What the writer is told.
  var value: SpectrumFileWriter.Compression { level == 0 ? .none : .gzip(level) }
}

/// The names of the option for the output, the same for every command.
enum OutputNames {
  static let all: NameSpecification = [
    .customLong("out"), .customLong("output"), .customShort("o"),
  ]
}
