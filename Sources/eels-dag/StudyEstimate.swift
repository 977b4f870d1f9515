import Augmentation
import Studies

/// About how long the jobs of a study take.
///
/// The processor time grows with the number of classes times that of channels; by how much was measured
/// once, for each architecture with the design single-bitrans. The jobs that are done correct for this machine,
/// other designs and other limits of the training.
struct StudyEstimate {
  /// Classes × channels of each set, by name.
  private let sizes: [String: Int]
  private var correction = 1.0

  init(sets: [StudySet], done: [StudyJob.Record]) {
    sizes = Dictionary(uniqueKeysWithValues: sets.map { ($0.name, $0.size) })
    let expected = done.reduce(0) { $0 + seconds(of: $1.job) }
    if expected > 0 {
      correction = done.reduce(0) { $0 + $1.processorSeconds } / expected
    }
  }

  /// The processor time of a job, s.
  func seconds(of job: StudyJob) -> Double {
    let size = Double(sizes[job.set] ?? 0)
    let training =
      switch job.design?.settings.architecture {
      case nil: 0.0
      case .simpleDense: 7e-3
      case .largeDense: 20e-3
      case .simpleConvo: 24e-3
      case .subspace: 2e-3
      }
    // Every classifier learns and tells more than once, beside real spectra and without.
    let classifiers = Double(job.classifiers.count) * (1e-3 + 2.5e-4 * Double(job.variants.count))
    return correction * size * (training + classifiers)
  }

  /// The time of jobs side by side, s.
  func seconds(of jobs: [StudyJob], sideBySide: Int) -> Double {
    jobs.reduce(0) { $0 + seconds(of: $1) } / Double(max(min(sideBySide, jobs.count), 1))
  }
}
