import Augmentation
import Studies

/// The jobs of a study, in the order of its tables.
struct StudyPlan {
  /// The sets.
  var sets: [StudySet]
  /// The seeds.
  var seeds: [UInt64]
  /// What is tested.
  var protocols: [StudyProtocol]
  /// The real training spectra of a class.
  var trainCount: Int
  /// Whether other acquisitions test than train.
  var isApart: Bool
  /// Whether denoising looks at the test spectra, too.
  var leaks: Bool
  /// What makes synthetic spectra.
  var methods: [SyntheticMethod]
  /// The designs of generators.
  var designs: [StudyJob.Design]
  /// Whose spectra synthetic ones are like.
  var acquisitions: [Acquisitions]
  /// The classifiers.
  var classifiers: [Judge]

  /// A number of training spectra, and what befalls the test spectra.
  private struct Training {
    var count: Int
    var isUnbalanced = false
    var variants: [TestVariant]
  }

  private var trainings: [Training] {
    // What differs in the test spectra alone needs no training of its own.
    let plain = protocols.filter { [.clean, .shifted, .fewerCounts].contains($0) }
    var trainings: [Training] = []
    if !plain.isEmpty {
      trainings.append(Training(count: trainCount, variants: plain.flatMap(\.variants)))
    }
    if protocols.contains(.fewShot) {
      let new = StudyProtocol.few.filter { count in
        !trainings.contains { $0.count == count && $0.variants.contains(.clean) }
      }
      trainings += new.map { Training(count: $0, variants: [.clean]) }
    }
    if protocols.contains(.unbalanced) {
      trainings.append(Training(count: trainCount, isUnbalanced: true, variants: [.clean]))
    }
    return trainings
  }

  /// The largest number of training spectra of a class.
  var reserved: Int { trainings.map(\.count).max() ?? trainCount }

  /// All jobs.
  var jobs: [StudyJob] {
    // The slow ones first: the quick ones fill the gaps in the end.
    let made: [(SyntheticMethod?, StudyJob.Design?)] =
      (methods.contains(.gan) ? designs.map { (.gan, $0) } : [])
      + methods.filter { $0 != .gan }.map { ($0, nil) }
    let sources =
      made.flatMap { method, design in
        // What cannot be varied stands beside what can.
        (method?.canVary == true ? acquisitions : [.measured]).map { (method, design, $0) }
      } + [(nil, nil, .measured)]
    return sets.flatMap { set in
      trainings.flatMap { training in
        seeds.flatMap { seed in
          sources.map { method, design, acquisitions in
            StudyJob(
              set: set.name, inputs: set.inputs, seed: seed, isApart: isApart,
              leaks: leaks ? true : nil, trainCount: training.count,
              isUnbalanced: training.isUnbalanced, reserved: reserved,
              method: method, design: design, acquisitions: acquisitions,
              classifiers: classifiers, variants: training.variants)
          }
        }
      }
    }
  }

  /// A job and what it shares with others.
  struct Work: Sendable {
    let job: StudyJob
    let shared: StudyCase
  }

  /// The work of some of the jobs, those on one split beside each other.
  func work(of jobs: [StudyJob]) -> [Work] {
    struct Key: Hashable {
      var set: String
      var seed: UInt64
      var training: [Int]
    }
    func key(_ job: StudyJob, whole: Bool) -> Key {
      Key(
        set: job.set, seed: job.seed,
        training: whole ? [] : [job.trainCount, job.isUnbalanced ? 1 : 0])
    }
    let cases = Dictionary(grouping: jobs) { key($0, whole: false) }
    let splits = Dictionary(grouping: cases.values) { key($0[0], whole: true) }
    var classes: [Key: SharedValue<StudySet.Classes>] = [:]
    for set in sets {
      for seed in seeds {
        let key = Key(set: set.name, seed: seed, training: [])
        classes[key] = SharedValue(uses: splits[key]?.count ?? 0) {
          try set.classes(seed: seed, reserved: reserved)
        }
      }
    }
    var shared: [Key: StudyCase] = [:]
    return jobs.compactMap { job in
      let own = key(job, whole: false)
      guard let all = cases[own], let set = classes[key(job, whole: true)] else { return nil }
      let known = shared[own] ?? StudyCase(of: all, classes: set)
      shared[own] = known
      return Work(job: job, shared: known)
    }
  }
}
