import Foundation
import LinearAlgebra
import Preprocessing
import Simulation
import Spectra
import TestSupport
import Testing

/// Hits are found and repaired; what the specimen shows stays.
struct SpikeRemovalTests {
  private struct Reference: Decodable {
    struct Hit: Decodable {
      var row: Int
      var first: Int
      var end: Int
      var values: [Float]
    }
    var rows: Int
    var clean: [Float]
    var searched: [Float]
    var gain: Double
    var found: [Hit]
    /// Twice as many spectra, hits among the surveyed ones.
    var crowded: [Float]
    var crowdedGain: Double
    var crowdedMean: [Float]
    var closed: [Int]
    var crowdedFound: [Hit]
  }

  /// The simulated image with about as many counts a channel, without hits.
  private func simulation(_ counts: Double, rows: Int = 56) -> SpectrumImageSimulation {
    var parameters = SpectrumImageParameters()
    parameters.rows = rows
    parameters.detector.spikeProbability = 0
    parameters.detector.deadProbability = 0
    // 270 counts a channel at the preset's current.
    parameters.beamCurrent *= counts / 270
    return SpectrumImageSimulation(parameters, seed: 1)
  }

  private func spectra(_ simulation: SpectrumImageSimulation, _ count: Int) -> Matrix {
    Matrix(rows: count, elements: simulation.read(0..<count).values)
  }

  private func reference() throws -> Reference {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/spikes", withExtension: "json"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }

  private func expectHits(
    _ hits: [Reference.Hit], _ searched: Matrix, _ removal: SpikeRemoval
  ) {
    var found: [(row: Int, channels: Range<Int>)] = []
    for row in 0..<searched.rowCount {
      let spiked = removal.isSpiked(searched.row(row))
      let count = removal.repair(searched.row(row)) { found.append((row, $0)) }
      #expect(spiked == (count > 0))
    }
    #expect(found.map(\.row) == hits.map(\.row))
    for (found, hit) in zip(found, hits) {
      #expect(found.channels == hit.first..<hit.end)
      let values = found.channels.map { searched[hit.row, $0] }
      expectClose(values, hit.values, relative: 1e-5, "row \(hit.row)")
    }
  }

  @Test func `the same hits and values as an independent writing of the rule`() throws {
    let expected = try reference()
    let rows = Array(0..<expected.rows)
    let clean = Matrix(rows: expected.rows, elements: expected.clean)
    let removal = try #require(SpikeRemoval(surveyed: clean, rows: rows))
    expectClose(Double(removal.gain), expected.gain, relative: 1e-4)
    #expect(removal.surveyedSpikes == 0)
    let searched = Matrix(rows: expected.rows, elements: expected.searched)
    expectHits(expected.found, searched, removal)
    #expect(Set(expected.found.map(\.row)) == [3, 17, 29, 33])
  }

  @Test func `the same closed channels and hits where surveyed spectra are hit`() throws {
    let expected = try reference()
    let spectra = Matrix(rows: 2 * expected.rows, elements: expected.crowded)
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<spectra.rowCount)))
    #expect(removal.closedChannels == expected.closed && expected.closed.contains(25))
    #expect(removal.surveyedSpikes == 10 && expected.crowdedFound.count == 10)
    expectClose(Double(removal.gain), expected.crowdedGain, relative: 1e-4)
    expectClose(removal.reference, expected.crowdedMean, relative: 1e-6)
    expectHits(expected.crowdedFound, spectra, removal)
  }

  @Test(arguments: [1.0, 10, 100, 1000, 10_000]) func `clean spectra stay, hits go`(
    counts: Double
  ) throws {
    let simulation = simulation(counts)
    let count = simulation.header.spectrumCount
    let spectra = spectra(simulation, count)
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<count)))
    #expect(!(0..<count).contains { removal.isSpiked(spectra.row($0)) })
    var stream = RandomStream(seed: 9)
    var found = 0
    var error = 0.0
    let trials = 300
    for trial in 0..<trials {
      let row = stream.index(below: count)
      let width = 1 + trial % 3
      let first = 2 + stream.index(below: 1360 - 4 - width)
      let expected = simulation.expectedCounts(ofSpectrum: row)
      let deviation = (1.6 * expected[first] + 2.5 * 2.5).squareRoot()
      let x = Matrix(rows: 1, columns: 1360)
      x.copy(from: spectra.rows(row..<(row + 1)))
      for i in first..<(first + width) { x[0, i] += Float((25 * deviation).rounded()) }
      var channels: Set<Int> = []
      removal.repair(x.row(0)) { channels.formUnion($0) }
      guard channels.isSuperset(of: first..<(first + width)) else { continue }
      found += 1
      for i in first..<(first + width) {
        let difference = (Double(x[0, i]) - expected[i]) / deviation
        error += difference * difference / Double(width)
      }
    }
    #expect(found >= trials * 98 / 100)
    // Less noise than a counted channel has.
    #expect((error / Double(found)).squareRoot() < 0.75)
  }

  /// White lines 0.9 eV wide at 0.25 eV a channel, up to three times as strong as in the mean.
  @Test(arguments: [10.0, 1000, 10_000]) func `sharp white lines survive`(level: Double) throws {
    let count = 2000
    let spectra = Matrix(rows: count, columns: 256)
    var stream = RandomStream(seed: 4)
    for row in 0..<count {
      let centre = stream.uniform(98, 102)
      let strength = stream.uniform(0, 6)
      for j in 0..<256 {
        let distance = (Double(j) - centre) * 2.3548 / 3.6
        let mean = 2 * exp(-Double(j) / 200) + strength * exp(-distance * distance / 2)
        spectra[row, j] = Float(stream.poisson(level * mean))
      }
    }
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<count)))
    #expect(!(0..<count).contains { removal.isSpiked(spectra.row($0)) })
  }

  @Test func `features narrower than a channel are no hits`() throws {
    let spectra = spectra(simulation(1000, rows: 10), 360)
    for row in stride(from: 0, to: 360, by: 20) { spectra[row, 700] += 2000 }
    spectra[7, 300] += 2000
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<360)))
    #expect(removal.closedChannels.contains(700) && !removal.closedChannels.contains(300))
    #expect(removal.closedChannels.count <= 9 && removal.surveyedSpikes == 1)
    #expect((0..<360).filter { removal.isSpiked(spectra.row($0)) } == [7])
  }

  /// Lines narrower than the shape test can tell from hits, in strengths from nothing to threefold.
  @Test(arguments: [1.0, 1.8, 2.6]) func `very narrow lines are left alone`(width: Double) throws {
    let count = 2000
    let spectra = Matrix(rows: count, columns: 256)
    var stream = RandomStream(seed: 4)
    for row in 0..<count {
      let centre = stream.uniform(98, 102)
      let strength = stream.uniform(0, 6)
      for j in 0..<256 {
        let distance = (Double(j) - centre) * 2.3548 / width
        let mean = 2 * exp(-Double(j) / 200) + strength * exp(-distance * distance / 2)
        spectra[row, j] = Float(stream.poisson(1000 * mean))
      }
    }
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<count)))
    #expect(!(0..<count).contains { removal.isSpiked(spectra.row($0)) })
    #expect(removal.closedChannels.allSatisfy { (90...110).contains($0) })
  }

  /// Long exposures: hits in many of the spectra that the mean is learnt from.
  @Test(arguments: [0.06, 0.15]) func `scattered hits are believed`(share: Double) throws {
    let simulation = simulation(300, rows: 29)
    let count = 1024
    let spectra = spectra(simulation, count)
    var stream = RandomStream(seed: 2)
    let rows = (0..<count).filter { _ in stream.uniform(0, 1) < share }
    var hits: [Int: Int] = [:]
    for row in rows {
      let channel = 2 + stream.index(below: 1360 - 4)
      let deviation = (1.6 * simulation.expectedCounts(ofSpectrum: row)[channel] + 2.5 * 2.5)
        .squareRoot()
      spectra[row, channel] += Float((50 * deviation).rounded())
      hits[row] = channel
    }
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<count)))
    #expect(removal.closedChannels.isEmpty)
    var found = 0
    for row in 0..<count {
      var channels: Set<Int> = []
      removal.repair(spectra.row(row)) { channels.formUnion($0) }
      if let hit = hits[row] {
        found += channels.contains(hit) ? 1 : 0
      } else {
        #expect(channels.isEmpty, "row \(row)")
      }
    }
    #expect(found * 100 >= hits.count * 95, "\(found) of \(hits.count)")
    #expect(removal.surveyedSpikes == found)
  }

  @Test func `two hits in a short line scan`() throws {
    let spectra = spectra(simulation(300), 32)
    spectra[5, 400] += 1500
    spectra[20, 1100] += 1500
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<32)))
    #expect(removal.surveyedSpikes == 2)
    #expect((0..<32).filter { removal.isSpiked(spectra.row($0)) } == [5, 20])
  }

  @Test func `hits in more than a fifth of the spectra are not believed`() {
    let spectra = spectra(simulation(1000, rows: 10), 360)
    for row in stride(from: 0, to: 360, by: 4) { spectra[row, 30 + 3 * row] += 2000 }
    #expect(SpikeRemoval(surveyed: spectra, rows: Array(0..<360)) == nil)
  }

  @Test func `several hits, a very high one among them`() throws {
    let simulation = simulation(300)
    let spectra = spectra(simulation, 400)
    let removal = try #require(SpikeRemoval(surveyed: spectra, rows: Array(0..<400)))
    for (channel, height) in [(100, 1e6), (101, 3e5), (400, 5000), (900, 800), (1300, 700)] {
      spectra[120, channel] += Float(height)
    }
    var channels: [Int] = []
    let count = removal.repair(spectra.row(120)) { channels += $0 }
    #expect(count == channels.count && channels.sorted() == [100, 101, 400, 900, 1300])
    #expect(removal.repair(spectra.row(120)) == 0)
    let expected = simulation.expectedCounts(ofSpectrum: 120)
    for channel in channels {
      #expect(
        abs(Double(spectra[120, channel]) - expected[channel]) < 4 * expected[channel].squareRoot())
    }
  }

  @Test func `spectra that the statistic is not made for`() throws {
    let narrow = Matrix(rows: 2, elements: [1, 2, 3, 4, 5, 6, 7, 9, 9, 9])
    let few = try #require(SpikeRemoval(surveyed: narrow, rows: [0, 1]))
    #expect(!few.isSpiked(narrow.row(0)))
    let zeros = Matrix(rows: 3, columns: 40)
    let empty = try #require(SpikeRemoval(surveyed: zeros, rows: [0, 1, 2]))
    #expect(empty.repair(zeros.row(0)) == 0)
    let none = try #require(SpikeRemoval(surveyed: zeros, rows: []))
    #expect(none.reference.allSatisfy { $0 == 0 } && !none.isSpiked(zeros.row(1)))
  }
}
