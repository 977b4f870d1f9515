#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Plural inelastic scattering: core losses with none, one or two plasmon losses beside them.
///
/// A specimen of thickness t and mean free path λ sends the share Pₙ = τⁿ/n! · e^−τ, τ = t/λ, of
/// the electrons through n further inelastic events (Poisson statistics), so that a core-loss
/// spectrum C becomes P₀·C + P₁·(C∗p) + P₂·(C∗p∗p). R. F. Egerton, Electron Energy-Loss
/// Spectroscopy in the Electron Microscope, 3rd ed. (Springer 2011), sections 3.4 and 4.3.
enum PluralScattering {
  /// The orders of plasmon scattering that are kept: enough for τ < 1 (P₃ < 2 % at τ = 0.5).
  static let orders = 3

  /// Pₙ for n = 0, 1, 2 at the relative thickness τ = t/λ.
  static func shares(relativeThickness: Double) -> [Double] {
    let none = exp(-relativeThickness)
    return [none, none * relativeThickness, none * relativeThickness * relativeThickness / 2]
  }

  /// The single-plasmon loss distribution p, sampled every `step` eV from 0 to 100 eV, sum 1.
  ///
  /// The Drude form E·Γ·E_p² / ((E² − E_p²)² + (E·Γ)²) with E_p = 23 eV and Γ = 12 eV, about what
  /// iron oxides and amorphous carbon share (Egerton, section 3.3).
  static func plasmon(step: Double) -> [Double] {
    let energy = 23.0
    let width = 12.0
    let values = (0..<Int(100 / step)).map { index in
      let loss = Double(index) * step
      let detuning = loss * loss - energy * energy
      return loss * width * energy * energy
        / (detuning * detuning + loss * loss * width * width)
    }
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }

  /// `spectrum` and its convolutions with one and two plasmon losses, on the same grid.
  ///
  /// The grid must begin below the first edge: what lies before it is taken as 0.
  static func tabulate(_ spectrum: [Double], step: Double) -> [[Double]] {
    let kernel = plasmon(step: step)
    var tables = [spectrum]
    for order in 1..<orders { tables.append(convolve(tables[order - 1], kernel)) }
    return tables
  }

  private static func convolve(_ values: [Double], _ kernel: [Double]) -> [Double] {
    values.indices.map { index in
      var sum = 0.0
      for lag in 0..<min(kernel.count, index + 1) { sum += kernel[lag] * values[index - lag] }
      return sum
    }
  }
}
