import Classification
import Studies

/// What all jobs on one split of one set share: the spectra and the settings of the SVM.
struct StudyCase: Sendable {
  /// The split.
  let split: SharedValue<StudySplit>
  /// The settings of the SVM.
  let machineSettings: SharedValue<SupportVectorSettings>

  /// The case of jobs that differ in their method alone.
  init(of jobs: [StudyJob], classes: SharedValue<StudySet.Classes>) {
    let job = jobs[0]
    let split = SharedValue(uses: jobs.count) {
      defer { classes.release() }
      let groups = try classes.value.groups
      try StudySet.check(groups, named: job.set, reserved: job.reserved)
      let classCount = groups.reduce(0) { $0 + $1.count }
      return try StudySplit(
        groups,
        sizes: .init(
          count: job.trainCount,
          scarce: job.isUnbalanced ? Int(job.seed % UInt64(classCount)) : nil,
          reserved: job.reserved), seed: job.seed)
    }
    self.split = split
    machineSettings = SharedValue(uses: jobs.count) {
      Experiment(try split.value, seed: job.seed, threads: 1).machineSettings()
    }
  }

  /// Says that one of the jobs is done.
  func release() {
    split.release()
    machineSettings.release()
  }
}
