public import Spectra

/// Why a signal cannot be preprocessed: what the input or the options cause.
public enum PreprocessError: Error, Equatable, CustomStringConvertible {
  /// The signal is not made of spectra with one axis.
  case notSpectra(signalAxes: Int)
  /// The data are complex numbers.
  case complexData
  /// The energy axis is not uniform.
  case notUniform
  /// The energy axis falls, or its scale is not a number.
  case notAscending(scale: Double)
  /// The energy axis has other units than eV.
  case notElectronVolts(units: String?)
  /// The spectra have too few channels.
  case tooFewChannels(Int, least: Int)
  /// There is no spectrum.
  case empty
  /// The crop leaves too few channels.
  case cropTooNarrow(EnergyWindow, channels: Int, least: Int, axis: String)
  /// The fit window holds too few channels, or they are not at positive energies.
  case windowTooNarrow(EnergyWindow, channels: Int, least: Int, axis: String)
  /// A background is to be subtracted from channels at energies where no power law exists.
  case energiesNotPositive(lowest: Double)
  /// The mean spectrum has no power law in the window.
  case noBackground(from: Double, to: Double)
  /// Every spectrum looked at is all zero or constant.
  case allDead(Int)
  /// Every spectrum looked at is useless.
  case allUseless(Int, dead: Int, nonFinite: Int)
  /// More components are asked for than the usable spectra can give.
  case tooManyComponents(Int, usable: Int, channels: Int)
  /// The spectra, or the window asked for, hold nothing to align them by.
  case noAlignment(EnergyWindow?)
  /// Too few spectra show their shift.
  case noDrift(known: Int, needed: Int)
  /// Weights for counting noise are asked for, but the counts are not known.
  case countsUnknown
  /// The components given belong to other energies.
  case foreignComponents(axis: String, channels: Int, kept: String, keptChannels: Int)
  /// A file's record of what was done to it cannot be true.
  case damagedPlan(String)
  /// The covariance matrix could not be decomposed.
  case noDecomposition

  /// One sentence: what was found, and what to do.
  public var description: String {
    switch self {
    case .notSpectra(let count):
      "the signal has \(count) signal axes where spectra have one energy axis: choose a spectrum, "
        + "line or spectrum image"
    case .complexData: "the data are complex numbers: convert them to real intensities first"
    case .notUniform:
      "the energy axis is not uniform: resample it first, in HyperSpy with "
        + "s.interpolate_on_axis"
    case .notAscending(let scale):
      "the energy axis has \(scale) eV a channel: it must rise, reverse the spectra first"
    case .notElectronVolts(let units):
      "the signal axis is in \(units ?? "undefined units"), not in eV: convert it, or set its "
        + "units if they are missing"
    case .tooFewChannels(let count, let least):
      "the spectra have \(count) channels; at least \(least) are needed: is this a spectrum image?"
    case .empty: "the signal holds no spectrum"
    case .cropTooNarrow(let crop, let channels, let least, let axis):
      "the crop \(crop) leaves \(channels) of the spectra's channels, which cover \(axis) eV; at "
        + "least \(least) are needed: choose a wider one"
    case .windowTooNarrow(let window, let channels, let least, let axis):
      "the fit window \(window) holds \(channels) usable channels of spectra that cover \(axis) eV; "
        + "at least \(least) are needed: choose a wider one before the edge"
    case .energiesNotPositive(let lowest):
      "the spectra start at \(lowest) eV, where a power law has no value: crop them to positive "
        + "energies, or leave the background in"
    case .noBackground(let from, let to):
      "the mean spectrum is not positive in the fit window \(from):\(to): is the background already "
        + "removed? Then leave it in, else choose another window"
    case .allDead(let count):
      "all \(count) spectra looked at are constant, most likely zero: there is nothing to preprocess"
    case .allUseless(let count, let dead, let nonFinite):
      "none of the \(count) spectra looked at is usable (\(dead) constant, \(nonFinite) with NaN or "
        + "infinite channels): crop the bad channels away or mend them first"
    case .tooManyComponents(let asked, let usable, let channels):
      "\(asked) components are asked for, but \(usable) usable spectra of \(channels) channels give "
        + "at most \(max(min(usable - 1, channels), 0)): ask for fewer, or for none"
    case .noAlignment(let window):
      "nothing in \(window.map { "the window \($0)" } ?? "the spectra") can align them: choose a "
        + "window of at least 16 channels around a strong edge, 4 eV inside the spectra's ends"
    case .noDrift(let known, let needed):
      "only \(known) spectra show where their features lie and \(needed) are needed to follow a "
        + "drift: choose a window around a stronger edge, or leave the energy scale as it is"
    case .countsUnknown:
      "the mean spectrum is not positive everywhere, or its background seems to be removed already: "
        + "its counting noise is not known; decompose without weights (--pca-weighting none)"
    case .foreignComponents(let axis, let channels, let kept, let keptChannels):
      "the spectra cover \(kept) eV in \(keptChannels) channels, the components to use \(axis) eV in "
        + "\(channels): crop to the same energies, or ask for a number of components of their own"
    case .damagedPlan(let what):
      "the record of how it was preprocessed is damaged (\(what)): preprocess its source again, or "
        + "use another file"
    case .noDecomposition:
      "the covariance matrix of the spectra could not be decomposed: check the data for extreme "
        + "values"
    }
  }
}
