public import Spectra

/// What the user asks for; the defaults suit raw core-loss spectra.
public struct PreprocessOptions: Sendable, Equatable {
  /// How the background is found.
  public enum Background: Sendable, Equatable {
    /// By a power law in this window, which may lie outside the crop.
    case window(EnergyWindow)
    /// By a power law in the window before the first edge, if there is one (``FirstEdge``).
    case automatic
    /// Not at all: it stays in.
    case none
  }

  /// How the power law is fitted to the window of each spectrum (``BackgroundRemoval``).
  public enum BackgroundFit: String, Sendable, Codable, CaseIterable {
    /// From the sums of the window's halves (``TwoAreaFit``): HyperSpy's `fast=True`.
    case twoArea = "two-area"
    /// By least squares in counts, weighted with their expected variance.
    case leastSquares = "least-squares"
    /// By maximum likelihood for Poisson counts: for few counts a channel, zeros included.
    case poisson
    /// Local background averaging: the exponent from a weighted average of the spectra around, the
    /// height from the spectrum's own counts.
    case localAverage = "lba"
    /// Linear combination of two power laws whose exponents are the image's.
    case linearCombination = "lcpl"
  }

  /// How the energy scales of the spectra are brought together (``EnergyAlignment``).
  public enum Alignment: String, Sendable, Codable, CaseIterable {
    /// By the smooth drift during the scan (``DriftCurve``): chemical shifts stay.
    case drift
    /// Each spectrum by its own shift: chemical shifts are erased.
    case each
  }

  /// What spectra are divided by.
  public enum Norm: String, Sendable, Codable, CaseIterable {
    /// Their maximum.
    case max
    /// Their integral over the kept energies.
    case area
    /// Nothing.
    case none
  }

  /// How spectra are denoised.
  public enum Components: Sendable, Equatable {
    /// By this many principal components, at least 1.
    case count(Int)
    /// By as many as stand above the noise (``OptimalThreshold``).
    case automatic
    /// Not at all.
    case none
  }

  /// How spectra and channels are weighted before they are decomposed (``PCA``).
  public enum Weighting: String, Sendable, Codable, CaseIterable {
    /// So that the noise of the raw counts is uniform.
    case poisson
    /// Not at all: noise is taken for uniform.
    case none
  }

  /// Principal components of other spectra and the energies that they are for.
  public struct ForeignComponents: Sendable, Equatable {
    /// The components.
    public var pca: PCA
    /// The energy axis of the spectra that they belong to, eV.
    public var axis: UniformAxis

    /// Creates components for an axis of as many channels.
    public init(_ pca: PCA, axis: UniformAxis) {
      precondition(pca.channels == axis.count, "\(pca.channels) channels for \(axis.count)")
      self.pca = pca
      self.axis = axis
    }
  }

  /// The energies to keep; nil for all.
  public var crop: EnergyWindow?
  /// How the background is found.
  public var background = Background.automatic
  /// How the power law is fitted.
  public var backgroundFit = BackgroundFit.twoArea
  /// Whether spikes are replaced (``SpikeRemoval``); they are flagged in any case.
  public var removesSpikes = false
  /// How energy scales are aligned; nil to leave them.
  public var alignment: Alignment?
  /// The window whose features are compared; nil for all that follows the fit window.
  public var alignmentWindow: EnergyWindow?
  /// What spectra are divided by.
  public var norm = Norm.max
  /// How spectra are denoised.
  public var components = Components.automatic
  /// Principal components to use instead of the image's own, whatever ``components`` says.
  public var foreignComponents: ForeignComponents?
  /// How they are weighted for that; nil for Poisson where the counts are known.
  public var weighting: Weighting?

  /// Creates the default options; set what differs.
  public init() {}
}
