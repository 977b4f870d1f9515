import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("What the metrics find, and what they must not")
struct QualityTests {
  private let channels = 60

  /// Peaks of varying height and place with white noise.
  private func spectra(
    _ count: Int, noise: Double = 0.03, shift: Double = 0, seed: UInt64
  ) -> Matrix {
    var stream = RandomStream(seed: seed)
    let spectra = Matrix(rows: count, columns: channels)
    for i in 0..<count {
      let height = 1 + 0.15 * stream.normal()
      let place = 30 + shift + stream.normal()
      for j in 0..<channels {
        let distance = (Double(j) - place) / 8
        spectra[i, j] = Float(height / (1 + distance * distance) + noise * stream.normal())
      }
    }
    return spectra
  }

  /// Means and leading components that a parabola basis stands for: smooth, orthonormal, fixed.
  private var features: SpectralFeatures {
    let components = Matrix(rows: 6, columns: channels)
    for k in 0..<6 {
      var row = (0..<channels).map { j -> Double in
        let x = Double(j) / Double(channels - 1)
        return (0...k).reduce(1) { value, _ in value * (2 * x - 1) }
      }
      for other in 0..<k {
        let along = (0..<channels).reduce(0) { $0 + row[$1] * Double(components[other, $1]) }
        for j in 0..<channels { row[j] -= along * Double(components[other, j]) }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for j in 0..<channels { components[k, j] = Float(row[j] / norm) }
    }
    return SpectralFeatures(mean: Matrix(rows: 1, columns: channels), components: components)
  }

  @Test("A shift of all features by δ is at Fréchet distance ‖δ‖²")
  func shiftFormula() throws {
    let real = features.features(of: spectra(50, seed: 1))
    let moved = Matrix(rows: 50, columns: 6)
    let delta: [Float] = [0.5, -0.25, 1, 0, 0.125, -2]
    for i in 0..<50 { for j in 0..<6 { moved[i, j] = real[i, j] + delta[j] } }
    let a = try #require(FeatureDistribution(real))
    let b = try #require(FeatureDistribution(moved))
    let expected = delta.reduce(0) { $0 + Double($1 * $1) }
    expectClose(try #require(a.frechetDistance(to: b)), expected, relative: 1e-6)
  }

  @Test("Three spectra that are all noise do not move the noise level of 120")
  func noiseIsRobust() {
    let clean = spectra(120, seed: 10)
    let some = spectra(120, seed: 10)
    let loud = spectra(3, noise: 0.3, seed: 11)
    some.rows(0..<3).copy(from: loud)
    expectClose(highFrequencyNoise(of: some), highFrequencyNoise(of: clean), relative: 0.03)
    #expect(highFrequencyNoise(of: loud) > 6 * highFrequencyNoise(of: clean))
  }

  @Test("Features that are not finite have no distribution")
  func notFinite() {
    let features = spectra(10, seed: 2)
    features[3, 4] = .nan
    #expect(FeatureDistribution(features) == nil)
  }

  @Test("Groups of the null have no example in common, and its quantiles are in order")
  func null() throws {
    var stream = RandomStream(seed: 3)
    func comparison(_ value: Double) -> SyntheticQuality {
      SyntheticQuality(
        frechetDistance: value, kernelDistance: -value, noiseRatio: 1, noiseSpreadRatio: 1,
        diversity: 1, coverage: 1, nearestNeighbourRatio: 1, energyShift: 0, background: 0)
    }
    let null = try #require(
      RealAgainstRealNull(
        count: 11, groupSize: 5, splits: 100, using: &stream,
        comparison: { first, second in
          #expect(first.count == 5 && second.count == 5)
          #expect(Set(first + second).count == 10)
          return comparison(Double(first[0]))
        }))
    let values = null.splits.map(\.frechetDistance).sorted()
    #expect(values.count == 100 && Set(values).count > 5)
    #expect(null.quantile(0, of: \.frechetDistance) == values[0])
    #expect(null.quantile(1, of: \.frechetDistance) == values[99])
    #expect(null.quantile(0, of: \.kernelDistance) == -values[99])
    expectClose(
      null.quantile(0.5, of: \.frechetDistance), (values[49] + values[50]) / 2, relative: 1e-12)
    var other = RandomStream(seed: 3)
    #expect(
      RealAgainstRealNull(
        count: 11, groupSize: 5, splits: 3, using: &other, comparison: { _, _ in nil }) == nil)
  }

  @Test("Fresh real spectra pass; collapse, copies, noise and a shift each fail their own metric")
  func constructedSets() throws {
    let real = spectra(120, seed: 4)
    var stream = RandomStream(seed: 5)
    let reference = try #require(
      QualityReference(real: real, features: features, using: &stream))
    func quality(_ set: Matrix) throws -> SyntheticQuality {
      var stream = RandomStream(seed: 6)
      return try #require(reference.quality(of: set, using: &stream))
    }
    let threshold = reference.null.quantile(0.95, of: \.frechetDistance)
    let fresh = try quality(spectra(300, seed: 7))
    #expect(fresh.frechetDistance < threshold, "\(fresh)")
    #expect(abs(fresh.noiseRatio - 1) < 0.05 && abs(fresh.diversity - 1) < 0.1, "\(fresh)")
    #expect(abs(fresh.nearestNeighbourRatio - 1) < 0.15, "\(fresh)")

    let mean = meanSpectrum(of: real)
    let collapsed = Matrix(rows: 300, columns: channels)
    for i in 0..<300 {
      for j in 0..<channels { collapsed[i, j] = Float(mean[j] + 0.03 * stream.normal()) }
    }
    let collapse = try quality(collapsed)
    #expect(collapse.diversity < 0.6 && collapse.frechetDistance > 2 * threshold, "\(collapse)")

    let copied = Matrix(rows: 300, columns: channels)
    for i in 0..<300 {
      copied.rows(i..<i + 1).copy(from: real.rows(i % 120..<i % 120 + 1))
    }
    let copies = try quality(copied)
    #expect(copies.nearestNeighbourRatio < 1e-5, "\(copies)")
    #expect(copies.frechetDistance < threshold, "copies pass the Fréchet distance")

    let noisy = try quality(spectra(300, noise: 0.045, seed: 8))
    expectClose(noisy.noiseRatio, 1.5, relative: 0.05, "noise")

    let moved = try quality(spectra(300, shift: 1, seed: 9))
    #expect(moved.frechetDistance > 2 * threshold, "\(moved) against \(threshold)")
  }

  @Test(
    "The paper's metrics prefer a generator that always gives the mean to held-out real spectra")
  func paperIsBlind() throws {
    let real = spectra(60, seed: 20)
    let held = try #require(PaperMetrics(of: spectra(60, seed: 21), against: real))
    let mean = meanSpectrum(of: real)
    let collapsed = Matrix(rows: 60, columns: channels)
    for i in 0..<60 { for j in 0..<channels { collapsed[i, j] = Float(mean[j]) } }
    let blind = try #require(PaperMetrics(of: collapsed, against: real))
    #expect(blind.frechetDistance < held.frechetDistance, "\(blind) \(held)")
    #expect(blind.correlation > held.correlation)
    #expect(blind.cosineDistance < held.cosineDistance)
    #expect(blind.signalToNoise == nil && held.signalToNoise != nil)
  }

  @Test("Shift, background and height of a mean spectrum are told apart")
  func deviation() {
    let mean = (0..<channels).map { exp(-pow((Double($0) - 30) / 6, 2)) + 0.1 }
    let changed = Matrix(rows: 3, columns: channels)
    for j in 0..<channels {
      changed[0, j] = Float(exp(-pow((Double(j) - 30.2) / 6, 2)) + 0.1)
      changed[1, j] = Float(mean[j] + 0.03 - 0.01 * (2 * Double(j) / Double(channels - 1) - 1))
      changed[2, j] = Float(1.1 * mean[j])
    }
    let values = MeanDeviation(around: mean).values(of: changed)
    // The slope over five channels is a little too small, the shift hence too large.
    expectClose(values[0].shift, 0.2, relative: 0.06, "shift")
    expectClose([values[1].level, values[1].tilt], [0.03, -0.01], absolute: 1e-6, "background")
    for (index, value) in values.enumerated() {
      if index != 0 { expectClose(value.shift, 0, absolute: 1e-5, "shift of \(index)") }
      if index != 1 {
        expectClose([value.level, value.tilt], [0, 0], absolute: 1e-3, "background of \(index)")
      }
    }
    // A flat mean says nothing of shifts.
    let flat = MeanDeviation(around: Array(repeating: 0.5, count: channels)).values(of: changed)
    #expect(flat.allSatisfy { $0.shift == 0 && $0.level.isFinite })
  }

  @Test("Nothing to measure against: copies of one another, or straight lines")
  func degenerate() {
    var stream = RandomStream(seed: 10)
    let twice = spectra(20, seed: 11)
    for i in 10..<20 { twice.rows(i..<i + 1).copy(from: twice.rows(i - 10..<i - 9)) }
    #expect(QualityReference(real: twice, features: features, using: &stream) == nil)
  }

  @Test("A large set is judged by a part of it, the same for the same stream")
  func largeSet() throws {
    let real = spectra(QualityReference.largestSet + 1000, seed: 30)
    func measured(_ seed: UInt64) throws -> SyntheticQuality {
      var stream = RandomStream(seed: seed)
      let reference = try #require(
        QualityReference(real: real, features: features, splits: 20, using: &stream))
      #expect(reference.count == real.rowCount)
      return try #require(reference.quality(of: spectra(400, seed: 31), using: &stream))
    }
    let quality = try measured(5)
    #expect(try measured(5) == quality)
    #expect(try measured(6).diversity != quality.diversity)
    expectClose(quality.diversity, 1, absolute: 0.05)
    expectClose(quality.nearestNeighbourRatio, 1, absolute: 0.1)
  }
}
