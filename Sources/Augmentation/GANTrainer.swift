internal import Evaluation
package import LinearAlgebra
internal import NeuralNetworks

/// The networks of one class, and the steps in which they learn from each other.
///
/// An iteration is two discriminator steps and one generator step (Single-BiTrans). With the mean
/// binary cross-entropy BCE of D's logits, and the weights w of the plain, T1 and T2 views of a batch,
/// the losses are Σ w [BCE(D(T x), 0.9) + BCE(D(T G(z)), 0)] and Σ w BCE(D(T G(z)), 1). A step
/// allocates nothing.
package final class GANTrainer {
  private let spectra: Matrix
  /// The design, its batches no larger than the class.
  let design: DAGDesign
  package let calibration: Calibration
  /// The class's mean spectrum, L.
  let mean: [Double]
  /// The spectrum around which generated ones are projected: the smoothed mean over its maximum, L.
  let centre: [Float]

  private let generator: Generator
  package let discriminator: Discriminator
  private let transformations: Transformations
  private let instanceNoise: InstanceNoise
  private let generatorOptimiser: Adam
  private let discriminatorOptimiser: Adam
  private let average: MovingAverage
  /// The noise that the generator adds.
  var noise: NoiseEstimate { didSet { generator.setNoise(noise) } }

  /// What the discriminator looked at last: [real, generated] plain, then T1, then T2, 6 B × L; after a
  /// generator step the first 3 B rows are generated plain, then T1, then T2.
  package let views: Matrix
  private let viewGradient: Matrix
  private let logits: Matrix
  private let logitGradient: Matrix

  private var order: [Int]
  private var batches: RandomStream
  private var draws: RandomStream

  /// Prepares the networks of a class; `stream` is the class's own.
  package init(
    _ set: TrainingSet, basis: SharedBasis, design: DAGDesign, stream: RandomStream
  ) {
    spectra = set.spectra
    var design = design
    // A batch holds no spectrum twice: minibatch discrimination would see it.
    design.batchSize = min(design.batchSize, set.spectra.rowCount)
    self.design = design
    order = Array(0..<set.spectra.rowCount)
    calibration = Calibration(of: set, basis: basis, design: design)
    noise = calibration.noise
    mean = meanSpectrum(of: set.spectra)
    let peak = mean.reduce(-Double.infinity, max)
    let normalised = mean.map { $0 / max(peak, Double(design.smallestMaximum)) }
    centre = GaussianSmoothing(width: basis.smoothing)(normalised).map(Float.init)

    var weights = stream.split(Use.weights)
    generator = Generator(
      design: design, basis: basis, centre: centre, mean: normalised.map(Float.init),
      shift: calibration.generatorShift, noise: noise, stream: &weights)
    discriminator = Discriminator(design: design, basis: basis, groups: 6, stream: &weights)
    transformations = Transformations(
      shiftReach: calibration.transformShift, noiseVariance: calibration.transformNoise,
      count: basis.channelCount, rows: 2 * design.batchSize)
    instanceNoise = InstanceNoise(
      of: set.spectra, mean: mean, basis: basis, share: design.instanceNoise,
      rows: 6 * design.batchSize)
    generatorOptimiser = Adam(generator.parameters, beta1: design.beta1, beta2: design.beta2)
    discriminatorOptimiser = Adam(
      discriminator.parameters, beta1: design.beta1, beta2: design.beta2)
    average = MovingAverage(generator.parameters, decay: design.averageDecay)

    views = Matrix(rows: 6 * design.batchSize, columns: basis.channelCount)
    viewGradient = Matrix(rows: 3 * design.batchSize, columns: basis.channelCount)
    logits = Matrix(rows: 6 * design.batchSize, columns: 1)
    logitGradient = Matrix(rows: 6 * design.batchSize, columns: 1)
    batches = stream.split(Use.batches)
    draws = stream.split(Use.draws)

    drawRealBatch(into: views.rows(0..<design.batchSize))
    discriminator.calibrate(
      on: views.rows(0..<design.batchSize), target: design.minibatchDistance)
  }

  /// The uses of a class's stream: these here, evaluations and null in ``TrainingRun``.
  enum Use {
    static let weights: UInt64 = 0
    static let batches: UInt64 = 1
    static let draws: UInt64 = 2
    static let evaluations: UInt64 = 3
    static let null: UInt64 = 4
  }

  /// One iteration; returns the losses of its last discriminator step and its generator step.
  package func step() -> (discriminator: Float, generator: Float) {
    var discriminatorLoss: Float = 0
    for _ in 0..<design.discriminatorSteps { discriminatorLoss = discriminatorStep() }
    return (discriminatorLoss, generatorStep())
  }

  /// The weight of the plain (0), T1 (1) or T2 (2) view.
  private func weight(ofView view: Int) -> Float {
    view == 0 ? design.plainWeight : view == 1 ? design.shiftWeight : design.noiseWeight
  }

  /// One step of the discriminator; returns its loss.
  package func discriminatorStep() -> Float {
    let size = design.batchSize
    drawRealBatch(into: views.rows(0..<size))
    generator.draw(&draws)
    generator.forward(into: views.rows(size..<2 * size))
    transformations.draw(&draws)
    transformations.apply(to: views)
    instanceNoise.add(to: views, &draws)
    discriminator.forward(views, into: logits)
    var loss: Float = 0
    for group in 0..<6 {
      let rows = group * size..<(group + 1) * size
      loss += binaryCrossEntropy(
        logits: logits.rows(rows), target: group % 2 == 0 ? design.realTarget : 0,
        weight: weight(ofView: group / 2), gradient: logitGradient.rows(rows))
    }
    discriminator.backward(logitGradient, into: nil, parameters: true)
    discriminatorOptimiser.step(learningRate: design.discriminatorRate)
    return loss
  }

  /// One step of the generator; returns its loss.
  package func generatorStep() -> Float {
    let size = design.batchSize
    let rows = 0..<3 * size
    let views = views.rows(rows)
    generator.draw(&draws)
    generator.forward(into: views.rows(0..<size))
    transformations.draw(&draws)
    transformations.apply(to: views)
    instanceNoise.add(to: views, &draws)
    discriminator.forward(views, into: logits.rows(rows))
    var loss: Float = 0
    for view in 0..<3 {
      let generated = view * size..<(view + 1) * size
      loss += binaryCrossEntropy(
        logits: logits.rows(generated), target: 1, weight: weight(ofView: view),
        gradient: logitGradient.rows(generated))
    }
    discriminator.backward(logitGradient.rows(rows), into: viewGradient, parameters: false)
    transformations.gatherGradient(viewGradient)
    generator.backward(viewGradient.rows(0..<size))
    generatorOptimiser.step(learningRate: design.generatorRate)
    average.update()
    return loss
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
  var averageWeights: [Float] { average.values.elements }

  /// The name of the first tensor that is not finite; nil if all are.
  var firstNonFinite: String? {
    discriminator.parameters.firstNonFinite ?? generator.parameters.firstNonFinite
  }
}
