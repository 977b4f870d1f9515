import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// The values of SciPy and scikit-learn; see Fixtures/make_metrics.py.
private struct Reference: Decodable {
  struct Frechet: Decodable {
    let columns: Int
    let x: [Float]
    let y: [Float]
    let frechet: Double
  }
  let frechet: [Frechet]
  let fullByNuclearNorm: Double
  let pairwise: Double
  let nearest: Double
  let nearestWithin: Double
  let spectra: [Float]
  let others: [Float]
  let noise: Double
  let standardErrors: [Double]
  let kernelDistance: Double
  let coverage: Double
  let edges: [Float]
  let otherEdges: [Float]
  let paper: PaperMetrics
  let deviations: [Double]

  static func load() throws -> Reference {
    let url = try #require(
      Bundle.module.url(forResource: "metrics", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }
}

@Suite("Metrics against SciPy and scikit-learn")
struct MetricReferenceTests {
  private let reference: Reference

  init() throws { reference = try Reference.load() }

  @Test("Fréchet distance: full rank by the matrix square root, thin and close sets")
  func frechet() throws {
    for (index, expected) in reference.frechet.enumerated() {
      let x = Matrix(rows: expected.x.count / expected.columns, elements: expected.x)
      let y = Matrix(rows: expected.y.count / expected.columns, elements: expected.y)
      let a = try #require(FeatureDistribution(x))
      let b = try #require(FeatureDistribution(y))
      let distance = try #require(a.frechetDistance(to: b))
      // Without full rank, roots of eigenvalues that should be 0 come from their rounding.
      let tolerance = index == 1 ? 1e-8 : 1e-10
      expectClose(
        distance, expected.frechet, absolute: tolerance * (a.variance + b.variance), "\(index)")
      let swapped = try #require(b.frechetDistance(to: a))
      expectClose(swapped, distance, absolute: 1e-10 * a.variance, "swapped")
      expectClose(
        try #require(a.frechetDistance(to: a)), 0, absolute: 1e-12 * a.variance, "to itself")
    }
    expectClose(reference.frechet[0].frechet, reference.fullByNuclearNorm, relative: 1e-9)
  }

  @Test("Distances between examples")
  func distances() {
    let expected = reference.frechet[0]
    let x = Matrix(rows: 30, elements: expected.x)
    let y = Matrix(rows: 40, elements: expected.y)
    expectClose(meanPairwiseDistance(of: x), reference.pairwise, relative: 1e-12)
    expectClose(meanNearestDistance(from: y, to: x), reference.nearest, relative: 1e-12)
    expectClose(meanNearestDistance(within: x), reference.nearestWithin, relative: 1e-12)
    #expect(meanNearestDistance(from: x, to: x) == 0)
  }

  @Test("High-frequency noise and the error of the mean spectrum")
  func spectra() {
    let spectra = Matrix(rows: 12, elements: reference.spectra)
    let others = Matrix(rows: 9, elements: reference.others)
    expectClose(highFrequencyNoise(of: spectra), reference.noise, relative: 1e-12)
    let error = MeanSpectrumError(of: others, against: spectra, count: 125)
    expectClose(error.standardErrors, reference.standardErrors, relative: 1e-12, "errors")
    let within = reference.standardErrors.count { $0 <= 3 }
    #expect(error.share(within: 3) == Double(within) / Double(reference.standardErrors.count))
    #expect(MeanSpectrumError(of: spectra, against: spectra).standardErrors.allSatisfy { $0 == 0 })
  }

  @Test("Kernel distance and coverage")
  func kernelAndCoverage() {
    let expected = reference.frechet[0]
    let x = Matrix(rows: 30, elements: expected.x)
    let y = Matrix(rows: 40, elements: expected.y)
    expectClose(kernelDistance(x, y), reference.kernelDistance, relative: 1e-12)
    expectClose(kernelDistance(y, x), reference.kernelDistance, relative: 1e-12)
    #expect(coverage(of: x, by: y, neighbours: 3) == reference.coverage)
    #expect(reference.coverage > 0.1 && reference.coverage < 0.9)
    #expect(coverage(of: x, by: x) == 1)
  }

  @Test("The paper's metrics, and what makes mean spectra differ")
  func paper() throws {
    let real = Matrix(rows: 14, elements: reference.edges)
    let other = Matrix(rows: 14, elements: reference.otherEdges)
    let metrics = try #require(PaperMetrics(of: other, against: real))
    let expected = reference.paper
    expectClose(metrics.frechetDistance, expected.frechetDistance, relative: 1e-7, "FID")
    expectClose(metrics.correlation, expected.correlation, relative: 1e-12, "PCC")
    expectClose(metrics.cosineDistance, expected.cosineDistance, relative: 1e-11, "CosD")
    expectClose(
      try #require(metrics.signalToNoise), try #require(expected.signalToNoise), relative: 1e-12,
      "SNR")
    expectClose(metrics.kullbackLeibler, expected.kullbackLeibler, relative: 1e-10, "KL")

    let values = MeanDeviation(around: meanSpectrum(of: real)).values(of: other)
    expectClose(
      values.flatMap { [$0.shift, $0.level, $0.tilt] }, reference.deviations, absolute: 1e-9,
      "shift, level, tilt")
  }
}
