import Simulation
import Spectra
import TestSupport
import Testing

/// The image: reproducibility, counting statistics, geometry and labels.
struct SpectrumImageSimulationTests {
  private let simulation = SpectrumImageSimulation(seed: 2024)

  private func small(
    _ change: (inout SpectrumImageParameters) -> Void = { _ in }
  ) -> SpectrumImageSimulation {
    var parameters = SpectrumImageParameters()
    parameters.rows = 7
    parameters.columns = 5
    parameters.pixelSize = 5
    change(&parameters)
    return SpectrumImageSimulation(parameters, seed: 7)
  }

  @Test func `header says what the image is`() throws {
    let header = simulation.header
    #expect(header.shape == [44, 36, 1360])
    #expect(header.axes.map(\.name) == ["y", "x", "Energy loss"])
    #expect(header.axes.map(\.units) == ["nm", "nm", "eV"])
    #expect(header.axes[2].isBinned)
    #expect(header.elementType == .uint16)
    let energies = try #require(header.energyAxis)
    #expect(energies[0] == 460 && energies[1359] == 799.75)
    let metadata = header.metadata
    #expect(metadata.number("Acquisition_instrument", "TEM", "beam_energy") == 200)
    #expect(metadata.number("Acquisition_instrument", "TEM", "beam_current") == 0.1)
    #expect(metadata.number("Acquisition_instrument", "TEM", "convergence_angle") == 12)
    let spectrometer = ["Acquisition_instrument", "TEM", "Detector", "EELS"]
    #expect(metadata[path: spectrometer + ["collection_angle"]] == .real(30))
    #expect(metadata[path: spectrometer + ["dwell_time"]] == .real(0.1))
    #expect(metadata.string("General", "title") == header.title)
    #expect(metadata.string("General", "notes")?.hasPrefix("Simulated data") == true)
  }

  @Test(arguments: [1, 4, 13]) func `any block size gives the same counts`(size: Int) {
    let simulation = small()
    let whole = simulation.read(0..<35)
    var blocks = SpectrumImage(filling: simulation.header)
    for first in stride(from: 0, to: 35, by: size) {
      blocks.append(simulation.read(first..<min(first + size, 35)))
    }
    #expect(blocks.values == whole.values)
  }

  @Test func `any order and number of threads gives the same counts`() async {
    let simulation = small()
    let whole = simulation.read(0..<35)
    for threads in [2, 3, 50] {
      let several = SpectrumImageSimulation(simulation.parameters, seed: 7, threads: threads)
      #expect(several.read(0..<35) == whole)
      #expect(several.read(4..<11).values == Array(whole.values[(4 * 1360)..<(11 * 1360)]))
    }
    await withTaskGroup(of: Block.self) { group in
      for index in (0..<35).reversed() {
        group.addTask { simulation.read(index..<(index + 1)) }
      }
      for await block in group { #expect(block.values == Array(whole.spectrum(block.first))) }
    }
  }

  @Test func `another seed gives another image, the same seed the same`() {
    let again = SpectrumImageSimulation(seed: 2024)
    let other = SpectrumImageSimulation(seed: 2025)
    #expect(again.read(700..<702).values == simulation.read(700..<702).values)
    #expect(other.read(700..<702).values != simulation.read(700..<702).values)
  }

  @Test func `counts are Poisson, times gain, plus read noise`() {
    let simulation = small {
      $0.detector.gain = 2.5
      $0.detector.readNoise = 6
      $0.detector.spikeProbability = 0
      $0.detector.deadProbability = 0
      $0.dwellTime = 1
    }
    var sum = 0.0
    var squares = 0.0
    var neighbours = 0.0
    var previous = 0.0
    var count = 0.0
    for index in 0..<35 {
      let counts = simulation.read(index..<(index + 1)).values
      for (count_, mean) in zip(counts, simulation.expectedCounts(ofSpectrum: index)) {
        let score = (Double(count_) - mean) / (2.5 * mean + 36 + 1.0 / 12).squareRoot()
        sum += score
        squares += score * score
        neighbours += score * previous
        previous = score
        count += 1
      }
    }
    // 47,600 scores: standard errors 0.0046, 0.0065 and 0.0046; limits at 4 of them.
    expectClose(sum / count, 0, absolute: 0.018, "mean")
    expectClose(squares / count, 1, absolute: 0.026, "variance")
    expectClose(neighbours / count, 0, absolute: 0.018, "correlation of neighbouring channels")
  }

  @Test func `the number type does not change a count, nor do more channels the energies`() throws {
    let floats = small { $0.elementType = .float32 }
    #expect(floats.header.elementType == .float32)
    #expect(floats.read(0..<35).values == small().read(0..<35).values)
    let long = small { $0.energyAxis.count = 2048 }
    let axis = try #require(long.header.energyAxis)
    #expect(axis == UniformAxis(offset: 460, scale: 0.25, count: 2048))
    expectClose(
      long.expectedCounts(ofSpectrum: 3)[1200], small().expectedCounts(ofSpectrum: 3)[1200],
      relative: 1e-9)
    #expect(long.read(0..<2).values.count == 4096)
  }

  @Test func `counts are whole numbers that fit 16 bits`() {
    let simulation = small {
      $0.detector.spikeProbability = 1
      $0.detector.spikeHeight = 60_000...90_000
      $0.detector.deadProbability = 0
      $0.dwellTime = 0.001
    }
    let values = simulation.read(0..<35).values
    #expect(values.allSatisfy { $0 == $0.rounded() && $0 >= 0 && $0 <= 65_535 })
    #expect(values.contains(65_535) && values.contains(0))
  }

  @Test func `all-zero spectra are the dead ones, outliers the hits`() {
    let gain = simulation.parameters.detector.gain
    var dead = 0
    var hits = 0
    for index in 0..<simulation.header.spectrumCount {
      let truth = simulation.truth(ofSpectrum: index)
      let counts = simulation.read(index..<(index + 1)).values
      #expect(counts.allSatisfy { $0 == 0 } == truth.isDead)
      if truth.isDead {
        dead += 1
        continue
      }
      let outliers = zip(counts, simulation.expectedCounts(ofSpectrum: index)).enumerated().filter {
        Double($0.element.0) - $0.element.1 > 8 * (gain * $0.element.1 + 30).squareRoot()
      }
      #expect(outliers.first?.offset == truth.spike?.channel)
      if truth.spike != nil { hits += 1 }
    }
    #expect((1...10).contains(dead), "\(dead) dead pixels")
    #expect((2...14).contains(hits), "\(hits) hits")
  }

  @Test(arguments: [1, 2024, 99] as [UInt64])
  func `each class has at least 300 spectra`(seed: UInt64) {
    let labels = SpectrumImageSimulation(seed: seed).labels
    #expect(labels.classNames == ["Fe3O4 core", "MnFe2O4 shell"])
    #expect(labels.axes.map(\.count) == [44, 36])
    #expect(labels.counts.allSatisfy { $0 >= 300 }, "\(labels.counts)")
    #expect(labels.values.contains(Labels.unlabelled))
  }

  @Test func `paths are chords of two concentric spheres`() {
    var parameters = SpectrumImageParameters()
    parameters.pixelSize = 0.25
    parameters.rows = 176
    parameters.columns = 144
    parameters.geometry.radius = 16...16
    let simulation = SpectrumImageSimulation(parameters, seed: 5)
    let paths = (0..<simulation.header.spectrumCount).map {
      simulation.truth(ofSpectrum: $0).paths
    }
    // Their integrals are the volumes, and the longest are the diameters.
    let core = paths.reduce(0) { $0 + $1.core } * 0.0625
    let shell = paths.reduce(0) { $0 + $1.shell } * 0.0625
    let sphere = { (radius: Double) in 4 / 3 * Double.pi * radius * radius * radius }
    expectClose(core, sphere(16 * 0.76), relative: 2e-3)
    expectClose(core + shell, sphere(16), relative: 2e-3)
    expectClose(paths.map(\.core).max() ?? 0, 32 * 0.76, relative: 1e-3)
    expectClose(paths.map { $0.core + $0.shell }.max() ?? 0, 32, relative: 1e-3)
    #expect(paths.allSatisfy { $0.core >= 0 && $0.shell >= 0 })
    #expect(paths.allSatisfy { $0.support >= 12 * 0.88 && $0.support <= 12 * 1.12 })
  }

  @Test func `labels follow the longer path`() {
    let labels = simulation.labels.values
    for index in labels.indices {
      let paths = simulation.truth(ofSpectrum: index).paths
      let expected: Int32 =
        if paths.core + paths.shell < 8 { -1 } else if paths.core > paths.shell { 0 } else { 1 }
      #expect(labels[index] == expected)
      #expect(simulation.truth(ofSpectrum: index).label == expected)
    }
  }

  @Test func `energy scale drifts over the scan`() {
    let shifts = (0..<1584).map { simulation.truth(ofSpectrum: $0).energyShift }
    let mean = { (values: ArraySlice<Double>) in values.reduce(0, +) / Double(values.count) }
    // D·(u − ½) + W·sin 6πu: averages over 36 jitters of 0.05 eV.
    expectClose(mean(shifts.prefix(36)), -0.2 + 0.02, absolute: 0.04)
    expectClose(mean(shifts[786..<798]), 0, absolute: 0.06)
    expectClose(mean(shifts.suffix(36)), 0.2 - 0.02, absolute: 0.04)
    expectClose(mean(shifts[250..<278]), -0.133, absolute: 0.05)
    #expect(shifts.allSatisfy { abs($0) <= 0.5 })
  }

  @Test func `classes differ in Mn L3 over Fe L3 and in the Fe L3 maximum`() throws {
    let axis = try #require(simulation.header.energyAxis)
    let means = (0..<2).map { classIndex in
      var sum = [Double](repeating: 0, count: axis.count)
      for index in simulation.labels.spectra(ofClass: classIndex) {
        for (channel, value) in simulation.read(index..<(index + 1)).values.enumerated() {
          sum[channel] += Double(value)
        }
      }
      return sum
    }
    let height = { (spectrum: [Double], window: String, before: String) in
      let mean = { (text: String) in
        let channels = EnergyWindow(text)?.channels(of: axis) ?? 0..<0
        return spectrum[channels].reduce(0, +) / Double(channels.count)
      }
      return mean(window) - mean(before)
    }
    let ratios = means.map { height($0, "639:642", "628:636") / height($0, "707:711", "696:704") }
    #expect(ratios[1] > 1.8 * ratios[0], "Mn L3 / Fe L3: \(ratios)")
    let ferrous = means.map {
      height($0, "706:708.5", "696:704") / height($0, "709:711", "696:704")
    }
    #expect(ferrous[0] > 1.05 * ferrous[1], "Fe²⁺ / Fe³⁺: \(ferrous)")
  }

  @Test func `a large image holds one particle in every cell`() {
    var parameters = SpectrumImageParameters()
    parameters.rows = 44_000
    parameters.columns = 36_000
    let large = SpectrumImageSimulation(parameters, seed: 2024)
    #expect(large.header.spectrumCount == 1_584_000_000)
    // A pixel in the middle of a far cell is core; the corner of the cell is film.
    let cell = (row: 43_912, column: 35_784)
    let middle = (cell.row + 22) * 36_000 + cell.column + 18
    let corner = cell.row * 36_000 + cell.column
    #expect(large.truth(ofSpectrum: middle).label == 0)
    #expect(large.truth(ofSpectrum: corner).label == -1)
    #expect(large.read(middle..<(middle + 1)).values.count == 1360)
  }
}
