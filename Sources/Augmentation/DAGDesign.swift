internal import Evaluation

/// Every choice that shapes the training of a data-augmentation GAN.
///
/// The schemes are del-Pozo-Bueno et al., Microsc. Microanal. 30 (2024) 278, doi
/// 10.1093/mam/ozae014: real and generated spectra reach the discriminators untransformed, shifted in
/// energy (T1) and with added counting noise (T2). The values are those with which it works on 125
/// noisy spectra a class.
/// Lengths along the energy axis are in channels.
public struct DAGDesign: Codable, Sendable, Equatable {
  /// What the networks are made of.
  public enum Architecture: String, Codable, Sendable, CaseIterable {
    /// A few dense layers.
    case simpleDense = "SimpleDense"
    /// More dense layers in both networks.
    case largeDense = "LargeDense"
    /// One-dimensional convolutions in the generator and in one branch of the discriminator.
    case simpleConvo = "SimpleConvo"
    /// Dense layers that end, and begin, with coefficients of the shared components.
    case subspace = "Subspace"
  }

  /// Which discriminators see which transformations.
  public var scheme = Scheme.singleBiTrans
  /// What the networks are made of.
  public var architecture = Architecture.simpleDense

  // The generator.

  /// The number of normal deviates from which a spectrum is generated.
  public var latentCount = 64
  /// The widths of the generator's dense hidden layers.
  public var generatorWidths = [128, 256]
  /// Translation: the first hidden layer rolls by up to this many units either way.
  public var hiddenRoll = 2
  /// GaussianNoise: standard deviation after the first hidden layer.
  public var hiddenGaussian: Float = 0.05
  /// PoissonNoise: standard deviation √h times this after every further hidden layer.
  public var hiddenPoisson: Float = 0.05
  /// The output layer's first weights, times this; with weights 0 it gives the class's mean spectrum.
  public var outputWeightScale: Float = 0.3
  /// The smallest divisor of the max norm that the generator ends with.
  public var smallestMaximum: Float = 0.5

  // The discriminator.

  /// The widths of the dense layers of each branch, minibatch discrimination after the first and the
  /// last.
  public var branches = [[128, 64], [64, 32]]
  /// The width of the layer that sees all branches.
  public var lastWidth = 32
  /// Minibatch discrimination: the number of kernels.
  public var minibatchKernels = 16
  /// Minibatch discrimination: the dimensions of each kernel.
  public var minibatchDimensions = 5

  /// Minibatch discrimination: half the mean distance to the nearest spectrum, at the start.
  ///
  /// Small, so that exp(−distance) answers to all spectra of a batch and not to the nearest
  /// alone, by which a discriminator learns few spectra by heart.
  public var minibatchDistance = 0.03

  // The convolutions of SimpleConvo.

  /// The channels of the generator's convolutions, from the fewest points on.
  public var generatorChannels = [32, 16, 8]
  /// The channels after each of the discriminator's convolutions, in its first branch.
  public var discriminatorChannels = [8, 16, 16]
  /// The points of a convolution's kernel.
  public var convolutionKernel = 5
  /// How many times more points each of the generator's stages has, and fewer the discriminator's.
  public var convolutionStride = 4

  // The transformations and what the data say about them.

  /// T1 shifts by up to ±√3 times the class's own drift (the uniform distribution with the drift's
  /// standard deviation), and never more than this: a shift without regard to the data would bridge
  /// classes that differ by a few tenths of an eV.
  public var largestShift = 4.0
  /// T1 shifts by up to this much even without drift.
  public var smallestShift = 0.25
  /// The generator's own output shift, as a share of T1's.
  public var generatorShiftShare = 0.5
  /// T2's variance, as a share of the counting noise that the spectra have themselves.
  public var noiseShare: Float = 0.5

  /// The noise on what a discriminator sees, the coordinates along the shared components: standard
  /// deviation, as a share of the real spectra's.
  public var instanceNoise: Float = 0.5

  // The shared basis.

  /// The number of principal components on which generated spectra are projected, and through which
  /// the discriminator sees all spectra.
  public var componentCount = 16
  /// The widest smoothing of the components: Gaussian standard deviation.
  public var widestSmoothing = 2.0
  /// The number of leading components in which the Fréchet distance is measured.
  public var featureCount = 10

  // The training.

  /// The number of spectra in a batch; at most as many as the class has.
  public var batchSize = 32
  /// Discriminator steps an iteration; one generator step follows.
  public var discriminatorSteps = 2
  /// Adam's learning rate of the discriminator.
  ///
  /// Faster ones learn a hundred experimental spectra by heart, after which the generator loses its
  /// way: at 4e-4 its diversity fell to a half within 1,000 iterations.
  public var discriminatorRate = 2e-4
  /// Adam's learning rate of the generator; smaller (two time scales, arXiv 1706.08500).
  public var generatorRate = 1.5e-4
  /// Adam's β₁.
  public var beta1 = 0.5
  /// Adam's β₂.
  public var beta2 = 0.9
  /// One-sided label smoothing: the target probability of real spectra.
  public var realTarget: Float = 0.9
  /// The weight of the loss of untransformed spectra.
  public var plainWeight: Float = 1
  /// The weight of the loss of T1.
  public var shiftWeight: Float = 0.5
  /// The weight of the loss of T2.
  public var noiseWeight: Float = 0.5
  /// λ of ``Scheme/sharedHeads``: a factor of the weights of T1 and T2.
  public var headsWeight: Float = 1
  /// The decay of the moving average of the generator's weights, from which spectra are drawn.
  public var averageDecay = 0.995
  /// The iterations between two evaluations, after each of which the generator's noise is adjusted.
  public var evaluationInterval = 100
  /// The spectra generated for an evaluation.
  public var evaluationCount = 256
  /// How fast the noise follows: its variance is multiplied by (real/generated variance)^this.
  public var noiseServoExponent = 0.7
  /// The spectra whose mean, and covariance, the generator's offset and stretch make the real ones.
  public var momentCount = 640
  /// Denoised spectra: the rounds in which the stretch is found; 0 leaves the covariance as the networks have it.
  public var stretchRounds = 2
  /// The rounds, after those, in which the offset is found; 0 leaves the mean as it is then.
  public var offsetRounds = 2
  /// The paper's own procedure in place of what this program does otherwise; nil for the latter.
  public var faithful: FaithfulProcedure?
  /// When to stop.
  public var stopping = StoppingCriterion()

  /// Creates the design that works; set what differs.
  public init(
    scheme: Scheme = .singleBiTrans, architecture: Architecture = .simpleDense
  ) {
    self.scheme = scheme
    self.architecture = architecture
    switch architecture {
    case .simpleDense: break
    case .largeDense:
      generatorWidths = [128, 256, 256, 256]
      branches = [[128, 128, 64], [64, 64, 32]]
    case .simpleConvo:
      // Coefficients in units of their standard deviation follow small steps slowly.
      outputWeightScale = 1
      generatorRate = 1e-3
      discriminatorRate = 5e-4
    case .subspace:
      // Some ten coefficients need no more: layers twice as wide took twice the time and were no better.
      generatorWidths = [64, 128]
      branches = [[64, 32], [32, 16]]
      outputWeightScale = 1
      // At twice these rates a class of SNR 0.9 never found its mean.
      generatorRate = 5e-4
      discriminatorRate = 2.5e-4
    }
  }

  /// The widest layer that is taken: wider ones are mistakes, for which there may be no memory.
  private static let widestLayer = 16_384

  /// The weight of the loss of a view.
  func weight(of view: View) -> Float {
    let share = scheme.hasHeads ? headsWeight : 1
    return switch view {
    case .plain: plainWeight
    case .shifted: share * shiftWeight
    case .noisy: share * noiseWeight
    }
  }

  /// Throws ``TrainingError/unusableDesign(_:)`` when a value makes no sense.
  func validate() throws(TrainingError) {
    func all(_ name: String, _ counts: [Int]) -> [(String, Int)] {
      [("\(name).count", counts.count)]
        + counts.enumerated().map { ("\(name)[\($0.offset)]", $0.element) }
    }
    let lists =
      all("generatorWidths", generatorWidths) + all("generatorChannels", generatorChannels)
      + all("discriminatorChannels", discriminatorChannels)
      + branches.enumerated().flatMap { all("branches[\($0.offset)]", $0.element) }
    let sizes =
      lists + [
        ("latentCount", latentCount), ("lastWidth", lastWidth),
        ("minibatchKernels", minibatchKernels), ("minibatchDimensions", minibatchDimensions),
      ]
    let counts =
      sizes + [
        ("branches.count", branches.count), ("convolutionKernel", convolutionKernel),
        ("convolutionStride", convolutionStride), ("componentCount", componentCount),
        ("featureCount", featureCount),
        ("discriminatorSteps", discriminatorSteps), ("evaluationInterval", evaluationInterval),
        ("stopping.patience", stopping.patience),
      ]
    for (name, count) in counts where count < 1 {
      throw .unusableDesign("\(name) is \(count); it must be at least 1")
    }
    for (name, count) in sizes where count > Self.widestLayer {
      throw .unusableDesign("\(name) is \(count); it must be at most \(Self.widestLayer)")
    }
    func require(_ holds: Bool, _ sentence: String) throws(TrainingError) {
      if !holds { throw .unusableDesign(sentence) }
    }
    try require(batchSize > 1, "batchSize is \(batchSize); minibatch discrimination needs 2")
    try require(
      evaluationCount >= QualityReference.largestGroup,
      "evaluationCount is \(evaluationCount); it must be at least \(QualityReference.largestGroup)")
    try require(
      stopping.confirmationCount >= QualityReference.largestGroup && instanceNoise >= 0,
      "stopping.confirmationCount is \(stopping.confirmationCount), at least "
        + "\(QualityReference.largestGroup) are needed, and instanceNoise must not be negative")
    try require(
      branches.allSatisfy { $0.count > 1 } && convolutionKernel % 2 == 1,
      "branches are \(branches), each of at least two widths, and convolutionKernel is "
        + "\(convolutionKernel), which must be odd")
    try require(
      hiddenRoll >= 0 && hiddenRoll < generatorWidths[0],
      "hiddenRoll is \(hiddenRoll); the layer has \(generatorWidths[0]) units")
    try require(
      smallestShift >= 0 && largestShift >= smallestShift && largestShift < 32,
      "shifts from \(smallestShift) to \(largestShift) channels; they must rise and stay below 32")
    try require(
      generatorShiftShare >= 0 && generatorShiftShare <= 1 && noiseShare >= 0,
      "generatorShiftShare must lie within 0 … 1 and noiseShare not be negative")
    try require(
      [plainWeight, shiftWeight, noiseWeight, headsWeight].allSatisfy { $0 >= 0 && $0.isFinite },
      "plainWeight, shiftWeight, noiseWeight and headsWeight must not be negative")
    try require(
      discriminatorRate >= 0 && generatorRate >= 0,
      "discriminatorRate is \(discriminatorRate), generatorRate \(generatorRate); they must not be "
        + "negative")
    try require(minibatchDistance > 0, "minibatchDistance is \(minibatchDistance)")
    try require(
      stretchRounds >= 0 && offsetRounds >= 0 && momentCount > 1,
      "\(stretchRounds) and \(offsetRounds) rounds with \(momentCount) spectra")
    try require(
      (0.5...1).contains(stopping.nullQuantile) && stopping.noiseSpreadFactor >= 1
        && stopping.smallestDiversity <= stopping.largestDiversity,
      "a limit of the stopping criterion: nullQuantile \(stopping.nullQuantile) must lie within "
        + "0.5 … 1, noiseSpreadFactor be at least 1, and the diversities rise")
    try require(
      faithful == nil || architecture == .simpleDense && !scheme.hasHeads,
      "the paper's own procedure has the architecture SimpleDense and one of the paper's four "
        + "schemes, not \(architecture.rawValue) and \(scheme.rawValue)")
    try require(smallestMaximum > 0, "smallestMaximum is \(smallestMaximum); it must be positive")
    try require(widestSmoothing >= 0, "widestSmoothing is \(widestSmoothing)")
    try require(
      (0..<1).contains(beta1) && (0..<1).contains(beta2) && (0..<1).contains(averageDecay),
      "beta1, beta2 and averageDecay must lie within 0 … 1")
    try require(
      stopping.minimumIterations >= 0
        && stopping.maximumIterations >= max(evaluationInterval, stopping.minimumIterations),
      "stopping between \(stopping.minimumIterations) and \(stopping.maximumIterations) iterations "
        + "with an evaluation every \(evaluationInterval)")
  }
}
