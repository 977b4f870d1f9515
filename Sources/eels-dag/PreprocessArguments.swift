public import ArgumentParser
public import Preprocessing
public import Spectra

extension EnergyWindow: ExpressibleByArgument {
  /// Reads `A:B`.
  public init?(argument: String) { self.init(argument) }
}

extension PreprocessOptions.Background: ExpressibleByArgument {
  /// Reads `A:B`, `auto` or `none`.
  public init?(argument: String) {
    switch argument {
    case "auto": self = .automatic
    case "none": self = .none
    default:
      guard let window = EnergyWindow(argument) else { return nil }
      self = .window(window)
    }
  }

  /// The text of a default value.
  public var defaultValueDescription: String { self == .automatic ? "auto" : "\(self)" }
}

extension PreprocessOptions.BackgroundFit: ExpressibleByArgument {}

extension PreprocessOptions.Norm: ExpressibleByArgument {}

extension PreprocessOptions.Weighting: ExpressibleByArgument {}

extension PreprocessOptions.Components: ExpressibleByArgument {
  /// Reads a number, `auto` or `none`.
  public init?(argument: String) {
    switch argument {
    case "auto": self = .automatic
    case "none": self = .none
    default:
      guard let count = Int(argument), count > 0 else { return nil }
      self = .count(count)
    }
  }

  /// The text of a default value.
  public var defaultValueDescription: String { self == .automatic ? "auto" : "\(self)" }
}
