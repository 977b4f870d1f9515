import Augmentation
import Reporting
import Spectra
import SpectrumFiles

/// The spectra of a file from which generators learned: indices in the flattened navigation space of their
/// set.
struct LearnedSpectra: Equatable {
  /// By class, those from which any generator of the same energy axis learned: the classes that spectra
  /// have now may be others than those that they had then.
  fileprivate(set) var ofAxis: [String: Set<Int>] = [:]

  /// Those that may not test, or be called unseen, under a class of this name; of a class that had no
  /// generator, all that any learned from.
  func among(_ name: String) -> Set<Int> {
    ofAxis[name] ?? ofAxis.values.reduce(into: []) { $0.formUnion($1) }
  }
}

/// A file of spectra that generators drew, and which real spectra these learned from.
struct GeneratedFile {
  /// What the generators learned from a file.
  enum Learned: Equatable {
    /// Nothing of it.
    case nothing
    /// These spectra.
    case spectra(LearnedSpectra)
    /// Something, but which spectra is not recorded any more.
    case unknown
  }

  /// The training record of a class.
  private struct Record {
    var name: String
    /// The spectra: indices in the flattened navigation space of their set.
    var spectra: [Int]
    /// The number of each one's file among the inputs of the run; nil where all are of one.
    var inputs: [Int]?
  }

  /// The file's name.
  let path: String
  /// The records of the classes of every energy axis.
  private let records: [[Record]]
  /// The digests of the inputs of the run that trained the generators.
  private let trainedOn: [String]
  /// Whether its spectra are also like those of acquisitions that were not measured.
  let isVaried: Bool
  /// The digests of all that these were made from.
  let ancestors: Set<String>
  /// How each generator was trained.
  let trainingRuns: [TrainingCurves.Run]

  /// Nil for a file that holds no generated spectra.
  init?(reading path: String) throws {
    let sets = try SpectrumFile(reading: path).spectrumSets().map(\.header.metadata)
    guard let record = sets.lazy.compactMap(Provenance.record).first(where: Self.isGenerated) else {
      return nil
    }
    self.path = path
    // `generate` has the model as its input, which knows the run that made it.
    let run = record.command == "generate" ? record.inputs.first?.record : record
    let inputs = run?.command == "augment" ? run?.inputs ?? [] : []
    isVaried = record.settings?["acquisitions"] == .string(Acquisitions.unseen.rawValue)
    trainedOn = inputs.map(\.digest)
    records = sets.map(Self.records).filter { !$0.isEmpty }
    trainingRuns = sets.flatMap(Self.entries).compactMap(TrainingCurves.Run.init)
    ancestors = Self.digests(of: record)
  }

  /// What the generators learned from the file of a digest.
  func learned(fromFileOf digest: String) -> Learned {
    guard trainedOn.contains(digest), !records.isEmpty else {
      return ancestors.contains(digest) ? .unknown : .nothing
    }
    var learned = LearnedSpectra()
    for classes in records {
      var spectra: Set<Int> = []
      for record in classes {
        // Where all are of one file, the record does not say of which: then of any.
        let own = record.spectra.enumerated().filter { place, _ in
          record.inputs.map {
            trainedOn.indices.contains($0[place]) && trainedOn[$0[place]] == digest
          } ?? true
        }
        spectra.formUnion(own.map(\.element))
      }
      for record in classes { learned.ofAxis[record.name, default: []].formUnion(spectra) }
    }
    return .spectra(learned)
  }

  /// Whether generators drew the spectra, or those from which these were preprocessed.
  private static func isGenerated(_ record: JSONValue) -> Bool {
    switch record.command {
    case "augment", "generate": true
    case "preprocess": record.inputs.contains { $0.record.map(isGenerated) ?? false }
    default: false
    }
  }

  private static func digests(of record: JSONValue) -> Set<String> {
    record.inputs.reduce(into: []) { digests, input in
      digests.insert(input.digest)
      if let earlier = input.record { digests.formUnion(Self.digests(of: earlier)) }
    }
  }

  /// The training records of the classes.
  private static func entries(in metadata: MetadataTree) -> [MetadataTree] {
    guard case .tree(let classes)? = metadata[path: [Provenance.branch, "training"]] else {
      return []
    }
    return classes.members.compactMap { _, value in
      guard case .tree(let entry) = value else { return nil }
      return entry
    }
  }

  private static func records(in metadata: MetadataTree) -> [Record] {
    entries(in: metadata).compactMap { entry in
      guard let name = entry.string("name"),
        let spectra = wholeNumbers(entry["training_spectra"])
      else { return nil }
      let inputs = wholeNumbers(entry["training_inputs"])
      return Record(
        name: name, spectra: spectra, inputs: inputs?.count == spectra.count ? inputs : nil)
    }
  }

  private static func wholeNumbers(_ value: MetadataValue?) -> [Int]? {
    guard case .integerArray(_, let values)? = value else { return nil }
    return values.map { Int(truncatingIfNeeded: $0) }
  }
}

extension Provenance.Input {
  /// The digests of the files from which this one was made, of all generations.
  var ancestors: Set<String> {
    var digests: Set<String> = []
    var records = [provenance].compactMap(\.self)
    while let record = records.popLast() {
      digests.formUnion(record.inputs.map(\.digest))
      records += record.inputs.compactMap(\.record)
    }
    return digests
  }
}

/// A provenance record as it stands in a file.
extension JSONValue {
  fileprivate var settings: [String: JSONValue]? {
    guard case .object(let members) = self, case .object(let settings)? = members["settings"] else {
      return nil
    }
    return settings
  }

  fileprivate var command: String? {
    guard case .object(let members) = self, case .string(let name)? = members["command"] else {
      return nil
    }
    return name
  }

  fileprivate var inputs: [(digest: String, record: JSONValue?)] {
    guard case .object(let members) = self, case .array(let files)? = members["inputs"] else {
      return []
    }
    return files.compactMap { file in
      guard case .object(let entry) = file, case .string(let digest)? = entry["sha256"] else {
        return nil
      }
      return (digest, entry["provenance"])
    }
  }
}

extension TrainingCurves.Run {
  /// What the metadata of a class keep of its training; nil where that is no course of losses.
  fileprivate init?(_ entry: MetadataTree) {
    func curve(_ key: String) -> [Double]? {
      guard case .array(_, let values)? = entry[key] else { return nil }
      return values
    }
    guard let name = entry.string("name"),
      let iterations = curve("iteration")?.map({ Int($0) }), !iterations.isEmpty,
      let discriminator = curve("discriminator_loss"), let generator = curve("generator_loss"),
      let distance = curve("frechet_distance"),
      case .real(let threshold)? = entry["frechet_threshold"],
      [discriminator, generator, distance].allSatisfy({ $0.count == iterations.count })
    else { return nil }
    var kept: Int?
    if case .integer(let iteration)? = entry["chosen_iteration"] { kept = Int(iteration) }
    self.init(
      name: name, lossIterations: iterations, discriminatorLoss: discriminator,
      generatorLoss: generator, distanceIterations: iterations, frechetDistance: distance,
      threshold: threshold, keptIteration: kept)
  }
}
