import LinearAlgebra
import Preprocessing
import Simulation
import Spectra
import TestSupport
import Testing

/// The presets against the paper's description of its data, and the sets' statistics.
struct PaperPresetTests {
  /// What the paper says of a set: classes, numbers of spectra, first and last energy (eV), channels
  /// and the signal-to-noise ratios of its Table 2.
  struct Published: Sendable {
    var preset: PaperPreset
    var set = 0
    var classes: [String]
    var counts: [Int]
    var energies: [Double]
    var channels: Int
    var ratios: [Double]
  }

  private static let published = [
    Published(
      preset: .wl, classes: ["FeO", "Fe3O4"], counts: [2744, 1350], energies: [612.5, 787.25],
      channels: 700, ratios: [1.1, 2.1]),
    Published(
      preset: .wl, set: 1, classes: ["MnO", "Mn2O3", "MnO2"], counts: [992, 841, 1260],
      energies: [615, 684.9], channels: 700, ratios: [1.5, 2.2, 2.5]),
    Published(
      preset: .w, classes: ["FeO", "Fe3O4"], counts: [2744, 1350], energies: [460, 799.75],
      channels: 1360, ratios: [1.6, 3.3]),
    Published(
      preset: .k, classes: ["FeO", "Fe3O4"], counts: [2744, 1350], energies: [460, 609.75],
      channels: 600, ratios: [0.9, 2.2]),
    Published(
      preset: .mf, classes: ["core", "shell"], counts: [1415, 1043], energies: [580, 784.7],
      channels: 2048, ratios: [2.8, 1.5]),
  ]

  private static let iron = simulation(.wl)
  private static let manganese = simulation(.wl, 1)

  private static func simulation(
    _ preset: PaperPreset, _ set: Int = 0, seed: UInt64 = 3, threads: Int = 2
  ) -> SpectrumSetSimulation {
    SpectrumSetSimulation(
      preset.sets[set], stream: RandomStream(seed: seed), threads: threads)
  }

  @Test(arguments: published) func `a preset has the paper's classes and energies`(
    _ paper: Published
  ) {
    let parameters = paper.preset.sets[paper.set]
    #expect(parameters.classes.map(\.name) == paper.classes)
    #expect(parameters.classes.map(\.count) == paper.counts)
    let axis = parameters.energyAxis
    #expect(axis.count == paper.channels)
    expectClose([axis[0], axis[axis.count - 1]], paper.energies, absolute: 1e-9)
  }

  @Test(arguments: published)
  func `preprocessed spectra have the paper's signal-to-noise ratios within a tenth`(
    _ paper: Published
  ) throws {
    let simulation = Self.simulation(paper.preset, paper.set)
    var options = PreprocessOptions()
    options.background = .window(simulation.parameters.fitWindow)
    options.components = simulation.parameters.components.map { .count($0) } ?? .none
    let preprocessor = try Preprocessor(simulation, options: options, threads: 2)
    var result = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &result)
    #expect(report.usableCount > report.spectrumCount * 96 / 100)
    for (label, ratio) in paper.ratios.enumerated() {
      let members = simulation.labels.spectra(ofClass: label)
      var sum = 0.0
      for channel in 0..<paper.channels {
        let values = members.map { Double(result.values[$0 * paper.channels + channel]) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        sum += mean / variance.squareRoot()
      }
      expectClose(
        sum / Double(paper.channels), ratio, relative: 0.1,
        "\(paper.preset) \(paper.classes[label])")
    }
  }

  @Test func `any block size and number of threads gives the same counts`() {
    let whole = Self.simulation(.wl, threads: 1).read(2730..<2760)
    #expect(Self.iron.read(2730..<2760) == whole)
    let single = (2730..<2760).flatMap { Self.iron.read($0..<($0 + 1)).values }
    #expect(single == whole.values)
    #expect(Self.simulation(.wl, seed: 4).read(2730..<2760) != whole)
  }

  @Test func `counts are Poisson, times gain, plus read noise`() {
    let simulation = Self.iron
    let detector = simulation.parameters.detector
    var squares = 0.0
    var count = 0.0
    for index in stride(from: 2744, to: 4094, by: 30) {
      let expected = simulation.expectedElectrons(simulation.truth(ofSpectrum: index))
      let counts = simulation.read(index..<(index + 1)).values
      for (value, electrons) in zip(counts, expected) where electrons > 20 {
        let shot = detector.gain * detector.gain * electrons
        let variance: Double = shot + detector.readNoise * detector.readNoise + 1.0 / 12
        let deviation = Double(value) - detector.gain * electrons
        squares += deviation * deviation / variance
        count += 1
      }
    }
    #expect(count > 5000)
    expectClose(squares / count, 1, absolute: 4 * (2 / count).squareRoot() + 0.01)
  }

  @Test func `every acquisition holds its share of every class`() {
    let simulation = Self.manganese
    let numbers = simulation.acquisitionNumbers
    for label in 0..<3 {
      let members = simulation.labels.spectra(ofClass: label)
      for acquisition in 0..<Int32(6) {
        let count = members.count { numbers[$0] == acquisition }
        #expect(abs(Double(count) - Double(members.count) / 6) < 1)
      }
    }
  }

  @Test func `acquisitions differ, and so do those of another seed`() {
    let first = Self.iron.acquisitions
    let other = Self.simulation(.wl, seed: 4).acquisitions
    #expect(first != other)
    for acquisitions in [first, other] {
      // Evenly spread: -5/12, -3/12, … of 1 eV.
      expectClose(
        acquisitions.map(\.calibrationError).sorted(),
        [-5, -3, -1, 1, 3, 5].map { Double($0) / 12 }, absolute: 1e-12)
      #expect(Set(acquisitions.map(\.resolution)).count == 6)
      #expect(Set(acquisitions.map(\.thickness)).count == 6)
      #expect(Set(acquisitions.map(\.dose)).count == 6)
    }
  }

  @Test func `a spectrum follows its acquisition, its class and its neighbours`() {
    let simulation = Self.manganese
    let freePaths = [125.0, 127, 126]
    var shifts = 0.0
    var admixtures: [Double] = []
    var others = Set<Int>()
    for index in 992..<1833 {
      let truth = simulation.truth(ofSpectrum: index)
      let acquisition = simulation.acquisitions[truth.acquisition]
      #expect(truth.label == 1)
      shifts += truth.energyShift - acquisition.calibrationError
      let shares = zip(truth.paths, freePaths).map { $0 / $1 }
      let thickness = shares.reduce(0, +)
      #expect(abs(thickness / acquisition.thickness - 1) <= 0.25 + 1e-9)
      admixtures.append(1 - shares[1] / thickness)
      others.insert(shares[0] > 0 ? 0 : 2)
    }
    expectClose(shifts / 841, 0, absolute: 4 * 0.12 / 29)
    expectClose(admixtures.reduce(0, +) / 841, 0.25, absolute: 4 * 0.5 / 12.0.squareRoot() / 29)
    #expect((admixtures.max() ?? 1) <= 0.5 && others == [0, 2])
  }

  @Test func `the O K preset is what the whole one holds below 610 eV, at its own dose`() {
    let whole = Self.simulation(.w)
    let edge = Self.simulation(.k)
    let truth = edge.truth(ofSpectrum: 3000)
    #expect(edge.acquisitions == whole.acquisitions)
    let expected = whole.expectedElectrons(truth).prefix(600)
    expectClose(edge.expectedElectrons(truth), Array(expected), relative: 1e-9)
  }
}
