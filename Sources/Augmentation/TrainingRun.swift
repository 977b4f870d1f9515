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
  private let realCovariance: [Double]
  private let evaluations: RandomStream
  private let momentSpectra: Matrix
  private let spectra: Matrix
  private let paperLimits: PaperLimits?
  private let start: WarmStart?
  private var watch: TrainingWatch
  private var warnings: [TrainingRecord.Warning] = []
  private var course = Course()

  /// Prepares the training of a class; `shiftLimit` as for ``GANTrainer``, `stream` is the class's own.
  init(
    _ set: TrainingSet, basis: SharedBasis, design: DAGDesign, shiftLimit: Double,
    start: WarmStart? = nil, stream: RandomStream
  ) throws(TrainingError) {
    name = set.name
    self.start = start
    self.design = design
    self.basis = basis
    trainer = GANTrainer(
      set, basis: basis, design: design, shiftLimit: shiftLimit, stream: stream)
    if let start {
      do {
        try trainer.start(from: start)
      } catch {
        throw .unusableStart(name: set.name, reason: error.description)
      }
    }
    realResidualNoise = highFrequencyNoise(
      of: basis.residual(of: set.measured, around: trainer.mean))
    realCovariance = CovarianceTransport.covariance(of: basis.coefficients(of: set.measured))
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
    momentSpectra = Matrix(rows: design.momentCount, columns: basis.channelCount)
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

  /// How far the training has come, between two iterations.
  private struct Course: Codable {
    var iteration = 0
    var discriminatorLosses = 0.0
    var generatorLosses = 0.0
    var noiseFactor: Float = 1
    var evaluations: [TrainingRecord.Evaluation] = []
    var best: Candidate?
    var passes = 0
  }

  /// A snapshot that may be taken.
  private struct Candidate: Codable {
    var evaluation: TrainingRecord.Evaluation
    var snapshot: GeneratorSnapshot
    var paper: TrainingRecord.Paper?
  }

  /// What a checkpoint holds.
  private struct Checkpoint: Codable {
    var course: Course
    var trainer: GANTrainer.State
  }

  /// The entries of a checkpoint: of a training that goes on, or of one that is done.
  private enum Key {
    static let running = "running"
    static let finished = "finished"
  }

  /// The generator of a class whose training was done when its checkpoint was written.
  static func finished(in checkpoint: TensorArchive) throws -> TrainedGenerator? {
    guard checkpoint.texts[Key.finished] != nil else { return nil }
    let generator: TrainedGenerator = try checkpoint.decode(from: Key.finished)
    try generator.snapshot.validate()
    return generator
  }

  /// Goes back to where a checkpoint was written.
  func restore(_ checkpoint: TensorArchive) throws {
    let checkpoint: Checkpoint = try checkpoint.decode(from: Key.running)
    try checkpoint.course.best?.snapshot.validate()
    try trainer.restore(checkpoint.trainer)
    course = checkpoint.course
    for count in course.evaluations.indices.map({ $0 + 1 }) {
      _ = warning(after: Array(course.evaluations[..<count]))
    }
  }

  /// The iterations done.
  var iteration: Int { course.iteration }

  /// Trains until the stopping rule is met or the iterations are done.
  func run(
    keeping keeper: CheckpointKeeper? = nil,
    report: (TrainingRecord.Evaluation, QualityLimits, _ warning: String?) -> Void
  ) throws -> TrainedGenerator {
    if let last = course.evaluations.last { report(last, limits, nil) }
    while true {
      let evaluated = course.evaluations.last?.iteration ?? 0
      let next = min(evaluated + design.evaluationInterval, design.stopping.maximumIterations)
      try step()
      if course.iteration == next, let generator = try evaluate(after: evaluated, report) {
        try keeper?.save(generator, as: Key.finished)
        return generator
      }
      try keeper?.visit(iteration: course.iteration, isEvaluated: course.iteration == next) {
        if trainer.firstNonFinite != nil { throw diverged }
        try keeper?.save(Checkpoint(course: course, trainer: trainer.state), as: Key.running)
      }
    }
  }

  /// One iteration.
  private func step() throws(TrainingError) {
    let losses = trainer.step()
    course.iteration += 1
    guard losses.discriminator.isFinite && losses.generator.isFinite else { throw diverged }
    course.discriminatorLosses += Double(losses.discriminator)
    course.generatorLosses += Double(losses.generator)
  }

  /// Evaluates the moving average; returns the chosen generator when training is done.
  private func evaluate(
    after last: Int,
    _ report: (TrainingRecord.Evaluation, QualityLimits, _ warning: String?) -> Void
  ) throws(TrainingError) -> TrainedGenerator? {
    let stopping = design.stopping
    let iteration = course.iteration
    let snapshot = snapshot()
    let stream = evaluations.split(UInt64(iteration))
    let generated = sample(snapshot, count: design.evaluationCount, stream: stream.split(0))
    let evaluation = TrainingRecord.Evaluation(
      iteration: iteration,
      discriminatorLoss: course.discriminatorLosses / Double(iteration - last),
      generatorLoss: course.generatorLosses / Double(iteration - last),
      quality: try quality(of: generated, stream: stream), noiseFactor: course.noiseFactor)
    course.discriminatorLosses = 0
    course.generatorLosses = 0
    course.evaluations.append(evaluation)
    report(evaluation, limits, warning(after: course.evaluations))
    if design.faithful == nil { followNoise(of: generated) }
    let isLast = iteration == stopping.maximumIterations
    // The iterations from which on snapshots count; earlier ones do when there are no others.
    let minimum = stopping.minimumIterations - (start?.iterations ?? 0)
    let isEarly = iteration < minimum
    if last < minimum && !isEarly && !isLast { course.best = nil }
    let paper = try paper(of: generated, stream: stream)
    // The paper takes the generator as it is; the other rules know which was the best.
    if paper != nil || course.best.map({ isBetter(evaluation, than: $0.evaluation) }) ?? true {
      course.best = Candidate(evaluation: evaluation, snapshot: snapshot, paper: paper)
    }
    course.passes = !isEarly && limits.admit(evaluation.quality) ? course.passes + 1 : 0
    let mayStop =
      switch stopping.rule {
      case .calibrated: course.passes >= stopping.patience
      case .paper: !isEarly && paper.map { $0.limits.admit($0.metrics) } ?? false
      case .iterations: false
      }
    guard let chosen = course.best, mayStop || isLast else { return nil }
    let trained = try finish(chosen, isTested: mayStop)
    if stopping.rule == .paper || isLast || trained.record.shortcomings.isEmpty { return trained }
    // The snapshot only seemed good: it makes room for a later one.
    course.best = nil
    course.passes = 0
    return nil
  }

  /// What to say after the newest of some evaluations; kept for the record.
  private func warning(after evaluations: [TrainingRecord.Evaluation]) -> String? {
    guard let last = evaluations.last, let text = watch.warning(after: evaluations) else {
      return nil
    }
    warnings.append(.init(iteration: last.iteration, text: text))
    return text
  }

  /// Tests the chosen snapshot with fresh spectra; unless it `isTested`, its own evaluation counts, too.
  private func finish(
    _ chosen: Candidate, isTested: Bool
  ) throws(TrainingError) -> TrainedGenerator {
    let fresh = evaluations.split(UInt64(course.iteration)).split(2)
    let confirmed = try quality(
      of: sample(
        chosen.snapshot, count: design.stopping.confirmationCount, stream: fresh.split(0)),
      stream: fresh)
    var shortcomings = limits.shortcomings(of: confirmed)
    if !isTested {
      for other in limits.shortcomings(of: chosen.evaluation.quality)
      where !shortcomings.contains(other) {
        shortcomings.append(other)
      }
    }
    return TrainedGenerator(
      snapshot: chosen.snapshot,
      record: TrainingRecord(
        name: name, spectrumCount: reference.count, channelCount: basis.channelCount,
        calibration: trainer.calibration, componentCount: basis.componentCount,
        smoothing: basis.smoothing, limits: limits,
        nullMedian: reference.null.quantile(0.5, of: \.frechetDistance),
        groupSize: reference.null.groupSize, evaluations: course.evaluations,
        iterations: course.iteration, chosen: chosen.evaluation, quality: confirmed,
        shortcomings: shortcomings, samplesNoise: design.faithful == nil,
        rule: design.stopping.rule,
        paper: chosen.paper, warnings: warnings,
        start: start.map { .init(origin: $0.origin, iterations: $0.iterations) }))
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
    of generated: Matrix, stream: RandomStream
  ) throws(TrainingError) -> TrainingRecord.Paper? {
    guard let paperLimits else { return nil }
    var batches = stream.split(3)
    let real = spectra.batch(of: paperLimits.batchSize, using: &batches)
    guard
      let metrics = PaperMetrics(
        of: generated.rows(0..<paperLimits.batchSize), against: real)
    else { throw diverged }
    return TrainingRecord.Paper(metrics: metrics, limits: paperLimits)
  }

  /// The moving average, its mean spectrum corrected, and the covariance of denoised spectra.
  ///
  /// The adversaries know the mean to about a fifth of the spectra's scatter only, and the scatter along
  /// minor components hardly at all. So what is left between the means of the real and of many generated spectra,
  /// smoothed like the components, becomes the generator's offset; in rounds, as the max norm makes it nonlinear.
  /// Where the spectra lie in the components exactly, the map between the covariances becomes its stretch before.
  /// Noisy spectra scatter less than they seem to: the components were chosen by these very spectra, along whose
  /// noise they lie, so that the covariance of new ones is another.
  private func snapshot() -> GeneratorSnapshot {
    let order = basis.componentCount
    var snapshot = GeneratorSnapshot(
      design: trainer.design, components: trainer.components,
      stretch: (0..<order * order).map { $0 / order == $0 % order ? 1 : 0 },
      offset: Array(repeating: 0, count: basis.channelCount),
      shift: trainer.calibration.generatorShift, noise: trainer.noise,
      weights: trainer.averageWeights)
    let smooth = GaussianSmoothing(width: basis.smoothing)
    let stream = evaluations.split(UInt64(course.iteration)).split(1)
    let stretchRounds = basis.isExact ? design.stretchRounds : 0
    for round in 0..<stretchRounds + design.offsetRounds {
      SpectrumSampler(snapshot, stream: stream).sample(from: 0, into: momentSpectra)
      if round < stretchRounds { stretch(&snapshot) }
      let missing = smooth(zip(trainer.mean, meanSpectrum(of: momentSpectra)).map { $0.0 - $0.1 })
      for j in missing.indices { snapshot.offset[j] += Float(missing[j]) }
    }
    return snapshot
  }

  /// Takes the map from the covariance of the newest generated spectra to that of the real ones after the
  /// stretch so far.
  private func stretch(_ snapshot: inout GeneratorSnapshot) {
    let order = basis.componentCount
    let made = CovarianceTransport.covariance(of: basis.coefficients(of: momentSpectra))
    // What is not finite ends the training with its own error.
    guard let step = CovarianceTransport(from: made, to: realCovariance, order: order) else {
      return
    }
    let product = Matrix(rows: order, columns: order)
    product.setProduct(
      Matrix(rows: order, elements: step.map.map(Float.init)),
      Matrix(rows: order, elements: snapshot.stretch))
    snapshot.stretch = product.elements
  }

  private func sample(
    _ snapshot: GeneratorSnapshot, count: Int, stream: RandomStream
  ) -> Matrix {
    let generated = Matrix(rows: count, columns: basis.channelCount)
    SpectrumSampler(snapshot, stream: stream).sample(from: 0, into: generated)
    return generated
  }

  private func quality(
    of generated: Matrix, stream: RandomStream
  ) throws(TrainingError) -> SyntheticQuality {
    var stream = stream
    guard let quality = reference.quality(of: generated, using: &stream),
      trainer.firstNonFinite == nil
    else { throw diverged }
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
    course.noiseFactor *= factor
  }

  private func residualNoise(of spectra: Matrix) -> Double {
    highFrequencyNoise(of: basis.residual(of: spectra, around: trainer.mean))
  }

  private var diverged: TrainingError {
    .diverged(
      name: name, iteration: course.iteration,
      tensor: trainer.firstNonFinite ?? "the generated spectrum")
  }
}
