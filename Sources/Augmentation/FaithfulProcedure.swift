/// What the paper's own procedure has beside the choices it shares with ``DAGDesign``.
///
/// After what public code of 2023 by the first author of del-Pozo-Bueno et al., Microsc. Microanal. 30
/// (2024) 278, doi 10.1093/mam/ozae014, does. None of this program's mends: networks work on all
/// channels, nothing is taken from the spectra. Two scales are not known and are ours: that of the
/// generator's counts, taken like the Gaussian's, and that of T2's, the mean over the channels of
/// the standard deviation across the spectra.
public struct FaithfulProcedure: Codable, Sendable, Equatable {
  /// LeakyReLU: the slope below 0.
  public var leakySlope: Float = 0.3
  /// The generator's parallel branches.
  public var generatorBranches = 6
  /// The widths of a branch's dense layers, as shares of channels / branches.
  public var generatorShares = [0.85, 0.75, 0.5, 1]
  /// PoissonNoise after each of them: the mean of the counts.
  public var hiddenCounts = 0.5
  /// PoissonNoise: the counts times this.
  public var hiddenCountScale: Float = 0.15
  /// GaussianNoise after it: standard deviation.
  public var hiddenGaussian: Float = 0.15
  /// Translation at the end of each branch: by so many units, either way.
  public var hiddenTranslation = 1...6
  /// The widths of the dense layers of a discriminator's branches before minibatch discrimination, as
  /// shares of the channels.
  public var discriminatorShares = [1, 0.8, 0.6]
  /// The width of the dense layer after it, as a share of the channels.
  public var lastShare = 0.2
  /// Dropout after each dense layer before minibatch discrimination.
  public var dropout = 0.5
  /// Minibatch discrimination: the kernels of each branch.
  public var minibatchKernels = [100, 150]
  /// Minibatch discrimination: the dimensions of a kernel in each branch.
  public var minibatchDimensions = [5, 8]
  /// T1: one whole number of channels a batch, either way.
  public var shift = 1...10
  /// T2: the mean of the counts that are added.
  public var counts = 0.5

  /// Creates the procedure of the public code.
  public init() {}

  /// Throws ``TrainingError/unusableDesign(_:)`` when a value makes no sense on so many channels.
  func validate(channels: Int) throws(TrainingError) {
    let smallest = width(generatorShares.last ?? 0, of: channels / max(generatorBranches, 1))
    let shares = generatorShares + discriminatorShares + [lastShare]
    guard generatorBranches > 0, !generatorShares.isEmpty, !discriminatorShares.isEmpty,
      shares.allSatisfy({ $0 > 0 && $0 <= 4 }), minibatchKernels.allSatisfy({ $0 > 0 }),
      minibatchKernels.count == minibatchDimensions.count, !minibatchKernels.isEmpty,
      minibatchDimensions.allSatisfy({ $0 > 0 })
    else {
      throw .unusableDesign(
        "faithful: branches, widths, kernels and dimensions must be positive, one number of kernels "
          + "and of dimensions for each branch of the discriminator")
    }
    guard hiddenTranslation.lowerBound >= 0, hiddenTranslation.upperBound < smallest,
      shift.lowerBound >= 0, shift.upperBound < channels
    else {
      throw .unusableDesign(
        "faithful: translations of \(hiddenTranslation) units of \(smallest) and \(shift) channels "
          + "of \(channels) do not fit")
    }
    guard hiddenCounts > 0, hiddenCounts <= 8, counts > 0, counts <= 8, dropout >= 0, dropout < 1,
      leakySlope > 0, leakySlope < 1, hiddenCountScale >= 0, hiddenGaussian >= 0
    else {
      throw .unusableDesign(
        "faithful: mean counts must lie within 0 … 8, dropout and leakySlope within 0 … 1, and "
          + "noise not be negative")
    }
  }

  /// A share of a width, at least 1.
  func width(_ share: Double, of whole: Int) -> Int { max(Int(share * Double(whole)), 1) }
}

extension DAGDesign {
  /// The paper's own procedure with one of its four schemes, its metrics and its stopping rule.
  public static func faithful(_ scheme: Scheme) -> DAGDesign {
    var design = DAGDesign(scheme: scheme)
    design.faithful = FaithfulProcedure()
    design.latentCount = 30
    design.batchSize = 32
    design.generatorRate = 1e-4
    design.discriminatorRate = 5e-4
    // Those of Keras.
    design.beta1 = 0.9
    design.beta2 = 0.999
    design.realTarget = 0.9
    (design.plainWeight, design.shiftWeight, design.noiseWeight) = (1, 1, 1)
    design.minibatchDistance = 1
    design.instanceNoise = 0
    design.averageDecay = 0
    design.stretchRounds = 0
    design.offsetRounds = 0
    design.stopping.rule = .paper
    design.evaluationInterval = 25
    design.stopping.minimumIterations = 25
    design.stopping.maximumIterations = 5000
    return design
  }
}
