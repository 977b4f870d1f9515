package import LinearAlgebra
internal import NeuralNetworks

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The steps of one training of a ``TwoBranchNetwork``.
///
/// A step takes the next batch of all examples in random order, each real one as often as it takes to
/// give them their share, and moves the weights by AdamW. It allocates nothing.
package final class TwoBranchRun {
  private let settings: TwoBranchSettings
  /// The sets that the examples come from.
  private let sources: [Examples]
  /// Numbers of the examples, those of the second set behind those of the first; in random order.
  private var order: [Int] = []
  private var used: Int
  private let classWeights: [Float]

  private let layers: TwoBranchLayers
  /// The moving average of the weights, in layers that drop nothing.
  private let averaged: TwoBranchLayers
  private let average: MovingAverage
  private let optimiser: Adam
  private let batch: Matrix
  private var classes: [Int]
  private let logits: Matrix

  private var batches: RandomStream
  private var draws: RandomStream

  /// Prepares a training on real and synthetic spectra, one of which may have none.
  package init(
    real: Examples, synthetic: Examples?, settings: TwoBranchSettings, stream: RandomStream
  ) {
    self.settings = settings
    sources = [real] + [synthetic].compactMap(\.self)
    let others = synthetic?.count ?? 0
    // As often as gives them their share, once at least.
    let share = settings.realShare
    let repeats =
      real.count == 0 || others == 0
      ? 1 : max(1, Int((share / (1 - share) * Double(others) / Double(real.count)).rounded()))
    for _ in 0..<repeats { order += 0..<real.count }
    order += real.count..<real.count + others
    precondition(!order.isEmpty, "nothing to learn from")
    used = order.count

    let classCount = real.classNames.count
    var counts = [Int](repeating: 0, count: classCount)
    for label in real.classes { counts[label] += repeats }
    for label in synthetic?.classes ?? [] { counts[label] += 1 }
    // Every class weighs alike, however many examples it has.
    let present = counts.count { $0 > 0 }
    let total = order.count
    classWeights = counts.map { $0 > 0 ? Float(total) / Float(present * $0) : 0 }

    let rows = min(settings.batchSize, order.count)
    let channels = real.spectra.columnCount
    var weights = stream.split(0)
    layers = TwoBranchLayers(
      channels: channels, classes: classCount, dropout: settings.dropout, rows: rows,
      stream: &weights)
    weights = stream.split(0)
    averaged = TwoBranchLayers(
      channels: channels, classes: classCount, dropout: 0, rows: TwoBranchNetwork.batchSize,
      stream: &weights)
    averaged.dropsUnits = false
    average = MovingAverage(layers.parameters, decay: settings.averageDecay)
    optimiser = Adam(layers.parameters, beta1: 0.9, beta2: 0.999)
    batch = Matrix(rows: rows, columns: channels)
    classes = Array(repeating: 0, count: rows)
    logits = Matrix(rows: rows, columns: classCount)
    batches = stream.split(1)
    draws = stream.split(2)
  }

  /// One step; returns the loss of its batch.
  package func step(learningRate: Double) -> Float {
    drawBatch()
    layers.draw(&draws)
    layers.forward(batch, into: logits)
    let loss = softmaxCrossEntropy(
      logits: logits, classes: classes, weights: classWeights, gradient: logits)
    layers.backward(logits)
    optimiser.step(learningRate: learningRate, weightDecay: settings.weightDecay)
    average.update()
    return loss
  }

  /// The next examples of a random order; of a new one when the old one has too few left.
  private func drawBatch() {
    if order.count - used < batch.rowCount {
      order.shuffle(using: &batches)
      used = 0
    }
    for row in 0..<batch.rowCount {
      var number = order[used + row]
      var source = 0
      while number >= sources[source].count {
        number -= sources[source].count
        source += 1
      }
      batch.rows(row..<row + 1).copy(from: sources[source].spectra.rows(number..<number + 1))
      classes[row] = sources[source].classes[number]
    }
    used += batch.rowCount
  }

  /// The loss of the averaged weights on other spectra, every class weighing alike, and the share of
  /// them whose class is found.
  func validate(on examples: Examples) -> (loss: Double, accuracy: Double) {
    averaged.parameters.values.copy(from: average.values)
    let probabilities = Matrix(rows: examples.count, columns: logits.columnCount)
    averaged.probabilities(of: examples.spectra, into: probabilities)
    var sums = [Double](repeating: 0, count: logits.columnCount)
    var counts = [Int](repeating: 0, count: logits.columnCount)
    var correct = 0
    for (row, label) in examples.classes.enumerated() {
      let p = probabilities.row(row)
      sums[label] -= log(max(Double(p[label]), 1e-12))
      counts[label] += 1
      correct += (0..<logits.columnCount).allSatisfy { p[$0] <= p[label] } ? 1 : 0
    }
    let losses = zip(sums, counts).filter { $0.1 > 0 }.map { $0.0 / Double($0.1) }
    return (
      losses.reduce(0, +) / Double(losses.count), Double(correct) / Double(examples.count)
    )
  }

  /// The examples of an epoch, repeated ones counted.
  package var exampleCount: Int { order.count }

  /// Begins with given weights, before the first step; throws when they are another network's.
  package func start(from weights: [Tensor]) throws(TensorArchiveError) {
    try layers.parameters.set(layers.parameters.values, to: weights)
    average.restart()
  }

  /// The averaged weights.
  package var weights: [Tensor] { layers.parameters.tensors(of: average.values) }

  /// The name of the first tensor that is not finite; nil if all are.
  var firstNonFinite: String? { layers.parameters.firstNonFinite }
}
