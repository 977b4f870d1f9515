internal import Evaluation
package import LinearAlgebra
internal import NeuralNetworks

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The training of one class's generator against its discriminator.
///
/// An iteration is two discriminator steps and one generator step (Single-BiTrans). With the mean
/// binary cross-entropy BCE of D's logits, and the weights w of the plain, T1 and T2 views of a batch,
/// the losses are Σ w [BCE(D(T x), 0.9) + BCE(D(T G(z)), 0)] and Σ w BCE(D(T G(z)), 1). A step
/// allocates nothing.
package final class GANTrainer {
  private let set: TrainingSet
  private let design: DAGDesign
  private let basis: SharedBasis
  package let calibration: Calibration
  private let mean: [Double]
  private let centre: [Float]
  private let reference: QualityReference
  private let threshold: Double

  private let generator: Generator
  package let discriminator: Discriminator
  private let transformations: Transformations
  private let instanceNoise: InstanceNoise
  private let generatorOptimiser: Adam
  private let discriminatorOptimiser: Adam
  private let average: MovingAverage
  private var noise: NoiseEstimate
  private let realResidualNoise: Double
  private var noiseFactor: Float = 1

  /// What the discriminator looked at last: [real, generated] plain, then T1, then T2, 6 B × L; after a
  /// generator step the first 3 B rows are generated plain, then T1, then T2.
  package let views: Matrix
  private let viewGradient: Matrix
  private let logits: Matrix
  private let logitGradient: Matrix

  private let offsetSpectra: Matrix

  private var order: [Int]
  private var batches: RandomStream
  private var draws: RandomStream
  private let evaluations: RandomStream

  /// Prepares the training of a class; `stream` is the class's own.
  package init(
    _ set: TrainingSet, basis: SharedBasis, design: DAGDesign, stream: RandomStream
  ) throws(TrainingError) {
    self.set = set
    var design = design
    // A batch holds no spectrum twice: minibatch discrimination would see it.
    design.batchSize = min(design.batchSize, set.spectra.rowCount)
    self.design = design
    order = Array(0..<set.spectra.rowCount)
    self.basis = basis
    calibration = Calibration(of: set, basis: basis, design: design)
    noise = calibration.noise
    mean = meanSpectrum(of: set.spectra)
    realResidualNoise = highFrequencyNoise(of: basis.residual(of: set.spectra, around: mean))
    let peak = mean.reduce(-Double.infinity, max)
    let normalised = mean.map { $0 / max(peak, Double(design.smallestMaximum)) }
    centre = GaussianSmoothing(width: basis.smoothing)(normalised).map(Float.init)

    var splits = stream.split(Use.null)
    let features = SpectralFeatures(
      mean: Matrix(rows: 1, elements: centre),
      components: basis.matrix.rows(0..<min(design.featureCount, basis.componentCount)))
    guard
      let reference = QualityReference(real: set.spectra, features: features, using: &splits)
    else { throw .nothingToLearn(name: set.name) }
    self.reference = reference
    threshold = reference.null.quantile(design.stopping.frechetQuantile)

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
    offsetSpectra = Matrix(rows: design.offsetCount, columns: basis.channelCount)
    batches = stream.split(Use.batches)
    draws = stream.split(Use.draws)
    evaluations = stream.split(Use.evaluations)

    drawRealBatch(into: views.rows(0..<design.batchSize))
    discriminator.calibrate(
      on: views.rows(0..<design.batchSize), target: design.minibatchDistance)
  }

  private enum Use {
    static let weights: UInt64 = 0
    static let batches: UInt64 = 1
    static let draws: UInt64 = 2
    static let evaluations: UInt64 = 3
    static let null: UInt64 = 4
  }

  /// Trains until the stopping criterion is met or the iterations are done.
  package func run(
    report: (TrainingRecord.Evaluation, _ threshold: Double) -> Void
  ) throws(TrainingError) -> TrainedGenerator {
    let stopping = design.stopping
    var done: [TrainingRecord.Evaluation] = []
    var best: (evaluation: TrainingRecord.Evaluation, snapshot: GeneratorSnapshot)?
    var passes = 0
    var iteration = 0
    while true {
      let count = min(design.evaluationInterval, stopping.maximumIterations - iteration)
      let losses = try train(iterations: count, after: iteration)
      iteration += count
      let snapshot = snapshot(iteration: iteration)
      let stream = evaluations.split(UInt64(iteration))
      let generated = sample(snapshot, count: design.evaluationCount, stream: stream.split(0))
      let evaluation = TrainingRecord.Evaluation(
        iteration: iteration, discriminatorLoss: losses.discriminator,
        generatorLoss: losses.generator,
        quality: try quality(of: generated, iteration: iteration, stream: stream),
        noiseFactor: noiseFactor)
      done.append(evaluation)
      report(evaluation, threshold)
      followNoise(of: generated)
      let isLast = iteration == stopping.maximumIterations
      guard iteration >= stopping.minimumIterations || isLast else { continue }
      passes = stopping.isMet(by: evaluation.quality, threshold: threshold) ? passes + 1 : 0
      if best.map({ isBetter(evaluation, than: $0.evaluation) }) ?? true {
        best = (evaluation, snapshot)
      }
      guard let chosen = best, passes >= stopping.patience || isLast else { continue }
      let fresh = evaluations.split(UInt64(iteration)).split(2)
      let confirmed = try quality(
        of: sample(
          chosen.snapshot, count: stopping.confirmationCount, stream: fresh.split(0)),
        iteration: iteration, stream: fresh)
      let shortcomings = stopping.shortcomings(of: confirmed, threshold: threshold)
      if shortcomings.isEmpty || isLast {
        return TrainedGenerator(
          snapshot: chosen.snapshot,
          record: TrainingRecord(
            name: set.name, spectrumCount: set.spectra.rowCount,
            channelCount: basis.channelCount, calibration: calibration,
            componentCount: basis.componentCount, smoothing: basis.smoothing,
            threshold: threshold, nullMedian: reference.null.quantile(0.5),
            groupSize: reference.null.groupSize, evaluations: done, iterations: iteration,
            chosen: chosen.evaluation, quality: confirmed,
            shortcomings: shortcomings))
      }
      // The snapshot only seemed good: it makes room for a later one.
      best = nil
      passes = 0
    }
  }

  /// Sound before unsound, then the smaller Fréchet distance.
  private func isBetter(
    _ new: TrainingRecord.Evaluation, than old: TrainingRecord.Evaluation
  ) -> Bool {
    let isSound = design.stopping.isSound(new.quality)
    if isSound != design.stopping.isSound(old.quality) { return isSound }
    return new.quality.frechetDistance < old.quality.frechetDistance
  }

  /// Returns the mean losses of the discriminator and the generator.
  private func train(
    iterations: Int, after first: Int
  ) throws(TrainingError) -> (discriminator: Double, generator: Double) {
    var sums = (discriminator: 0.0, generator: 0.0)
    for iteration in first + 1...first + iterations {
      let losses = step()
      guard losses.discriminator.isFinite && losses.generator.isFinite else {
        throw diverged(iteration)
      }
      sums.discriminator += Double(losses.discriminator)
      sums.generator += Double(losses.generator)
    }
    return (sums.discriminator / Double(iterations), sums.generator / Double(iterations))
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
      batch.rows(row..<row + 1).copy(from: set.spectra.rows(index..<index + 1))
    }
  }

  /// The moving average, its mean spectrum corrected.
  ///
  /// The adversaries know the mean to about a fifth of the spectra's scatter only. So what is left
  /// between the means of the real and of many generated spectra, smoothed like the components,
  /// becomes the generator's offset; in rounds, as the max norm makes it nonlinear.
  private func snapshot(iteration: Int) -> GeneratorSnapshot {
    var snapshot = GeneratorSnapshot(
      design: design, basis: basis, centre: centre,
      offset: Array(repeating: 0, count: centre.count), shift: calibration.generatorShift,
      noise: noise, weights: average.values.elements)
    let smooth = GaussianSmoothing(width: basis.smoothing)
    let sampler = SpectrumSampler(snapshot, stream: evaluations.split(UInt64(iteration)).split(1))
    for _ in 0..<design.offsetRounds {
      sampler.sample(from: 0, into: offsetSpectra)
      let missing = smooth(zip(mean, meanSpectrum(of: offsetSpectra)).map { $0.0 - $0.1 })
      for j in missing.indices { snapshot.offset[j] += Float(missing[j]) }
      sampler.setOffset(snapshot.offset)
    }
    return snapshot
  }

  private func sample(
    _ snapshot: GeneratorSnapshot, count: Int, stream: RandomStream
  ) -> Matrix {
    let generated = Matrix(rows: count, columns: basis.channelCount)
    SpectrumSampler(snapshot, stream: stream).sample(from: 0, into: generated)
    return generated
  }

  private func quality(
    of generated: Matrix, iteration: Int, stream: RandomStream
  ) throws(TrainingError) -> SyntheticQuality {
    var stream = stream
    guard let quality = reference.quality(of: generated, using: &stream),
      discriminator.parameters.firstNonFinite == nil, generator.parameters.firstNonFinite == nil
    else { throw diverged(iteration) }
    return quality
  }

  /// Moves the variance of the generator's noise towards what makes its spectra scatter outside the
  /// components as the real ones do; the scatter inside is the adversaries' matter.
  private func followNoise(of generated: Matrix) {
    let level = residualNoise(of: generated)
    guard level > 0 else { return }
    let ratio = min(max(realResidualNoise * realResidualNoise / (level * level), 0.5), 2)
    let factor = Float(pow(ratio, design.noiseServoExponent))
    noise.scale(by: factor)
    noiseFactor *= factor
    generator.setNoise(noise)
  }

  private func residualNoise(of spectra: Matrix) -> Double {
    highFrequencyNoise(of: basis.residual(of: spectra, around: mean))
  }

  private func diverged(_ iteration: Int) -> TrainingError {
    .diverged(
      name: set.name, iteration: iteration,
      tensor: discriminator.parameters.firstNonFinite ?? generator.parameters.firstNonFinite
        ?? "the generated spectrum")
  }
}
