import Augmentation
import Evaluation
import Synchronization

/// Where classes that train side by side stand: one progress line for people, or lines of JSON.
final class TrainingBoard: Sendable {
  /// One class.
  private struct Standing {
    /// The iterations done.
    var done = 0
    /// Whether its training has ended.
    var isDone = false
  }

  private struct State {
    var classes: [Standing]
    /// The iterations since the start, without those of checkpoints.
    var trained = 0
  }

  private let state: Mutex<State>
  private let maximum: Int
  private let progress: Progress
  private let start = ContinuousClock.now

  /// Starts the board of so many classes.
  init(classes: Int, maximumIterations: Int) {
    state = Mutex(State(classes: Array(repeating: Standing(), count: classes)))
    maximum = maximumIterations
    progress = Progress(
      "training", total: Double(classes * maximumIterations), unit: "iterations")
  }

  /// Shows a class's newest evaluation, or that it is done.
  func update(_ news: TrainingProgress) {
    if let warning = news.warning { Console.warn("\(news.name): \(warning)") }
    // Shown under the lock: the lines of several threads follow each other in time.
    state.withLock { state in
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let before = max(state.classes[news.index].done, news.firstIteration)
      let now = news.evaluation.iteration
      state.trained += max(now - before, 0)
      state.classes[news.index] = Standing(done: now, isDone: news.record != nil)
      let left = state.classes.reduce(0) { $0 + ($1.isDone ? 0 : maximum - $1.done) }
      if !Console.isJSON {
        show(news, done: state.trained, left: left)
      } else if Console.isQuiet {
        return
      } else if let record = news.record {
        Console.line(
          TrainedLine(seconds: seconds, result: ClassResult(record, index: news.index)))
      } else {
        Console.line(
          EvaluationLine(
            news, seconds: seconds,
            secondsLeft: state.trained > 0
              ? seconds * Double(left) / Double(state.trained) : nil))
      }
    }
  }

  private func show(_ news: TrainingProgress, done: Int, left: Int) {
    let quality = news.evaluation.quality
    progress.update(
      Double(done), of: Double(done + left),
      "\(news.name): Fréchet \(Text.number(quality.frechetDistance, digits: 3)) "
        + "(threshold \(Text.number(news.limits.frechetDistance, digits: 3))), losses D "
        + "\(Text.number(news.evaluation.discriminatorLoss, digits: 3)) G "
        + "\(Text.number(news.evaluation.generatorLoss, digits: 3))")
  }

  /// Removes the line.
  func finish() { progress.finish() }
}
