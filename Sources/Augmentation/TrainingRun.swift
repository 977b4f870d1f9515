internal import Evaluation
internal import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The training of one class from the first iteration to the chosen snapshot.
///
/// Between stretches of training the moving average of the generator is evaluated against the real
/// spectra, its noise is adjusted, and the ``StoppingCriterion`` decides.
final class TrainingRun {
  private let name: String
  private let design: DAGDesign
  private let basis: SharedBasis
  private let trainer: GANTrainer
  private let reference: QualityReference
  private let limits: QualityLimits
  private let realResidualNoise: Double
  private let evaluations: RandomStream
  private let offsetSpectra: Matrix
  private let spectra: Matrix
  private let paperLimits: PaperLimits?
  private var watch: TrainingWatch
  private var warnings: [TrainingRecord.Warning] = []
  private var noiseFactor: Float = 1

  /// Prepares the training of a class; `shiftLimit` as for ``GANTrainer``, `stream` is the class's own.
  init(
    _ set: TrainingSet, basis: SharedBasis, design: DAGDesign, shiftLimit: Double,
    stream: RandomStream
  ) throws(TrainingError) {
    name = set.name
    self.design = design
    self.basis = basis
    trainer = GANTrainer(
      set, basis: basis, design: design, shiftLimit: shiftLimit, stream: stream)
    realResidualNoise = highFrequencyNoise(
      of: basis.residual(of: set.spectra, around: trainer.mean))
    var splits = stream.split(GANTrainer.Use.null)
    let features = SpectralFeatures(
      mean: Matrix(rows: 1, elements: trainer.components.centre),
      components: basis.matrix.rows(0..<min(design.featureCount, basis.componentCount)))
    guard
      let reference = QualityReference(real: set.spectra, features: features, using: &splits)
    else { throw .nothingToLearn(name: set.name) }
    self.reference = reference
    limits = design.stopping.limits(reference.null)
    evaluations = stream.split(GANTrainer.Use.evaluations)
    offsetSpectra = Matrix(rows: design.offsetCount, columns: basis.channelCount)
    spectra = set.spectra
    watch = TrainingWatch(design, limits: limits)
    var batches = stream.split(GANTrainer.Use.paper)
    if design.stopping.rule == .paper {
      guard
        let limits = PaperLimits(set.spectra, batchSize: design.batchSize, using: &batches)
      else { throw .nothingToLearn(name: set.name) }
      paperLimits = limits
    } else {
      paperLimits = nil
    }
  }

  /// Trains until the stopping rule is met or the iterations are done.
  func run(
    report: (TrainingRecord.Evaluation, _ threshold: Double, _ warning: String?) -> Void
  ) throws(TrainingError) -> TrainedGenerator {
    let stopping = design.stopping
    var done: [TrainingRecord.Evaluation] = []
    var best: Candidate?
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
      let warning = watch.warning(after: done)
      if let warning { warnings.append(.init(iteration: iteration, text: warning)) }
      report(evaluation, limits.frechetDistance, warning)
      followNoise(of: generated)
      let isLast = iteration == stopping.maximumIterations
      guard iteration >= stopping.minimumIterations || isLast else { continue }
      let paper = try paper(of: generated, iteration: iteration, stream: stream)
      let candidate = Candidate(evaluation: evaluation, snapshot: snapshot, paper: paper)
      // The paper takes the generator as it is; the other rules know which was the best.
      if paper != nil || best.map({ isBetter(evaluation, than: $0.evaluation) }) ?? true {
        best = candidate
      }
      passes = limits.admit(evaluation.quality) ? passes + 1 : 0
      let mayStop =
        switch stopping.rule {
        case .calibrated: passes >= stopping.patience
        case .paper: paper.map { $0.limits.admit($0.metrics) } ?? false
        case .iterations: false
        }
      guard let chosen = best, mayStop || isLast else { continue }
      let trained = try finish(chosen, after: done)
      if stopping.rule == .paper || isLast || trained.record.shortcomings.isEmpty { return trained }
      // The snapshot only seemed good: it makes room for a later one.
      best = nil
      passes = 0
    }
  }

  /// A snapshot that may be taken.
  private struct Candidate {
    let evaluation: TrainingRecord.Evaluation
    let snapshot: GeneratorSnapshot
    let paper: TrainingRecord.Paper?
  }

  /// Tests the chosen snapshot with fresh spectra.
  private func finish(
    _ chosen: Candidate, after done: [TrainingRecord.Evaluation]
  ) throws(TrainingError) -> TrainedGenerator {
    let iteration = done.last?.iteration ?? 0
    let fresh = evaluations.split(UInt64(iteration)).split(2)
    let confirmed = try quality(
      of: sample(
        chosen.snapshot, count: design.stopping.confirmationCount, stream: fresh.split(0)),
      iteration: iteration, stream: fresh)
    return TrainedGenerator(
      snapshot: chosen.snapshot,
      record: TrainingRecord(
        name: name, spectrumCount: reference.count, channelCount: basis.channelCount,
        calibration: trainer.calibration, componentCount: basis.componentCount,
        smoothing: basis.smoothing, limits: limits,
        nullMedian: reference.null.quantile(0.5, of: \.frechetDistance),
        groupSize: reference.null.groupSize, evaluations: done, iterations: iteration,
        chosen: chosen.evaluation, quality: confirmed,
        shortcomings: limits.shortcomings(of: confirmed), rule: design.stopping.rule,
        paper: chosen.paper, warnings: warnings))
  }

  /// The fewer shortcomings beside the distances, then the smaller Fréchet distance.
  private func isBetter(
    _ new: TrainingRecord.Evaluation, than old: TrainingRecord.Evaluation
  ) -> Bool {
    let faults = [new, old].map { evaluation in
      var quality = evaluation.quality
      (quality.frechetDistance, quality.kernelDistance) = (0, 0)
      return limits.shortcomings(of: quality).count
    }
    if faults[0] != faults[1] { return faults[0] < faults[1] }
    return new.quality.frechetDistance < old.quality.frechetDistance
  }

  /// The paper's metrics of one batch; nil if they are not the rule.
  private func paper(
    of generated: Matrix, iteration: Int, stream: RandomStream
  ) throws(TrainingError) -> TrainingRecord.Paper? {
    guard let paperLimits else { return nil }
    var batches = stream.split(3)
    let real = spectra.batch(of: paperLimits.batchSize, using: &batches)
    guard
      let metrics = PaperMetrics(
        of: generated.rows(0..<paperLimits.batchSize), against: real)
    else { throw diverged(iteration) }
    return TrainingRecord.Paper(metrics: metrics, limits: paperLimits)
  }

  /// Returns the mean losses of the discriminator and the generator.
  private func train(
    iterations: Int, after first: Int
  ) throws(TrainingError) -> (discriminator: Double, generator: Double) {
    var sums = (discriminator: 0.0, generator: 0.0)
    for iteration in first + 1...first + iterations {
      let losses = trainer.step()
      guard losses.discriminator.isFinite && losses.generator.isFinite else {
        throw diverged(iteration)
      }
      sums.discriminator += Double(losses.discriminator)
      sums.generator += Double(losses.generator)
    }
    return (sums.discriminator / Double(iterations), sums.generator / Double(iterations))
  }

  /// The moving average, its mean spectrum corrected.
  ///
  /// The adversaries know the mean to about a fifth of the spectra's scatter only. So what is left
  /// between the means of the real and of many generated spectra, smoothed like the components,
  /// becomes the generator's offset; in rounds, as the max norm makes it nonlinear.
  private func snapshot(iteration: Int) -> GeneratorSnapshot {
    var snapshot = GeneratorSnapshot(
      design: trainer.design, components: trainer.components,
      offset: Array(repeating: 0, count: basis.channelCount),
      shift: trainer.calibration.generatorShift, noise: trainer.noise,
      weights: trainer.averageWeights)
    let smooth = GaussianSmoothing(width: basis.smoothing)
    let sampler = SpectrumSampler(snapshot, stream: evaluations.split(UInt64(iteration)).split(1))
    for _ in 0..<design.offsetRounds {
      sampler.sample(from: 0, into: offsetSpectra)
      let missing = smooth(zip(trainer.mean, meanSpectrum(of: offsetSpectra)).map { $0.0 - $0.1 })
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
      trainer.firstNonFinite == nil
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
    trainer.noise.scale(by: factor)
    noiseFactor *= factor
  }

  private func residualNoise(of spectra: Matrix) -> Double {
    highFrequencyNoise(of: basis.residual(of: spectra, around: trainer.mean))
  }

  private func diverged(_ iteration: Int) -> TrainingError {
    .diverged(
      name: name, iteration: iteration,
      tensor: trainer.firstNonFinite ?? "the generated spectrum")
  }
}
