import Foundation
import Preprocessing
import Simulation
import Spectra
import TestSupport
import Testing

/// The window that is chosen when none is given, on simulated and experimental spectra.
struct AutomaticWindowTests {
  private struct MeanSpectrum: Decodable {
    var offset: Double
    var scale: Double
    var mean: [Float]
  }

  private func plan(
    _ axis: UniformAxis, _ mean: [Float], elements: [String] = [], crop: String? = nil
  ) throws -> PreprocessPlan {
    var metadata = MetadataTree()
    if !elements.isEmpty {
      metadata[path: ["Sample", "elements"]] = .list(elements.map { .string($0) })
    }
    let header = SignalHeader(
      title: "", axes: [.navigation("x", count: 1), .energyLoss(axis)], metadata: metadata)
    var options = PreprocessOptions()
    options.crop = crop.flatMap { EnergyWindow($0) }
    return try Preprocessor(SpectrumImage(header: header, values: mean), options: options).plan
  }

  private func experimental(_ name: String) throws -> (axis: UniformAxis, mean: [Float]) {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/mean_spectra", withExtension: "json"))
    let all = try JSONDecoder().decode([String: MeanSpectrum].self, from: Data(contentsOf: file))
    let item = try #require(all[name])
    return (UniformAxis(offset: item.offset, scale: item.scale, count: item.mean.count), item.mean)
  }

  /// A power law of 1,000 counts at the start and edges of given onset, relative jump and decay.
  private func synthetic(_ axis: UniformAxis, edges: [(onset: Double, jump: Double)]) -> [Float] {
    axis.coordinates.map { energy in
      var value = 1000 * power(energy / axis.offset, -3)
      for edge in edges where energy > edge.onset {
        value +=
          edge.jump * 1000 * power(edge.onset / axis.offset, -3)
          * power(energy / edge.onset, -4)
      }
      return Float(value)
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1) { value, _ in exponent > 0 ? value * base : value / base }
  }

  @Test(arguments: [true, false]) func `before the simulated O K edge and its pre-peak`(
    listed: Bool
  ) throws {
    let simulation = SpectrumImageSimulation(seed: 2024)
    var image = SpectrumImage(filling: simulation.header)
    image.append(simulation.read(0..<simulation.header.spectrumCount))
    if !listed { image.header.metadata = MetadataTree() }
    let plan = try Preprocessor(image).plan
    let window = try #require(plan.background?.window)
    #expect(window.firstEnergy == 460)
    // The pre-peak at 530.4 eV, 2.8 eV wide, drifts by up to 0.5 eV.
    #expect(window.lastEnergy > 515 && window.lastEnergy < 526.5)
    #expect(plan.backgroundReason.contains(listed ? "O K (532 eV)" : "the first edge"))
    let exponent = try #require(plan.background?.imageExponent)
    #expect(exponent > 2.5 && exponent < 3.6)
  }

  @Test(arguments: ["srtio3_si", "srtio3_spectrum"]) func `before Ti L3 of experimental SrTiO3`(
    name: String
  ) throws {
    let (axis, mean) = try experimental(name)
    for elements in [[], ["Sr", "Ti", "O"]] {
      let plan = try plan(axis, mean, elements: elements)
      let window = try #require(plan.background?.window)
      // Ti L3 starts to rise at 453 to 454 eV in these spectra.
      #expect(window.lastEnergy > 440 && window.lastEnergy < 452, "\(plan.backgroundReason)")
      #expect(window.firstEnergy < 370)
    }
  }

  @Test func `spectra whose background was removed are left alone, and it is said`() throws {
    let (axis, mean) = try experimental("mn2_whitelines_659")
    let plan = try plan(axis, mean)
    #expect(plan.background == nil)
    #expect(plan.backgroundReason.hasPrefix("background already removed"))
    #expect(!plan.steps.contains(.background))
  }

  @Test(arguments: [0.1, 0.25, 0.5, 1]) func `never overlaps the first of several edges`(
    scale: Double
  ) throws {
    for onset in [430.0, 513, 575] {
      let axis = UniformAxis(offset: 350, scale: scale, count: Int(400 / scale))
      let mean = synthetic(axis, edges: [(onset, 0.15), (onset + 60, 0.4)])
      let window = try #require(try plan(axis, mean).background?.window, "\(onset), \(scale)")
      #expect(window.lastEnergy < onset - 2 && window.lastEnergy > onset - 15)
      #expect(window.firstEnergy >= max(350, 0.75 * onset))
    }
  }

  @Test func `a listed element's weak edge is kept out`() throws {
    let axis = UniformAxis(offset: 350, scale: 0.5, count: 800)
    let mean = synthetic(axis, edges: [(532, 0.5)])
    let listed = try plan(axis, mean, elements: ["O", "Sn"])
    #expect(try #require(listed.background?.window.lastEnergy) < 478)
    #expect(listed.backgroundReason.contains("Sn M5 (485 eV)"))
    #expect(try #require(try plan(axis, mean).background?.window.lastEnergy) > 515)
  }

  @Test func `what does not allow a fit is left alone, with the reason`() throws {
    let axis = UniformAxis(offset: 350, scale: 0.5, count: 800)
    let none = try plan(axis, synthetic(axis, edges: []))
    #expect(none.background == nil && none.backgroundReason.contains("shows no edge"))
    let late = UniformAxis(offset: 397, scale: 0.5, count: 600)
    let close = try plan(late, synthetic(late, edges: [(400, 0.5)]))
    #expect(close.background == nil)
    let listed = try plan(late, synthetic(late, edges: [(402, 0.5)]), elements: ["Sc"])
    #expect(listed.background == nil && listed.backgroundReason.contains("too close to Sc L3"))
    let low = UniformAxis(offset: -10, scale: 0.5, count: 400)
    let plasmons = try plan(low, low.coordinates.map { Float(100 / (1 + $0 * $0)) })
    #expect(plasmons.background == nil && plasmons.backgroundReason.contains("start at -10 eV"))
  }

  @Test func `the window may lie outside the crop, but not in the zero loss`() throws {
    let axis = UniformAxis(offset: 350, scale: 0.5, count: 800)
    let mean = synthetic(axis, edges: [(532, 0.5)])
    let whole = try plan(axis, mean)
    #expect(try plan(axis, mean, crop: "525:700").background == whole.background)
    let low = UniformAxis(offset: -10, scale: 0.5, count: 1600)
    let cropped = try plan(
      low, low.coordinates.map { Float(1e6 / (1 + $0 * $0)) }, crop: "100:700")
    #expect(!cropped.backgroundReason.contains("start at -10 eV"))
  }

  @Test func `edges of the elements by energy`() {
    #expect(EdgeOnsets.edges(of: "O").map(\.description) == ["O K (532 eV)"])
    #expect(EdgeOnsets.edges(of: "Si").map(\.shell) == ["L3", "K"])
    #expect(EdgeOnsets.edges(of: "Sr").map(\.energy) == [134, 1940])
    #expect(EdgeOnsets.edges(of: "Xx").isEmpty)
  }
}
