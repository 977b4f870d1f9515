import Classification
import Foundation
import LinearAlgebra

// The grid search and a fit with the chosen settings, timed, for Scripts/bench classify. Reads the task as
// JSON and the spectra of training and test as numbers of 32 bits; writes what it found as JSON.

struct Task: Decodable {
  var channels: Int
  var labels: [Int]
  var folds: [[Int]]
  var penalties: [Double]
  var steepnesses: [Double]
  var threads: Int
}

struct Outcome: Encodable {
  var seconds: Double
  var processorSeconds: Double
  var fitSeconds: Double
  var predictionSeconds: Double
  var unit: Double
  var scores: [SupportVectorGrid.Score]
  var penalty: Double
  var steepness: Double
  var votes: [Int]
  var predictions: [Int]
}

func spectra(_ path: String, _ channels: Int) throws -> Matrix {
  let values = try Data(contentsOf: URL(filePath: path)).withUnsafeBytes {
    Array($0.bindMemory(to: Float.self))
  }
  return Matrix(rows: values.count / channels, elements: values)
}

let arguments = CommandLine.arguments
guard arguments.count == 2 else { fatalError("usage: classify-work FOLDER") }
let folder = arguments[1]
let task = try JSONDecoder().decode(
  Task.self, from: Data(contentsOf: URL(filePath: "\(folder)/task.json")))
let names = (0...(task.labels.max() ?? 0)).map { "class \($0)" }
let train = Examples(
  spectra: try spectra("\(folder)/train.f32", task.channels), classes: task.labels,
  classNames: names)
let test = try spectra("\(folder)/test.f32", task.channels)
var grid = SupportVectorGrid()
grid.penalties = task.penalties
grid.steepnesses = task.steepnesses

func timed<Value>(_ work: () -> Value) -> (Value, Double) {
  let start = ContinuousClock.now
  let value = work()
  return (value, (ContinuousClock.now - start) / .seconds(1))
}

/// The processor time of all threads of this process.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let before = processorSeconds()
let (settings, seconds) = timed {
  grid.chosen(on: train, folds: StratifiedFolds(parts: task.folds), threads: task.threads)
}
let processorTime = processorSeconds() - before
let (machine, fitSeconds) = timed { settings.fit(train, threads: task.threads) }
let (predictions, predictionSeconds) = timed {
  machine.predictions(of: test, threads: task.threads)
}
let outcome = Outcome(
  seconds: seconds, processorSeconds: processorTime, fitSeconds: fitSeconds,
  predictionSeconds: predictionSeconds,
  unit: SquaredDistances(within: train.spectra, threads: task.threads).medianWithin ?? 0,
  scores: settings.scores, penalty: settings.penalty, steepness: settings.steepness,
  votes: machine.votes(of: test, threads: task.threads), predictions: predictions)
print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
