#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The background before an ionisation edge: B(E) = A · E^−r.
///
/// R. F. Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed. (Springer
/// 2011, doi 10.1007/978-1-4419-9583-4), section 4.4.
public struct PowerLawBackground: Sendable, Equatable {
  /// A, in counts per eV · eV^r.
  public var coefficient: Double
  /// r, without unit.
  public var exponent: Double

  /// Creates a background of A and r.
  public init(coefficient: Double, exponent: Double) {
    self.coefficient = coefficient
    self.exponent = exponent
  }

  /// B(E) at an energy loss in eV, counts per eV.
  public func density(at energy: Double) -> Double { coefficient * pow(energy, -exponent) }

  /// The exponents that are taken for physical.
  ///
  /// Egerton gives 2 to 6, falling with specimen thickness and collection angle. The bounds leave
  /// room for noise, and no more: with r = 1 where 3 is true, the background at 1.7 times the
  /// energy of the window is already three times too large.
  public static let physicalExponents = 1.0...8.0
}
