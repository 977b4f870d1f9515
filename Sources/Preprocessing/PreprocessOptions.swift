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

  /// What spectra are divided by.
  public enum Norm: String, Sendable, Codable {
    /// Their maximum.
    case max
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

  /// The energies to keep; nil for all.
  public var crop: EnergyWindow?
  /// How the background is found.
  public var background = Background.automatic
  /// What spectra are divided by.
  public var norm = Norm.max
  /// How spectra are denoised.
  public var components = Components.automatic

  /// Creates the default options; set what differs.
  public init() {}
}
