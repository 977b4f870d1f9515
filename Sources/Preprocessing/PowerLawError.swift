#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The error of a fitted power law when the counts' variance is their mean (φ = 1).
///
/// At one energy E_ref the level ln B and the exponent are uncorrelated, so that anywhere
///
///     var ln B(E) = v₀ + ln²(E/E_ref)·v_r
///
/// For counts of variance φ · mean, multiply with φ.
public struct PowerLawError: Sendable, Equatable {
  /// v₀, the variance of ln B at E_ref.
  public var levelVariance: Double
  /// v_r, the variance of the exponent.
  public var exponentVariance: Double
  /// ln E_ref, E_ref in eV.
  public var reference: Double

  /// The variance of ln B, to first order the relative variance of B, at an energy in eV.
  public func relativeVariance(at energy: Double) -> Double {
    let distance = log(energy) - reference
    return levelVariance + distance * distance * exponentVariance
  }
}
