#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An ionisation edge of one element in one compound: continuum steps and near-edge lines.
///
/// The single-scattering differential cross-section at energy loss E (barn/eV) is
///
///     dσ/dE = σ₀ · [ Σ_s f_s · H(E − E_s) · (E/E_s)^−d  +  Σ_l a_l · V(E − E_l) ]
///
/// σ₀: `crossSection`; H: a unit step; f_s: the share of a step (L3 : L2 = 2 : 1 by the occupation
/// of the initial states); d: `decay`; V: a Voigt profile of unit area; a_l: the area of a line in
/// eV, that is in units of the continuum step. The shape of edges, white lines and their
/// statistical ratio: R. F. Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope,
/// 3rd ed. (Springer 2011, doi 10.1007/978-1-4419-9583-4), sections 3.6 to 3.8.
package struct CoreLossEdge: Sendable {
  /// A rise of the continuum.
  struct Step: Sendable {
    /// Where it rises, eV.
    var energy: Double
    /// Its share of the edge's continuum.
    var share: Double
    /// The width of the rise, Gaussian, eV full width at half maximum.
    var width: Double
  }

  /// A near-edge line.
  struct Line: Sendable {
    /// The centre, eV.
    var energy: Double
    /// The area, eV × continuum step.
    var area: Double
    /// The width of the band or multiplet, Gaussian, eV full width at half maximum.
    var bandWidth: Double
    /// The lifetime width of the core hole, Lorentzian, eV full width at half maximum.
    var lifetimeWidth: Double
  }

  /// σ₀, barn/eV (1 barn = 10⁻¹⁰ nm²).
  var crossSection: Double
  /// The exponent d by which the continuum falls.
  var decay: Double
  /// The rises of the continuum.
  var steps: [Step]
  /// The near-edge lines.
  var lines: [Line]

  /// The cross-section in barn/eV at an energy loss (eV), seen with a Gaussian energy resolution (eV,
  /// full width at half maximum of the zero-loss peak).
  func crossSection(at energy: Double, resolution: Double) -> Double {
    var sum = 0.0
    for step in steps {
      let width = (step.width * step.width + resolution * resolution).squareRoot()
      let rise = gaussianStep(energy - step.energy, width: width)
      if rise > 0 { sum += step.share * rise * pow(max(energy / step.energy, 1), -decay) }
    }
    for line in lines {
      let gaussian = (line.bandWidth * line.bandWidth + resolution * resolution).squareRoot()
      sum += line.area * voigt(energy - line.energy, gaussian: gaussian, line.lifetimeWidth)
    }
    return crossSection * sum
  }

  /// The lowest energy of a step, eV.
  var onset: Double { steps.map(\.energy).min() ?? 0 }
}

/// A unit step convolved with a Gaussian of the given full width at half maximum.
private func gaussianStep(_ offset: Double, width: Double) -> Double {
  0.5 * erfc(-offset / width * 2 * log(2.0).squareRoot())
}

/// A Voigt profile of unit area (1/eV) in the pseudo-Voigt form; widths at half maximum, eV.
///
/// Thompson, Cox & Hastings, J. Appl. Cryst. 20 (1987) 79, doi 10.1107/S0021889887087090. Within
/// 1.2 % of the peak of the exact convolution.
private func voigt(_ offset: Double, gaussian g: Double, _ l: Double) -> Double {
  let width = pow(
    pow(g, 5) + 2.69269 * pow(g, 4) * l + 2.42843 * pow(g, 3) * l * l
      + 4.47163 * g * g * pow(l, 3) + 0.07842 * g * pow(l, 4) + pow(l, 5), 0.2)
  let q = l / width
  let eta = 1.36603 * q - 0.47719 * q * q + 0.11116 * q * q * q
  let u = 2 * offset / width
  let lorentzian = 2 / (Double.pi * width) / (1 + u * u)
  let gaussian = 2 / width * (log(2.0) / Double.pi).squareRoot() * exp(-log(2.0) * u * u)
  return eta * lorentzian + (1 - eta) * gaussian
}
