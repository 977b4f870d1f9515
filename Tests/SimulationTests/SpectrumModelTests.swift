import Foundation
import Simulation
import Spectra
import TestSupport
import Testing

/// The noise-free physics against an independent Python implementation and worked numbers.
struct SpectrumModelTests {
  private struct Reference: Decodable {
    struct Case: Decodable {
      var materials: [String]
      var paths: [Double]
      var shift: Double
      var electrons: Double
      var values: [Double]
    }
    var every: Int
    var cases: [Case]
  }

  private let axis = UniformAxis(offset: 460, scale: 0.25, count: 1360)

  private func model(resolution: Double = 0.9) -> SpectrumModel {
    SpectrumModel(
      materials: [.magnetite, .manganeseFerrite, .amorphousCarbon], axis: axis,
      resolution: resolution, greatestShift: 0.5)
  }

  @Test func `expected electrons equal those of the Python reference`() throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "Fixtures/expected_electrons", withExtension: "json"))
    let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
    let materials: [String: Material] = [
      "magnetite": .magnetite, "ferrite": .manganeseFerrite, "carbon": .amorphousCarbon,
      "wustite": .wustite, "manganosite": .manganosite, "bixbyite": .bixbyite,
      "pyrolusite": .pyrolusite,
    ]
    #expect(reference.cases.count == 7)
    for item in reference.cases {
      let model = SpectrumModel(
        materials: try item.materials.map { try #require(materials[$0]) }, axis: axis,
        resolution: 0.9, greatestShift: 0.5)
      let spectrum = model.electrons(
        paths: item.paths, shift: item.shift, electrons: item.electrons)
      let actual = stride(from: 0, to: axis.count, by: reference.every).map { spectrum[$0] }
      // The pseudo-Voigt form differs from the convolution by up to 1.2 % of a line's height.
      expectClose(actual, item.values, relative: 0.006, "\(item.materials) \(item.paths)")
    }
  }

  @Test func `pre-edge is a power law whose exponent falls with thickness`() {
    for (paths, tau) in [([0.0, 0, 16.2], 0.1), ([25.2, 0, 0], 0.2), ([63, 63.5, 0], 1.0)] {
      let spectrum = model().electrons(paths: paths, shift: 0, electrons: 1e8)
      // Two channels decide a power law; the O K lines' tails are still below 0.1 % there.
      let exponent = -log(spectrum[200] / spectrum[20]) / log(axis[200] / axis[20])
      expectClose(exponent, 3.5 - 1.2 * tau, absolute: 0.005, "paths \(paths)")
    }
  }

  @Test func `carbon alone gives 1,5e-7 electrons per eV and nm at 500 eV`() {
    let spectrum = model().electrons(paths: [0, 0, 10], shift: 0, electrons: 1e8)
    expectClose(spectrum[160], 1.5e-7 * 10 * 1e8 * 0.25, relative: 1e-12)
  }

  @Test func `plural scattering keeps the core losses and moves them up`() {
    // Far above the edges' lines the sum over orders is what a thin specimen would give, delayed by
    // the plasmon's mean loss; at the line itself only the share e^-τ is left.
    let thin = model().electrons(paths: [0, 1e-3, 0], shift: 0, electrons: 1e12)
    let thick = model().electrons(paths: [0, 63.5, 0], shift: 0, electrons: 1e12)
    let background = { (path: Double, tau: Double, energy: Double) in
      5.6e-7 * path * pow(energy / 500, -(3.5 - 1.2 * tau)) * 1e12 * 0.25
    }
    let peak = 282  // 530.5 eV, the pre-peak: no loss before it can be delayed to here
    let thinPeak = thin[peak] - background(1e-3, 1e-3 / 127, axis[peak])
    let thickPeak = thick[peak] - background(63.5, 0.5, axis[peak])
    expectClose(thickPeak / thinPeak / 63_500, exp(-0.5), relative: 0.01)
    #expect(thick[peak + 92] / thick[peak] > thin[peak + 92] / thin[peak] * 1.02)
  }

  @Test func `a shift moves the whole spectrum`() {
    let still = model().electrons(paths: [20, 20, 10], shift: 0, electrons: 1e8)
    let moved = model().electrons(paths: [20, 20, 10], shift: 0.25, electrons: 1e8)
    expectClose(Array(moved[1...]), Array(still.dropLast()), relative: 1e-9)
  }

  @Test func `tables are fine enough: a grid eight times as fine gives the same`() {
    // The same energies through a grid eight times as fine.
    let fine = SpectrumModel(
      materials: [.magnetite, .manganeseFerrite, .amorphousCarbon],
      axis: UniformAxis(offset: 460, scale: 0.03125, count: 10_880), resolution: 0.9,
      greatestShift: 0.5
    ).electrons(paths: [20, 20, 10], shift: 0.09, electrons: 8e8)
    let coarse = model().electrons(paths: [20, 20, 10], shift: 0.09, electrons: 1e8)
    let picked = coarse.indices.map { fine[8 * $0] }
    // The plasmon's sampling differs too: 0.0625 eV against 0.0078 eV.
    expectClose(coarse, picked, relative: 3e-4)
  }

  @Test func `white lines and O K peaks lie at their energies`() {
    let spectrum = model().electrons(paths: [15, 15, 5], shift: 0, electrons: 1e8)
    for (energy, tolerance) in [
      (530.5, 0.5), (540.0, 0.8), (563.0, 1.5), (640.2, 0.6), (652.7, 1.0), (709.3, 0.8),
      (722.3, 1.0),
    ] {
      let near = axis.coordinates.indices.filter { abs(axis[$0] - energy) <= tolerance }
      let top = near.max { spectrum[$0] < spectrum[$1] }
      let isInside = top.map { abs(axis[$0] - energy) < tolerance - 0.2 } ?? false
      #expect(isInside, "no maximum within \(tolerance) eV of \(energy) eV")
    }
  }

  /// The net counts of one oxide above a power law through two energies before its edge.
  private func net(_ material: Material, before edge: ClosedRange<Double>) -> [Double] {
    let model = SpectrumModel(
      materials: [material], axis: axis, resolution: 0.7, greatestShift: 0.5)
    let spectrum = model.electrons(paths: [30], shift: 0, electrons: 1e8)
    let (a, b) = (axis.channel(nearest: edge.lowerBound), axis.channel(nearest: edge.upperBound))
    let exponent = -log(spectrum[b] / spectrum[a]) / log(axis[b] / axis[a])
    return spectrum.indices.map {
      spectrum[$0] - spectrum[a] * pow(axis[$0] / axis[a], -exponent)
    }
  }

  private func maximum(_ spectrum: [Double], in window: ClosedRange<Double>) -> Double {
    let inside = spectrum.indices.filter { window.contains(axis[$0]) }
    return axis[inside.max { spectrum[$0] < spectrum[$1] } ?? 0]
  }

  private func area(_ spectrum: [Double], _ window: ClosedRange<Double>) -> Double {
    spectrum.indices.filter { window.contains(axis[$0]) }.reduce(0) { $0 + spectrum[$1] }
  }

  @Test func `oxidation moves the L3 line up and takes from its share`() {
    let manganese = [Material.manganosite, .bixbyite, .pyrolusite]
      .map { net($0, before: 600...632) }
    for (spectrum, energies) in zip(manganese, [(640.0, 652.25), (641.75, 653.25), (643.0, 654.0)])
    {
      expectClose(maximum(spectrum, in: 636...646), energies.0, absolute: 0.26)
      expectClose(maximum(spectrum, in: 649...657), energies.1, absolute: 0.51)
    }
    // Without the continuum the areas are in the ratios 4.5, 2.6 and 2.0; what it adds to both (4.7 to
    // 3.3 and 7.2 to 6.6 eV × step) makes them about 2.2, 1.7 and 1.5.
    let ratios = manganese.map { area($0, 637...647) / area($0, 650...658) }
    #expect(ratios[0] > 1.15 * ratios[1] && ratios[1] > 1.1 * ratios[2])

    let iron = [Material.wustite, .magnetite].map { net($0, before: 660...698) }
    expectClose(maximum(iron[0], in: 702...714), 707.9, absolute: 0.26)
    expectClose(maximum(iron[1], in: 702...714), 709.1, absolute: 0.51)
    expectClose(maximum(iron[0], in: 718...727), 721, absolute: 0.76)
    expectClose(maximum(iron[1], in: 718...727), 721.8, absolute: 0.76)
  }

  @Test func `O K of FeO has a weak pre-peak and its main peak 1 eV lower`() {
    let oxides = [Material.wustite, .magnetite].map { net($0, before: 480...520) }
    expectClose(
      maximum(oxides[1], in: 536...544) - maximum(oxides[0], in: 536...544), 1, absolute: 0.26)
    let prePeaks = oxides.map { area($0, 527...533) / area($0, 536...543) }
    #expect(prePeaks[1] > 1.8 * prePeaks[0])
  }
}
