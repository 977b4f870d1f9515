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
  /// E_c, eV.
  public var centre: Double
  /// Pearson's Σ (c − m)²/m over the window, divided by n − 2 (see ``FittedPowerLaw/dispersion``).
  public var dispersion: Double

  /// B(E) at an energy loss in eV, counts per eV.
  public func density(at energy: Double) -> Double {
    first.density(at: energy) + second.density(at: energy)
  }

  /// The variance of B(E) over B(E)², for φ = 1, at an energy in eV.
  public func relativeVariance(at energy: Double) -> Double {
    let x = pow(energy / centre, -first.exponent)
    let y = pow(energy / centre, -second.exponent)
    let variance =
      x * x * covariance.first + 2 * x * y * covariance.both + y * y * covariance.second
    let level = density(at: energy)
    return variance / (level * level)
  }

  /// χ²/(n − 2) in the window for counts of variance φ · mean: about 1 for a good fit.
  public func reducedChiSquare(dispersion imageDispersion: Double) -> Double {
    dispersion / imageDispersion
  }
}
