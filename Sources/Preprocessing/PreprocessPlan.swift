internal import Spectra

/// What will be done to every spectrum, with nothing left to decide: the record of a run.
///
/// The one decision that needs a first pass over all spectra, the automatic number of components,
/// is open (`components` nil, `componentReason` says so) until the run has made it.
public struct PreprocessPlan: Sendable, Equatable, Codable {
  /// A run of channels and its energies.
  public struct Channels: Sendable, Equatable, Codable {
    /// The first channel, counted on the source's axis.
    public var first: Int
    /// The number of channels.
    public var count: Int
    /// The energy of the first channel, eV.
    public var firstEnergy: Double
    /// The energy of the last channel, eV.
    public var lastEnergy: Double

    init(_ range: Range<Int>, axis: UniformAxis) {
      first = range.lowerBound
      count = range.count
      firstEnergy = axis[range.lowerBound]
      lastEnergy = axis[range.upperBound - 1]
    }

    /// The channels on the source's axis.
    public var range: Range<Int> { first..<(first + count) }
  }

  /// The power law that is fitted and subtracted.
  public struct Background: Sendable, Equatable, Codable {
    /// The method.
    public var fit: PreprocessOptions.BackgroundFit
    /// The channels of the fit.
    public var window: Channels
    /// The exponent of the mean spectrum, used where a spectrum gives none of its own.
    public var imageExponent: Double
    /// The exponents of the two power laws of ``PreprocessOptions/BackgroundFit/linearCombination``.
    public var fixedExponents: [Double]?
  }

  /// The alignment of the energy scales.
  public struct Alignment: Sendable, Equatable, Codable {
    /// The method.
    public var method: PreprocessOptions.Alignment
    /// The channels that are compared.
    public var window: Channels
  }

  /// A step, in the order in which the steps are done.
  public enum Step: String, Sendable, Equatable, Codable {
    /// Flags of the raw counts.
    case flags
    /// Replacement of spikes.
    case spikes
    /// Fit and subtraction of the background.
    case background
    /// Alignment of the energy scales.
    case alignment
    /// Test for a signal above background and noise.
    case signalTest = "signal test"
    /// Restriction to the kept channels.
    case crop
    /// Division by the norm.
    case norm
    /// Projection on the principal components of all usable spectra.
    case components
    /// Division by the norm of the denoised spectrum.
    case normAgain = "norm again"
  }

  /// The channels that are kept.
  public var crop: Channels
  /// The background; nil when it is left alone.
  public var background: Background?
  /// Why the background is treated as it is, one line.
  public var backgroundReason: String
  /// The alignment; nil when energy scales are left.
  public var alignment: Alignment?
  /// What spectra are divided by.
  public var norm: PreprocessOptions.Norm
  /// The number of principal components kept; nil for no denoising, or while it is open.
  public var components: Int?
  /// How spectra are weighted for the components; nil for no denoising.
  public var weighting: PreprocessOptions.Weighting?
  /// Why this number, one line.
  public var componentReason: String
  /// The counts from which on an integer channel is saturated; nil when no level was seen.
  public var saturationLevel: Double?
  /// Whether spectra are searched for spikes.
  public var findsSpikes: Bool
  /// Whether the spikes found are replaced.
  public var removesSpikes: Bool
  /// The steps in their order.
  public var steps: [Step]
}

extension PreprocessPlan.Step {
  /// Why the step has its place.
  public var reason: String {
    switch self {
    case .flags: "first, because later steps hide what it looks for"
    case .spikes: "in the raw counts, whose noise is known, and before anything is fitted to them"
    case .background: "before the crop, so that its window may lie outside"
    case .alignment: "after the background, whose fit needs the counts as they were taken"
    case .signalTest: "before the norm, which hides how strong a spectrum was"
    case .crop: "before the norm, so that nothing outside counts"
    case .norm: "before the components, so that thick and thin places weigh alike"
    case .components: "on what is left, from all usable spectra"
    case .normAgain:
      "because the noise in a maximum makes it too high, and denoised spectra would end below 1"
    }
  }
}
