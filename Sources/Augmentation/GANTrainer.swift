internal import Evaluation
package import LinearAlgebra
internal import NeuralNetworks

/// The networks of one class, and the steps in which they learn from each other.
///
/// An iteration is two discriminator steps and one generator step. With the mean binary cross-entropy
/// BCE of the logits of the D that sees a view T, and the weights w of the scheme's views, the losses
/// are Σ w [BCE(D(T x), 0.9) + BCE(D(T G(z)), 0)] and Σ w BCE(D(T G(z)), 1). A step allocates nothing.
package final class GANTrainer {
  private let spectra: Matrix
  /// The design, its batches no larger than the class.
  let design: DAGDesign
  package let calibration: Calibration
  /// The class's mean spectrum, L.
  let mean: [Double]
  /// The shared components as the class sees them.
  let components: ClassComponents

  package let generator: Generator
  package let discriminators: [any SpectrumDiscriminator]
  private let transformations: Transformations
  private let generatorOptimiser: Adam
  private let discriminatorOptimisers: [Adam]
  private let average: MovingAverage
  /// The noise that the generator adds.
  var noise: NoiseEstimate { didSet { generator.setNoise(noise) } }

  /// The scheme's views, discriminator after discriminator.
  private let scheme: [View]
  /// Which of them each discriminator sees.
  private let seen: [Range<Int>]
  /// What the discriminators looked at last: for each view B real and B generated rows, 2 B × L; after
  /// a generator step the first half holds B generated rows for each view.
  package let views: Matrix
  private let viewGradient: Matrix
  private let logits: Matrix
  private let logitGradient: Matrix

  private var order: [Int]
  private var batches: RandomStream
  private var draws: RandomStream

  /// Prepares the networks of a class; `shiftLimit` is the widest shift in channels that keeps it apart
  /// from other classes (``ClassShift``), and `stream` its own.
  package init(
    _ set: TrainingSet, basis: SharedBasis, design: DAGDesign, shiftLimit: Double = .infinity,
    stream: RandomStream
  ) {
    spectra = set.spectra
    var design = design
    // A batch holds no spectrum twice: minibatch discrimination would see it.
    design.batchSize = min(design.batchSize, set.spectra.rowCount)
    self.design = design
    order = Array(0..<set.spectra.rowCount)
    calibration = Calibration(
      of: set, basis: basis, design: design, shiftLimit: shiftLimit)
    noise = calibration.noise
    mean = meanSpectrum(of: set.spectra)
    let peak = mean.reduce(-Double.infinity, max)
    let normalised = mean.map { $0 / max(peak, Double(design.smallestMaximum)) }
    components = ClassComponents(
      basis, centre: GaussianSmoothing(width: basis.smoothing)(normalised).map(Float.init),
      spectra: set.measured, mean: mean)

    var weights = stream.split(Use.weights)
    generator = Generator(
      design: design, components: components, mean: normalised.map(Float.init),
      shift: calibration.generatorShift, noise: noise.levelled, stream: &weights)
    scheme = design.scheme.views
    var seen: [Range<Int>] = []
    var discriminators: [any SpectrumDiscriminator] = []
    for views in design.scheme.discriminators {
      let first = seen.last?.upperBound ?? 0
      seen.append(first..<first + views.count)
      let groups = 2 * views.count
      if let faithful = design.faithful {
        discriminators.append(
          FaithfulDiscriminator(
            faithful, channels: basis.channelCount, batchSize: design.batchSize, groups: groups,
            stream: &weights))
      } else {
        discriminators.append(
          Discriminator(
            design: design, components: components, mean: mean.map(Float.init), groups: groups,
            heads: design.scheme.hasHeads ? views.count : 1, stream: &weights))
      }
    }
    self.seen = seen
    self.discriminators = discriminators
    let viewRows = scheme.count * design.batchSize
    let rows = 2 * design.batchSize
    if let faithful = design.faithful {
      let variance = ChannelStatistics(set.measured).variance
      let scatter = variance.reduce(0) { $0 + $1.squareRoot() } / Double(variance.count)
      transformations = Transformations(
        views: scheme, shift: Translation(reach: faithful.shift, count: basis.channelCount),
        noise: CountNoise(
          mean: faithful.counts, scale: Float(scatter), count: basis.channelCount, rows: rows))
    } else {
      transformations = Transformations(
        views: scheme,
        shift: FractionalShift(
          reach: calibration.transformShift, count: basis.channelCount, rows: rows),
        noise: PoissonNoise(
          gain: calibration.transformNoise, differentiatesAmplitude: false,
          count: basis.channelCount, rows: rows))
    }
    generatorOptimiser = Adam(generator.parameters, beta1: design.beta1, beta2: design.beta2)
    discriminatorOptimisers = discriminators.map {
      Adam($0.parameters, beta1: design.beta1, beta2: design.beta2)
    }
    average = MovingAverage(generator.parameters, decay: design.averageDecay)

    views = Matrix(rows: 2 * viewRows, columns: basis.channelCount)
    viewGradient = Matrix(rows: viewRows, columns: basis.channelCount)
    logits = Matrix(rows: 2 * viewRows, columns: 1)
    logitGradient = Matrix(rows: 2 * viewRows, columns: 1)
    batches = stream.split(Use.batches)
    draws = stream.split(Use.draws)

    drawRealBatch(into: views.rows(0..<design.batchSize))
    for discriminator in discriminators {
      discriminator.calibrate(
        on: views.rows(0..<design.batchSize), target: design.minibatchDistance)
    }
  }

  /// Gives the generator its first weights, before the first step; throws what does not fit.
  func start(from start: WarmStart) throws(TensorArchiveError) {
    try generator.parameters.set(
      generator.parameters.values, to: start.weights(in: components))
    average.restart()
  }

  /// The uses of a class's stream: these here, evaluations and null in ``TrainingRun``.
  enum Use {
    static let weights: UInt64 = 0
    static let batches: UInt64 = 1
    static let draws: UInt64 = 2
    static let evaluations: UInt64 = 3
    static let null: UInt64 = 4
    static let paper: UInt64 = 5
  }

  /// One iteration; returns the losses of its last discriminator step and its generator step.
  package func step() -> (discriminator: Float, generator: Float) {
    var discriminatorLoss: Float = 0
    for _ in 0..<design.discriminatorSteps { discriminatorLoss = discriminatorStep() }
    return (discriminatorLoss, generatorStep())
  }

  /// One step of the discriminators; returns the sum of their losses.
  package func discriminatorStep() -> Float {
    let size = design.batchSize
    drawRealBatch(into: views.rows(0..<size))
    generator.draw(&draws)
    generator.forward(into: views.rows(size..<2 * size))
    show(views)
    var loss: Float = 0
    for group in 0..<2 * scheme.count {
      let rows = group * size..<(group + 1) * size
      loss += binaryCrossEntropy(
        logits: logits.rows(rows), target: group % 2 == 0 ? design.realTarget : 0,
        weight: design.weight(of: scheme[group / 2]), gradient: logitGradient.rows(rows))
    }
    for (index, discriminator) in discriminators.enumerated() {
      discriminator.backward(
        logitGradient.rows(rows(of: index, viewSize: 2 * size)), into: nil, parameters: true)
      discriminatorOptimisers[index].step(learningRate: design.discriminatorRate)
    }
    return loss
  }

  /// One step of the generator; returns its loss.
  package func generatorStep() -> Float {
    let size = design.batchSize
    generator.draw(&draws)
    generator.forward(into: views.rows(0..<size))
    show(views.rows(0..<scheme.count * size))
    var loss: Float = 0
    for (index, view) in scheme.enumerated() {
      let rows = index * size..<(index + 1) * size
      loss += binaryCrossEntropy(
        logits: logits.rows(rows), target: 1, weight: design.weight(of: view),
        gradient: logitGradient.rows(rows))
    }
    for (index, discriminator) in discriminators.enumerated() {
      let rows = rows(of: index, viewSize: size)
      discriminator.backward(
        logitGradient.rows(rows), into: viewGradient.rows(rows), parameters: false)
    }
    transformations.gatherGradient(viewGradient)
    generator.backward(viewGradient.rows(0..<size))
    generatorOptimiser.step(learningRate: design.generatorRate)
    average.update()
    return loss
  }

  /// Makes the scheme's views from the first of `views`, and shows each discriminator its own.
  private func show(_ views: Matrix) {
    transformations.draw(&draws)
    transformations.apply(to: views)
    for (index, discriminator) in discriminators.enumerated() {
      discriminator.draw(&draws)
      let rows = rows(of: index, viewSize: views.rowCount / scheme.count)
      discriminator.forward(views.rows(rows), into: logits.rows(rows))
    }
  }

  /// The rows that a discriminator sees, with `viewSize` rows a view.
  private func rows(of discriminator: Int, viewSize: Int) -> Range<Int> {
    seen[discriminator].lowerBound * viewSize..<seen[discriminator].upperBound * viewSize
  }

  /// The start of a new random order of the spectra.
  private func drawRealBatch(into batch: Matrix) {
    for row in 0..<batch.rowCount {
      order.swapAt(row, row + batches.index(below: order.count - row))
      let index = order[row]
      batch.rows(row..<row + 1).copy(from: spectra.rows(index..<index + 1))
    }
  }

  /// The moving average of the generator's weights, from which snapshots are made.
  var averageWeights: [Tensor] { generator.parameters.tensors(of: average.values) }

  /// The name of the first tensor that is not finite; nil if all are.
  var firstNonFinite: String? {
    discriminators.lazy.compactMap(\.parameters.firstNonFinite).first
      ?? generator.parameters.firstNonFinite
  }

  /// All that a training of the same class and design goes on from, between two iterations.
  struct State: Codable {
    var generator: Adam.State
    var discriminators: [Adam.State]
    var average: MovingAverage.State
    var noise: NoiseEstimate
    var order: [Int]
    var batches: RandomStream
    var draws: RandomStream
  }

  /// The state of the training.
  var state: State {
    State(
      generator: generatorOptimiser.state, discriminators: discriminatorOptimisers.map(\.state),
      average: average.state, noise: noise, order: order, batches: batches, draws: draws)
  }

  /// Goes back to a state; throws when it is that of another class or design.
  func restore(_ state: State) throws(TensorArchiveError) {
    guard state.order.sorted() == Array(0..<order.count),
      state.discriminators.count == discriminators.count,
      state.noise.background.count == noise.background.count, state.noise.colour == noise.colour
    else { throw TensorArchiveError("a training of other spectra or of another design") }
    try generatorOptimiser.restore(state.generator)
    for (optimiser, own) in zip(discriminatorOptimisers, state.discriminators) {
      try optimiser.restore(own)
    }
    try average.restore(state.average)
    noise = state.noise
    order = state.order
    batches = state.batches
    draws = state.draws
  }
}
