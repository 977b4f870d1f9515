public import ArgumentParser
import Augmentation
public import Simulation
public import Studies

/// Seeds: `7`, `1:5`, `1,2,9`.
struct SeedList: ExpressibleByArgument {
  /// The seeds, ascending, each once.
  let seeds: [UInt64]

  init(_ seeds: [UInt64]) { self.seeds = seeds }

  init?(argument: String) {
    var seeds: Set<UInt64> = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
        first <= last, last <= UInt64(Int64.max), last - first < 1000
      else { return nil }
      seeds.formUnion(first...last)
    }
    self.seeds = seeds.sorted()
  }

  var defaultValueDescription: String { "1:5" }
}

/// What is tested, on which real spectra: `--protocols`.
enum StudyProtocol: String, ExpressibleByArgument, CaseIterable {
  /// `--train-count` real spectra of each class.
  case clean
  /// 10, 20 and 40 of each class.
  case fewShot = "few-shot"
  /// Test spectra shifted in energy.
  case shifted
  /// Test spectra with more noise.
  case fewerCounts = "fewer-counts"
  /// A tenth of the training spectra of one class.
  case unbalanced

  /// The numbers of training spectra.
  static let few = [10, 20, 40]

  /// What befalls the test spectra.
  var variants: [TestVariant] {
    switch self {
    case .clean, .fewShot, .unbalanced: [.clean]
    case .shifted: [1, 2, 4, 8].map { .shifted(channels: $0) }
    case .fewerCounts: [0.5, 0.25].map { .fewerCounts(share: $0) }
    }
  }
}

extension PaperPreset: ExpressibleByArgument {}
extension Acquisitions: ExpressibleByArgument {}
extension SyntheticMethod: ExpressibleByArgument {
  /// The names on the command line.
  public static var allValueStrings: [String] { allCases.map(\.rawValue) }
}

extension DAGDesign.Scheme {
  /// As on the command line.
  var optionName: String { rawValue.lowercased() }
}
