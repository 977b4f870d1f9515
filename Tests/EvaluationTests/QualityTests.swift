import Evaluation
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
    let null = try #require(
      RealAgainstRealNull(
        count: 11, groupSize: 5, splits: 100, using: &stream,
        statistic: { first, second in
          #expect(first.count == 5 && second.count == 5)
          #expect(Set(first + second).count == 10)
          return Double(first[0])
        }))
    #expect(null.values.count == 100 && null.quantile(0) == null.values[0])
    #expect(null.quantile(1) == null.values[99])
    expectClose(null.quantile(0.5), (null.values[49] + null.values[50]) / 2, relative: 1e-12)
    var other = RandomStream(seed: 3)
    #expect(
      RealAgainstRealNull(
        count: 11, groupSize: 5, splits: 3, using: &other, statistic: { _, _ in nil }) == nil)
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
    let threshold = reference.null.quantile(0.95)
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

  @Test("Nothing to measure against: copies of one another, or straight lines")
  func degenerate() {
    var stream = RandomStream(seed: 10)
    let twice = spectra(20, seed: 11)
    for i in 10..<20 { twice.rows(i..<i + 1).copy(from: twice.rows(i - 10..<i - 9)) }
    #expect(QualityReference(real: twice, features: features, using: &stream) == nil)
  }
}
