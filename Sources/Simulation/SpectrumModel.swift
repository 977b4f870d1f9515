package import Spectra

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Expected electrons per channel for any thicknesses and energy shift.
///
/// Every material's single-scattering spectrum and its plasmon convolutions are tabulated once, four
/// points a channel; a spectrum is their weighted sum, interpolated at the shifted energies, plus
/// the power-law background.
package struct SpectrumModel: Sendable {
  private static let pointsPerChannel = 4

  private let axis: UniformAxis
  private let step: Double
  private let start: Double
  /// One table a material and order: probability per eV of loss and nm of path.
  private let tables: [[[Double]]]
  private let materials: [Material]

  /// Tabulates materials for an energy axis.
  ///
  /// `resolution` is the full width at half maximum of the zero-loss peak, eV; `greatestShift` the
  /// largest shift, of either sign, that will be asked for, eV.
  package init(
    materials: [Material], axis: UniformAxis, resolution: Double, greatestShift: Double
  ) {
    precondition(axis.scale > 0, "energy axis with scale \(axis.scale)")
    self.materials = materials
    self.axis = axis
    step = axis.scale / Double(Self.pointsPerChannel)
    let onsets = materials.flatMap { $0.edges.map(\.edge.onset) }
    let first = min(axis.offset - greatestShift - 2 * step, (onsets.min() ?? axis.offset) - 30)
    let lead = ((axis.offset - first) / step).rounded(.up)
    start = axis.offset - lead * step
    let count =
      Int(lead) + axis.count * Self.pointsPerChannel + Int(greatestShift / step) + 4
    let energies = UniformAxis(offset: start, scale: step, count: count).coordinates
    let step = step
    tables = materials.map { material in
      guard !material.edges.isEmpty else { return [] }
      let single = energies.map { energy in
        material.edges.reduce(0) {
          $0 + $1.density * 1e-10 * $1.edge.crossSection(at: energy, resolution: resolution)
        }
      }
      return PluralScattering.tabulate(single, step: step)
    }
  }

  /// The expected electrons in every channel.
  ///
  /// The background is Σ b·t · (E/500 eV)^−r with r = 3.5 − 1.2·t/λ: r falls as the specimen gets
  /// thicker (Egerton, 3rd ed., section 4.4). A positive shift moves all features to higher channels.
  ///
  /// `paths` are nm through every material in the order of the initialiser, `shift` is in eV, and
  /// `electrons` are those in the probe during the dwell time.
  package func electrons(paths: [Double], shift: Double, electrons: Double) -> [Double] {
    let relativeThickness = zip(paths, materials).reduce(0) { $0 + $1.0 / $1.1.meanFreePath }
    let shares = PluralScattering.shares(relativeThickness: relativeThickness)
    let dose = electrons * axis.scale
    let background = zip(paths, materials).reduce(0) { $0 + $1.0 * $1.1.background } * dose
    let exponent = Self.backgroundExponent(relativeThickness: relativeThickness)
    var spectrum = (0..<axis.count).map {
      background * pow((axis[$0] - shift) / 500, -exponent)
    }
    let position = (axis.offset - shift - start) / step
    let base = Int(position.rounded(.down))
    let weights = cubicWeights(position - Double(base))
    for (orders, path) in zip(tables, paths) where path > 0 {
      for (table, share) in zip(orders, shares) {
        let factor = dose * path * share
        for channel in 0..<axis.count {
          let index = base + channel * Self.pointsPerChannel
          let value =
            weights.0 * table[index - 1] + weights.1 * table[index] + weights.2 * table[index + 1]
            + weights.3 * table[index + 2]
          spectrum[channel] += factor * value
        }
      }
    }
    return spectrum
  }

  /// The exponent r of the background for a relative thickness t/λ.
  static func backgroundExponent(relativeThickness: Double) -> Double {
    3.5 - 1.2 * relativeThickness
  }
}

/// The weights of Catmull–Rom interpolation for the points −1, 0, 1, 2 around `fraction` in 0..<1.
private func cubicWeights(_ fraction: Double) -> (Double, Double, Double, Double) {
  let f = fraction
  return (
    f * (-0.5 + f * (1 - 0.5 * f)), 1 + f * f * (-2.5 + 1.5 * f), f * (0.5 + f * (2 - 1.5 * f)),
    f * f * (-0.5 + 0.5 * f)
  )
}
