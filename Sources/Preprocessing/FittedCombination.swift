#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A linear combination of two power laws fitted to one spectrum, and how uncertain it is.
public struct FittedCombination: Sendable {
  /// The power law of the smaller exponent; its A may be 0.
  public var first: PowerLawBackground
  /// The power law of the greater exponent; its A may be 0.
  public var second: PowerLawBackground
  /// The covariance, for φ = 1, of the two densities at ``centre``: (counts per eV)².
  public var covariance: (first: Double, both: Double, second: Double)
  /// The power law of the mean exponent that has as many counts in the window.
  public var middle: PowerLawBackground
  /// E_c, eV.
  public var centre: Double
  /// Pearson's Σ (c − m)²/m over the window, divided by n − 2 (see ``FittedPowerLaw/dispersion``).
  public var dispersion: Double

  /// B(E) at an energy loss in eV, counts per eV.
  public func density(at energy: Double) -> Double {
    first.density(at: energy) + second.density(at: energy)
  }

  /// The variance of B(E) for φ = 1 over the square of ``middle``, at an energy in eV.
  ///
  /// Over B(E)² itself, backgrounds that noise drew up would pass for more certain than those that it
  /// drew down, and a choice of the certain ones would be biased.
  public func relativeVariance(at energy: Double) -> Double {
    let x = pow(energy / centre, -first.exponent)
    let y = pow(energy / centre, -second.exponent)
    let variance =
      x * x * covariance.first + 2 * x * y * covariance.both + y * y * covariance.second
    let level = middle.density(at: energy)
    return variance / (level * level)
  }
}
