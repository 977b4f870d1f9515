import Augmentation
import Studies

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One piece of a study: one way to make spectra, or none, on one split of one set.
struct StudyJob: Codable, Equatable, Sendable {
  /// How the spectra of a generator are trained for.
  struct Design: Codable, Equatable, Sendable {
    /// The scheme's name.
    var scheme: String
    /// The architecture's name.
    var architecture: String
    /// Everything about it.
    var settings: DAGDesign
  }

  /// The preset or the file without its ending.
  var set: String
  /// The SHA-256 digests of the files of spectra and labels; none for a preset.
  var inputs: [String]
  /// The seed of the simulation, the choice of training spectra and everything after.
  var seed: UInt64
  /// Whether other acquisitions test than train.
  var isApart: Bool
  /// Whether denoising looked at the test spectra, too; nil where it did not.
  var leaks: Bool?
  /// The real training spectra of a class.
  var trainCount: Int
  /// Whether one class has only a tenth of that.
  var isUnbalanced: Bool
  /// The largest number of training spectra in the study: no test spectrum is among so many.
  var reserved: Int
  /// What makes synthetic spectra; nil for the real ones alone.
  var method: SyntheticMethod?
  /// The design of the generators.
  var design: Design?
  /// Whose spectra the synthetic ones are like.
  var acquisitions: Acquisitions
  /// The classifiers.
  var classifiers: [Judge]
  /// What befalls the test spectra.
  var variants: [TestVariant]

  /// A name for its file, different for all jobs of a study.
  var name: String {
    var parts = [set, "seed-\(seed)", "\(trainCount)"]
    if isUnbalanced { parts.append("unbalanced") }
    if isApart { parts.append("apart") }
    if leaks == true { parts.append("leak") }
    parts.append(method?.rawValue ?? "real")
    if let design { parts += [design.scheme, design.architecture] }
    if acquisitions == .unseen { parts.append(acquisitions.rawValue) }
    return parts.joined(separator: "-")
  }

  /// What came of a job, as it stands in its file.
  struct Record: Codable {
    /// Always `eels-dag`.
    var program = "eels-dag"
    /// The version that did it.
    var version = EELSDAG.version
    /// The job.
    var job: StudyJob
    /// What came of it.
    var outcome: Experiment.Outcome
    /// Processor time, s; it depends on the machine, and whether the job had to simulate the set for others.
    var processorSeconds: Double
  }

  /// Does the job on its split.
  func record(on split: StudySplit, settings: StudyCase) throws -> Record {
    let start = Self.threadSeconds
    var experiment = Experiment(
      split, design: design?.settings ?? DAGDesign(), acquisitions: acquisitions, seed: seed,
      threads: 1)
    experiment.judges = classifiers
    experiment.variants = variants
    return Record(
      job: self,
      outcome: try experiment.outcome(of: method, settings: try settings.machineSettings.value),
      processorSeconds: Self.threadSeconds - start)
  }

  /// The processor time of this thread.
  private static var threadSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
