import Reporting

/// Spectra that look like background-subtracted white lines, for pictures.
///
/// Each is an arctangent step under two Lorentzian peaks, as an L2,3 edge has them, with a little
/// shift, noise, and division by its maximum; drawn from a fixed pseudo-random sequence.
struct WhiteLines {
  var name: String
  var peak: Double
  var ratio: Double
  var offset = 615.0
  var scale = 0.25
  var channels = 280

  var energies: [Double] { (0..<channels).map { offset + scale * Double($0) } }

  func spectra(_ count: Int, noise: Double, seed: UInt64) -> [Float] {
    var state = seed
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 9_007_199_254_740_992
    }
    var values: [Float] = []
    for _ in 0..<count {
      let shift = uniform() - 0.5
      let spectrum = energies.map { energy in
        let (l3, l2) = (energy - peak - shift, energy - peak - 11.2 - shift)
        let step = 0.12 * ((l3 > 0 ? l3 / (l3 + 2) : 0) + 0.5 * (l2 > 0 ? l2 / (l2 + 2) : 0))
        let lines = 1 / (1 + l3 * l3 / 2.2) + ratio / (1 + l2 * l2 / 3.5)
        let normal = uniform() + uniform() + uniform() + uniform() - 2
        return step + lines + noise * normal * (0.4 + lines).squareRoot()
      }
      let largest = spectrum.max() ?? 1
      values += spectrum.map { Float($0 / largest) }
    }
    return values
  }

  func pair(real: Int = 125, synthetic: Int = 300) -> ClassSpectra {
    ClassSpectra(
      name: name, energies: energies, real: spectra(real, noise: 0.09, seed: 7),
      synthetic: spectra(synthetic, noise: 0.07, seed: 11))
  }

  static let oxides = [
    WhiteLines(name: "Mn²⁺ (MnO)", peak: 640, ratio: 0.35),
    WhiteLines(name: "Mn³⁺ (Mn₂O₃)", peak: 641.6, ratio: 0.5),
    WhiteLines(name: "Mn⁴⁺ (MnO₂)", peak: 643.3, ratio: 0.6),
  ]
}
