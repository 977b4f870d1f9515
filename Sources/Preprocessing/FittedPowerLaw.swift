internal import CKernels

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A power law fitted to one spectrum, how uncertain it is and how well it describes the window.
public struct FittedPowerLaw: Sendable, Equatable {
  /// A and r.
  public var background: PowerLawBackground
  /// Its error for φ = 1.
  public var error: PowerLawError
  /// Pearson's Σ (c − m)²/m over the window, divided by its degrees of freedom n − 2: about φ where
  /// a power law describes the window.
  public var dispersion: Double

  /// The error that an exponent and a level have when all information of the window is used.
  ///
  /// It is the inverse of the Fisher information of ln B = a − r·l for counts c of mean and variance
  /// m: v₀ = 1/Σm, ln E_ref the mean of ln E with weights m, v_r = 1/(Σm · variance of ln E).
  init(
    level: Double, exponent: Double, in window: FitWindow, spectrum: UnsafePointer<Float>
  ) {
    background = window.background(level: level, exponent: exponent)
    let moments = window.moments(exponent)
    let spread = FitWindow.spread(moments)
    let sum = level * moments.zeroth
    error = PowerLawError(
      levelVariance: 1 / sum, exponentVariance: 1 / (sum * spread.variance),
      reference: log(window.centre) + spread.mean)
    dispersion =
      window.chiSquare(spectrum, (level, exponent)) / Double(window.channels.count - 2)
  }

  /// A fit whose errors the method knows itself; its level is uncorrelated with its exponent where
  /// the counts of the window lie in the mean.
  init(
    _ background: PowerLawBackground, levelVariance: Double, exponentVariance: Double,
    in window: FitWindow, spectrum: UnsafePointer<Float>
  ) {
    self.background = background
    let spread = FitWindow.spread(window.moments(background.exponent))
    error = PowerLawError(
      levelVariance: levelVariance, exponentVariance: exponentVariance,
      reference: log(window.centre) + spread.mean)
    let level = window.level(of: background)
    dispersion =
      window.chiSquare(spectrum, (level, background.exponent)) / Double(window.channels.count - 2)
  }
}
