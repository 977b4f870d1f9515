public import ArgumentParser
public import Augmentation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `--design` and `--architecture`.
struct DesignOptions: ParsableArguments {
  @Option(
    help: """
      Which discriminators see which transformations, or a JSON file with a whole design. (default: \
      single-bitrans)
      """)
  var design: DesignChoice?

  @Option(help: "What the networks are made of.")
  var architecture: DAGDesign.Architecture?

  @Flag(
    help: """
      The paper's own procedure, with its networks, metrics and stopping rule, and without this \
      program's mends; to be compared with.
      """)
  var faithful = false

  func validate() throws {
    if faithful {
      if case .file = design {
        throw ValidationError("--faithful and --design FILE.json exclude each other.")
      }
      if case .scheme(.sharedHeads) = design {
        throw ValidationError("--faithful goes with the paper's four designs, not shared-heads.")
      }
      if let architecture, architecture != .simpleDense {
        throw ValidationError(
          "--faithful has the architecture simple-dense; the others are not known well enough.")
      }
    }
    if case .file = design, architecture != nil {
      throw ValidationError("--architecture and --design FILE.json exclude each other.")
    }
  }

  /// The design chosen.
  func chosen() throws -> DAGDesign {
    switch design ?? .scheme(.singleBiTrans) {
    case .scheme(let scheme):
      if faithful { return .faithful(scheme) }
      return DAGDesign(scheme: scheme, architecture: architecture ?? .simpleDense)
    case .file(let path): return try Self.design(reading: path)
    }
  }

  /// The design that a JSON file holds.
  static func design(reading path: String) throws -> DAGDesign {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let design = try JSONDecoder().decode(DAGDesign.self, from: data)
      let given = try JSONDecoder().decode(JSONValue.self, from: data)
      if let key = given.firstKey(notIn: try JSONValue(encoding: design)) {
        throw Refusal("\(path) is no design: nothing in one is named \(key)")
      }
      return design
    } catch let refusal as Refusal {
      throw refusal
    } catch let error as DecodingError {
      throw Refusal("\(path) is no design: \(sentence(error))")
    } catch {
      throw Refusal("\(path) cannot be read; give a JSON file with a design")
    }
  }

  private static func sentence(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _):
      return "it lacks \(key.stringValue); take the one that augment's provenance holds"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      return (place.isEmpty ? "" : "\(place): ") + context.debugDescription
    @unknown default: return "\(error)"
    }
  }
}

/// The value of `--design`: a scheme's name in any case, or a file's.
enum DesignChoice: ExpressibleByArgument {
  case scheme(DAGDesign.Scheme)
  case file(String)

  init?(argument: String) {
    let name = argument.lowercased()
    if let scheme = DAGDesign.Scheme.allCases.first(where: { $0.rawValue.lowercased() == name }) {
      self = .scheme(scheme)
    } else if argument.hasSuffix(".json") {
      self = .file(argument)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String {
    switch self {
    case .scheme(let scheme): scheme.rawValue.lowercased()
    case .file(let path): path
    }
  }

  static var allValueStrings: [String] {
    DAGDesign.Scheme.allCases.map { $0.rawValue.lowercased() }
  }
}

extension DAGDesign.Architecture: ExpressibleByArgument {
  /// simple-dense of SimpleDense.
  var optionName: String {
    rawValue.reduce("") { $0 + ($1.isUppercase && !$0.isEmpty ? "-" : "") + $1.lowercased() }
  }

  /// Reads a name as on the command line or as in a file.
  public init?(argument: String) {
    let found = Self.allCases.first { $0.optionName == argument || $0.rawValue == argument }
    guard let found else { return nil }
    self = found
  }

  /// The names on the command line.
  public static var allValueStrings: [String] { allCases.map(\.optionName) }
}
