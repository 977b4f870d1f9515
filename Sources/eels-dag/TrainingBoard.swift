import Augmentation
import Evaluation
import Synchronization

/// One progress line for classes that train side by side.
final class TrainingBoard: Sendable {
  private let iterations: Mutex<[Int]>
  private let maximum: Int
  private let progress: Progress

  /// Starts the board of so many classes.
  init(classes: Int, maximumIterations: Int) {
    iterations = Mutex(Array(repeating: 0, count: classes))
    maximum = maximumIterations
    progress = Progress(
      "training", total: Double(classes * maximumIterations), unit: "iterations")
  }

  /// Shows a class's newest evaluation.
  func update(_ news: TrainingProgress) {
    let done = iterations.withLock { iterations in
      iterations[news.index] = news.evaluation.iteration
      return iterations.reduce(0, +)
    }
    if let warning = news.warning { Console.warn("\(news.name): \(warning)") }
    let quality = news.evaluation.quality
    progress.update(
      Double(done),
      "\(news.name): Fréchet \(Text.number(quality.frechetDistance, digits: 3)) "
        + "(threshold \(Text.number(news.threshold, digits: 3))), losses D "
        + "\(Text.number(news.evaluation.discriminatorLoss, digits: 3)) G "
        + "\(Text.number(news.evaluation.generatorLoss, digits: 3))")
  }

  /// Removes the line.
  func finish() { progress.finish() }
}
