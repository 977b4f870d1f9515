import ArgumentParser
import Augmentation

/// Where checkpoints of a training go, and where it goes on from.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep checkpoints in this folder while training; Ctrl-C and kill write one, so does SIGUSR1.",
      valueName: "folder"))
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "Go on from the checkpoints in this folder, to the same bytes as without the interruption.",
      valueName: "folder"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      "Iterations between checkpoints (default: so many that they take 2 % of the time).",
      valueName: "n"))
  var checkpointInterval: Int?

  func validate() throws {
    if checkpoint != nil && resume != nil {
      throw ValidationError(
        "--checkpoint begins a training and --resume goes on with one: give one of them.")
    }
    if let checkpointInterval {
      if checkpointInterval < 1 {
        throw ValidationError("--checkpoint-interval is \(checkpointInterval); give at least 1.")
      }
      if checkpoint == nil && resume == nil {
        throw ValidationError("--checkpoint-interval goes with --checkpoint or --resume.")
      }
    }
  }

  /// The folder, checked; nil without checkpoints.
  func folder(
    _ classes: [TrainingSet], design: DAGDesign, seed: UInt64, start: String?
  ) throws -> CheckpointFolder? {
    guard let path = resume ?? checkpoint else { return nil }
    let run = CheckpointFolder.Run(classes, design: design, seed: seed, start: start)
    return resume == nil
      ? try CheckpointFolder(creating: path, run: run)
      : try CheckpointFolder(resuming: path, run: run, classes: classes.count)
  }

  /// Trains, with checkpoints in `folder` if there is one.
  func train(
    _ augmenter: Augmenter, _ groups: [[TrainingSet]], starts: [String: WarmStart],
    in folder: CheckpointFolder?, progress: @Sendable (TrainingProgress) -> Void
  ) throws -> [[TrainedGenerator]] {
    guard let folder else {
      return try augmenter.train(groups: groups, starts: starts, progress: progress)
    }
    Interrupts.beginCheckpointing()
    defer { Interrupts.endCheckpointing() }
    do {
      let generators = try augmenter.train(
        groups: groups, starts: starts,
        checkpoints: Checkpointing(
          store: folder, interval: checkpointInterval, requests: { Interrupts.requests }),
        progress: progress)
      // All classes are done and kept.
      if Interrupts.requests.stops { throw folder.interruption }
      return generators
    } catch is TrainingInterrupted {
      throw folder.interruption
    } catch let error as TrainingError {
      guard case .diverged(let name, _, _) = error,
        let index = groups.flatMap(\.self).firstIndex(where: { $0.name == name })
      else { throw error }
      throw Refusal(error.description + folder.remark(onDivergenceOf: index), .internalError)
    }
  }
}
