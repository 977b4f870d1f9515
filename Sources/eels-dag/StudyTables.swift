import Augmentation
import Classification
import Studies

/// What a study found, as means over its seeds: tables.json.
struct StudyTables: Encodable {
  /// What the spectra were made or taken for.
  struct Situation: Encodable, Hashable {
    /// The set.
    var set: String
    /// The real training spectra of a class.
    var trainCount: Int
    /// Whether one class had only a tenth of that.
    var isUnbalanced: Bool
  }

  /// What a classifier learned from.
  struct Source: Encodable, Hashable {
    /// What made synthetic spectra; nil for none.
    var method: SyntheticMethod?
    /// The scheme of generators.
    var scheme: String?
    /// The architecture of generators.
    var architecture: String?
    /// Whose spectra the synthetic ones were like; nil for those of the measured acquisitions, and without a method.
    var acquisitions: Acquisitions?
    /// Whether the real training spectra were learned from, too.
    var withReal: Bool

    /// For a table, without what stands beside.
    var name: String {
      [method?.name, scheme, architecture, acquisitions.map { "(\($0.rawValue))" }].compactMap(
        \.self
      ).joined(separator: " ")
    }

    /// The same with the real spectra, or without.
    func with(real: Bool) -> Source {
      var other = self
      other.withReal = real
      return other
    }

    /// The real spectra alone.
    static let real = Source(withReal: true)
  }

  /// How well a classifier told the test spectra.
  struct Accuracy: Encodable {
    var situation: Situation
    var classifier: Judge
    var variant: TestVariant
    var source: Source
    /// The share told right, by seed.
    var accuracy: SeedMean
    /// The mean of the classes' shares told right, by seed.
    var balancedAccuracy: SeedMean
  }

  /// Two sources compared by the accuracy of one classifier.
  struct Comparison: Encodable {
    var situation: Situation
    var classifier: Judge
    var variant: TestVariant
    var source: Source
    var against: Source
    /// By accuracy; where one class is scarce, by balanced accuracy.
    var comparison: SeedComparison
  }

  /// The signal-to-noise ratio of the spectra of a class.
  struct SignalToNoise: Encodable {
    var situation: Situation
    var spectrumClass: String
    /// ``Source/real``, or synthetic spectra alone.
    var source: Source
    var ratio: SeedMean
  }

  /// How often synthetic spectra met all measures.
  struct Quality: Encodable {
    var situation: Situation
    var source: Source
    /// Classes, over all seeds, that met them.
    var reached: Int
    /// All of them.
    var count: Int
  }

  /// Always `eels-dag`.
  let program = "eels-dag"
  /// The version.
  let version = EELSDAG.version
  /// The seeds.
  let seeds: [UInt64]
  /// Whether other acquisitions tested than trained.
  let isApart: Bool
  let accuracies: [Accuracy]
  let comparisons: [Comparison]
  let signalToNoise: [SignalToNoise]
  let quality: [Quality]

  /// The situations, in the order of the study.
  var situations: [Situation] { Self.unique(accuracies.map(\.situation)) }

  /// Makes the tables from the records of all jobs, in the order of the study.
  init(_ records: [StudyJob.Record]) {
    seeds = Self.unique(records.map(\.job.seed)).sorted()
    isApart = records.contains(where: \.job.isApart)
    var accuracies: [Accuracy] = []
    var ratios: [SignalToNoise] = []
    var quality: [Quality] = []
    for jobs in Self.grouped(records) {
      let job = jobs[0].job
      let situation = Situation(
        set: job.set, trainCount: job.trainCount, isUnbalanced: job.isUnbalanced)
      let source = Source(
        method: job.method, scheme: job.design?.scheme, architecture: job.design?.architecture,
        acquisitions: job.acquisitions == .measured ? nil : job.acquisitions,
        withReal: job.method == nil)
      // All jobs of a kind tell the same: in each the trials stand at the same places.
      for (place, told) in jobs[0].outcome.told.enumerated() {
        let confusions = jobs.map { $0.outcome.told[place].confusion }
        accuracies.append(
          Accuracy(
            situation: situation, classifier: told.judge, variant: told.variant,
            source: source.with(real: told.withReal),
            accuracy: SeedMean(confusions.map(\.accuracy)),
            balancedAccuracy: SeedMean(confusions.map(\.balancedAccuracy))))
      }
      for (label, item) in jobs[0].outcome.classes.enumerated() {
        let found = jobs.compactMap { record in
          let own = record.outcome.classes[label]
          return job.method == nil ? own.signalToNoise : own.synthetic?.signalToNoise
        }
        if found.count == jobs.count {
          ratios.append(
            SignalToNoise(
              situation: situation, spectrumClass: item.name, source: source,
              ratio: SeedMean(found)))
        }
      }
      let verdicts = jobs.flatMap { $0.outcome.classes.compactMap { $0.synthetic?.isReached } }
      if job.method != nil {
        quality.append(
          Quality(
            situation: situation, source: source, reached: verdicts.count(where: \.self),
            count: verdicts.count))
      }
    }
    self.accuracies = accuracies
    signalToNoise = ratios
    self.quality = quality
    comparisons = Self.comparisons(accuracies)
  }

  /// Sources with the real spectra against the real ones alone; those of generators against those of baselines.
  private static func comparisons(_ all: [Accuracy]) -> [Comparison] {
    all.filter { $0.source.withReal && $0.source.method != nil }.flatMap { item in
      all.filter { other in
        other.situation == item.situation && other.classifier == item.classifier
          && other.variant == item.variant && other.source.withReal
          && (other.source == .real
            || item.source.method == .gan && other.source.method != .gan)
      }.map { other in
        let values = [item, other].map {
          ($0.situation.isUnbalanced ? $0.balancedAccuracy : $0.accuracy).values
        }
        return Comparison(
          situation: item.situation, classifier: item.classifier, variant: item.variant,
          source: item.source, against: other.source,
          comparison: SeedComparison(values[0], values[1]))
      }
    }
  }

  /// The records of jobs that differ in their seed alone.
  private static func grouped(_ records: [StudyJob.Record]) -> [[StudyJob.Record]] {
    func kind(_ record: StudyJob.Record) -> [String] {
      let job = record.job
      return [
        job.set, "\(job.trainCount)", "\(job.isUnbalanced)", job.method?.rawValue ?? "",
        job.design?.scheme ?? "", job.design?.architecture ?? "", job.acquisitions.rawValue,
      ]
    }
    return unique(records.map(kind)).map { own in records.filter { kind($0) == own } }
  }

  /// Each once, in the order of their first places.
  static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
