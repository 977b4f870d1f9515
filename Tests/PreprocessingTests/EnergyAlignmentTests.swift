import Foundation
import LinearAlgebra
import Preprocessing
import Simulation
import Spectra
import TestSupport
import Testing

/// Shifts are measured with their error, drift is told from chemistry, and spectra are moved well.
struct EnergyAlignmentTests {
  private struct Reference: Decodable {
    struct Moved: Decodable {
      var shift: Double
      var first: Int
      var values: [Float]
    }
    var rows: Int
    var window: [Int]
    var spectra: [Float]
    var truth: [Double]
    var leastSquares: [Double]
    var errors: [Double]
    var hyperspy: [Double]
    var moved: [Moved]
  }

  private func reference() throws -> (reference: Reference, spectra: Matrix) {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/alignment", withExtension: "json"))
    let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
    return (reference, Matrix(rows: reference.rows, elements: reference.spectra))
  }

  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count)).squareRoot())
  }

  private func moved(_ values: [Float], by shift: Double) -> [Float] {
    let (from, to) = (Matrix(rows: 1, elements: values), Matrix(rows: 1, elements: values))
    EnergyShift.apply(shift, to: from.row(0), count: values.count, into: to.row(0))
    return to.elements
  }

  @Test func `shifts as by least squares and HyperSpy, with true errors`() throws {
    let (reference, spectra) = try reference()
    let axis = UniformAxis(offset: 500, scale: 0.25, count: spectra.columnCount)
    let alignment = try #require(
      EnergyAlignment(
        surveyed: spectra, rows: Array(0..<reference.rows),
        window: reference.window[0]..<reference.window[1], axis: axis, greatestShift: 2))
    #expect(alignment.greatestShift == 8)
    let shifts = (0..<reference.rows).map { alignment.estimate(spectra.row($0)) }
    #expect(shifts.allSatisfy { $0.isKnown })
    func difference(_ other: [Double]) -> [Double] {
      zip(shifts, other).map { Double($0.channels) - $1 }
    }
    let (offset, spread) = moments(difference(reference.leastSquares))
    let (_, fromTruth) = moments(difference(reference.truth))
    let (_, fromHyperSpy) = moments(difference(reference.hyperspy))
    // In standard errors.
    let pulls = zip(difference(reference.truth), shifts).map { ($0 - offset) / Double($1.error) }
    // The mean of the shifts is the reference's zero.
    #expect(abs(offset + moments(reference.truth).mean) < 0.02)
    #expect(spread < 0.02 && fromTruth < 0.04 && fromHyperSpy < 0.04)
    #expect(moments(pulls).deviation > 0.7 && moments(pulls).deviation < 1.35)
  }

  @Test func `offset, slope, parabola and height do not matter`() throws {
    let (reference, spectra) = try reference()
    let axis = UniformAxis(offset: 500, scale: 0.25, count: spectra.columnCount)
    let alignment = try #require(
      EnergyAlignment(
        surveyed: spectra, rows: Array(0..<reference.rows), window: 30..<170, axis: axis,
        greatestShift: 2))
    for row in 0..<reference.rows {
      let plain = alignment.estimate(spectra.row(row)).channels
      for j in 0..<spectra.columnCount {
        let u = Float(j - 100) / 100
        spectra[row, j] = 0.5 * spectra[row, j] + 3000 - 2e4 * u + 1e5 * u * u
      }
      let other = alignment.estimate(spectra.row(row)).channels
      expectClose(Double(other), Double(plain), absolute: 1e-2)
    }
  }

  @Test func `moved spectra are the polynomials through six points`() throws {
    let (reference, spectra) = try reference()
    let first = Array(spectra.elements.prefix(spectra.columnCount))
    for moved in reference.moved {
      let values = self.moved(first, by: moved.shift)
      let inner = Array(values[moved.first...].prefix(moved.values.count))
      expectClose(inner, moved.values, relative: 1e-5, absolute: 1e-3, "\(moved.shift)")
    }
    // A polynomial of degree 5 is moved without error.
    func curve(_ x: Double) -> Float { Float(x * x * (x - 1) * (x + 0.5) * (x - 0.2) + 1) }
    // Without the channels that need some beyond the ends.
    let known = 5..<58
    for shift in [-2.6, 0.4, 3.7] {
      let values = self.moved((0..<64).map { curve(Double($0) / 32 - 1) }, by: shift)
      for j in known {
        expectClose(
          Double(values[j]), Double(curve((Double(j) + shift) / 32 - 1)), absolute: 2e-6)
      }
    }
  }

  @Test func `whole channels are exact, ends repeat the last channel`() {
    let values: [Float] = (0..<20).map { Float(($0 * 7) % 11) }
    for shift in [-30, -19, -4, 0, 3, 19, 40] {
      #expect(
        moved(values, by: Double(shift)) == (0..<20).map { values[min(max($0 + shift, 0), 19)] })
    }
    #expect(moved([2], by: 0.5) == [2])
  }

  @Test func `what half a channel does to a line and to noise`() {
    let line: [Float] = (0..<64).map {
      let distance = (Double($0) - 32.5) * 2.3548 / 3.6
      return Float(exp(-distance * distance / 2))
    }
    // The line's top lies half a channel from the nearest: after the move it is on a channel.
    expectClose(Double(moved(line, by: 0.5)[32]), 1, absolute: 0.0037)
    #expect(moved(line, by: 0.5)[32] < 0.997)
    var stream = RandomStream(seed: 1)
    let noise = (0..<200_000).map { _ in Float(stream.normal()) }
    let after = moved(noise, by: 0.5).map(Double.init)
    let deviation = moments(after).deviation
    expectClose(deviation, 0.840, absolute: 0.01)
    let product = zip(after, after.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    expectClose(product / 200_000 / deviation / deviation, 0.32, absolute: 0.01)
  }

  /// Two phases, pixel by pixel in stripes across the scan lines, whose edges lie 1.5 eV apart.
  @Test func `the drift curve keeps chemical shifts that own shifts would erase`() throws {
    let axis = UniformAxis(offset: 480, scale: 0.25, count: 320)
    let width = 40
    let count = 50 * width
    let spectra = Matrix(rows: count, columns: axis.count)
    var stream = RandomStream(seed: 3)
    func phase(_ index: Int) -> Int { (index % width) / 8 % 2 }
    func drift(_ index: Int) -> Double { 6 * Double(index) / Double(count - 1) }
    for row in 0..<count {
      let onset = 120 + drift(row) + 6 * Double(phase(row))
      for j in 0..<axis.count {
        let x = Double(j) - onset
        let line = 300 * exp(-x * x / 12) + 40 / (1 + exp(-x))
        spectra[row, j] = Float(stream.poisson(100 * exp(-Double(j) / 150) + line))
      }
    }
    let alignment = try #require(
      EnergyAlignment(
        surveyed: spectra, rows: Array(0..<count), window: 60..<280, axis: axis))
    let shifts = (0..<count).map { alignment.estimate(spectra.row($0)) }
    let curve = try #require(DriftCurve(shifts))
    #expect(curve.knownCount == count)
    func difference(_ value: (Int) -> Double) -> Double {
      let parts = (0...1).map { part in
        moments((0..<count).filter { phase($0) == part }.map { value($0) - drift($0) }).mean
      }
      return parts[1] - parts[0]
    }
    let own = difference { Double(shifts[$0].channels) }
    let smooth = difference { curve[$0] }
    let error = moments((0..<count).map { curve[$0] - drift($0) }).deviation
    #expect(own > 5.8 && abs(smooth) < 0.05 && error < 0.1)
  }

  @Test func `the simulator's drift is found, its classes keep their difference`() throws {
    let simulation = SpectrumImageSimulation(seed: 2024)
    let axis = simulation.parameters.energyAxis
    let count = simulation.header.spectrumCount
    let spectra = Matrix(rows: count, elements: simulation.read(0..<count).values)
    let truth = (0..<count).map { simulation.truth(ofSpectrum: $0) }
    let good = (0..<count).filter { !truth[$0].isDead && truth[$0].spike == nil }
    let alignment = try #require(
      EnergyAlignment(
        surveyed: spectra, rows: good, window: axis.channel(nearest: 522)..<axis.count, axis: axis))
    let shifts = (0..<count).map { alignment.estimate(spectra.row($0)) }
    let labels = simulation.labels.values
    let particle = good.filter { labels[$0] >= 0 }
    #expect(particle.count { shifts[$0].isKnown } > particle.count * 99 / 100)
    #expect(good.count { shifts[$0].isKnown && labels[$0] < 0 } < 60)
    let curve = try #require(DriftCurve(shifts))
    func remaining(_ label: Int32) -> (mean: Double, deviation: Double) {
      moments(
        particle.filter { labels[$0] == label }
          .map { curve[$0] - truth[$0].energyShift / axis.scale })
    }
    // 0.2 channels is the jitter from pixel to pixel.
    #expect(remaining(0).deviation < 0.22 && remaining(1).deviation < 0.22)
    #expect(abs(remaining(0).mean - remaining(1).mean) < 0.05)
  }

  @Test func `nothing to compare, nothing known`() throws {
    let axis = UniformAxis(offset: 480, scale: 0.5, count: 200)
    var stream = RandomStream(seed: 8)
    let noise = Matrix(rows: 400, columns: 200)
    let edges = Matrix(rows: 400, columns: 200)
    for row in 0..<400 {
      for j in 0..<200 {
        noise[row, j] = Float(stream.poisson(50))
        edges[row, j] = Float(stream.poisson(j >= 100 ? 90 : 50))
      }
    }
    let rows = Array(0..<400)
    let alignment = try #require(
      EnergyAlignment(surveyed: edges, rows: rows, window: 0..<200, axis: axis))
    #expect(alignment.window == 12..<188)
    #expect(rows.count { alignment.estimate(noise.row($0)).isKnown } == 0)
    #expect(DriftCurve(rows.map { alignment.estimate(noise.row($0)) }) == nil)

    let flat = Matrix(rows: 2, columns: 200)
    #expect(EnergyAlignment(surveyed: flat, rows: [0, 1], window: 0..<200, axis: axis) == nil)
    #expect(EnergyAlignment(surveyed: edges, rows: rows, window: 90..<100, axis: axis) == nil)
    #expect(EnergyAlignment(surveyed: edges, rows: [], window: 0..<200, axis: axis) == nil)
    edges[0, 100] = .nan
    #expect(!alignment.estimate(edges.row(0)).isKnown)
  }

  @Test func `drift curves`() throws {
    func shifts(_ value: (Int) -> Float?) -> [EnergyShift] {
      (0..<1000).map { i in
        value(i).map { EnergyShift(channels: $0, error: 0.1) } ?? .unknown
      }
    }
    let line = try #require(DriftCurve(shifts { Float($0) / 100 }))
    for i in [0, 1, 333, 500, 999] { expectClose(line[i], Double(i) / 100, absolute: 1e-5) }
    // One in eight is wild; a gap of half the scan; nothing known at the ends.
    let rough = try #require(
      DriftCurve(
        shifts {
          if $0 < 50 || $0 > 900 || (200..<700).contains($0) { return nil }
          return $0 % 8 == 0 ? 15 : Float($0) / 500
        }))
    for i in [60, 150, 450, 800] { expectClose(rough[i], Double(i) / 500, absolute: 0.03) }
    expectClose(rough[0], 0.1, absolute: 0.03)
    expectClose(rough[999], 1.8, absolute: 0.03)
    #expect(DriftCurve(shifts { $0 < 31 ? 0 : nil }) == nil)
    #expect(DriftCurve(shifts { $0 < 32 ? 0 : nil })?.knownCount == 32)
  }
}
