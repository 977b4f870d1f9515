import Foundation
import LinearAlgebra
import Preprocessing
import Spectra
import TestSupport
import Testing

/// Principal components against scikit-learn and against their definition.
struct PCATests {
  private struct Reference: Decodable {
    var spectra: [[Float]]
    var components: [[Double]]
    var variance: [Double]
    var ratio: [Double]
    var denoised: [[Double]]
    var spectrumWeights: [Float]
    var channelWeights: [Double]
    var weightedFactors: [[Double]]
    var weightedVariance: [Double]
    var weightedRatio: [Double]
    var weightedDenoised: [[Double]]
    var thresholds: [[Double]]
  }

  private func reference() throws -> Reference {
    let file = try #require(Bundle.module.url(forResource: "Fixtures/pca", withExtension: "json"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }

  /// The sums of some spectra, closed after every `panel` of them.
  private func sums(
    _ spectra: Matrix, pilot: [Float], panel: Int, weight: (Int) -> Float = { _ in 1 }
  ) -> PCAAccumulator {
    var sums = PCAAccumulator(pilot: pilot)
    let part = PCAPanel(pilot: pilot, capacity: panel)
    for first in stride(from: 0, to: spectra.rowCount, by: panel) {
      part.clear()
      for row in first..<min(first + panel, spectra.rowCount) {
        part.take(spectra, row: row, weight: weight(row))
      }
      sums.add([part], threads: 3)
    }
    return sums
  }

  private func pca(
    _ sums: PCAAccumulator, channelWeights: [Double]? = nil, count: Int, known: Int = 0
  ) throws -> PCA {
    try #require(
      PCA(
        sums.gram(channelWeights: channelWeights), of: sums, channelWeights: channelWeights,
        leading: count, known: known))
  }

  @Test(arguments: [false, true]) func `components are scikit-learn's`(pilot: Bool) throws {
    let reference = try reference()
    let spectra = Matrix(rows: 60, elements: reference.spectra.flatMap { $0 })
    let pilot = pilot ? reference.spectra[3] : [Float](repeating: 0, count: 24)
    let pca = try pca(sums(spectra, pilot: pilot, panel: 7), count: 3, known: 5)
    #expect(pca.spectrumCount == 60 && pca.channels == 24 && pca.count == 3)
    // Without a pilot near the mean, the products' single precision is spent on the pedestal.
    let tolerance = pilot[0] == 0 ? 1e-2 : 1e-4
    expectClose(
      pca.explainedVariance, Array(reference.variance[..<5]), relative: tolerance, "variance")
    expectClose(
      pca.explainedVarianceRatio, Array(reference.ratio[..<5]), relative: tolerance, "ratio")
    for (k, expected) in reference.components[..<3].enumerated() {
      let own = pca.factors[(24 * k)..<(24 * (k + 1))].map(Double.init)
      let sign = zip(own, expected).reduce(0) { $0 + $1.0 * $1.1 } < 0 ? -1.0 : 1
      expectClose(own, expected.map { sign * $0 }, absolute: tolerance, "component \(k)")
    }
    #expect(pca.factors == pca.projectors)
  }

  @Test func `weighted components are NumPy's`() throws {
    let reference = try reference()
    let spectra = Matrix(rows: 60, elements: reference.spectra.flatMap { $0 })
    let own = sums(spectra, pilot: reference.spectra[0], panel: 9) {
      reference.spectrumWeights[$0]
    }
    let pca = try pca(own, channelWeights: reference.channelWeights, count: 3)
    expectClose(
      pca.explainedVariance, Array(reference.weightedVariance[..<3]), relative: 1e-4, "variance")
    expectClose(
      pca.explainedVarianceRatio, Array(reference.weightedRatio[..<3]), relative: 1e-4, "ratio")
    for (k, expected) in reference.weightedFactors.enumerated() {
      let own = pca.factors[(24 * k)..<(24 * (k + 1))].map(Double.init)
      let sign = zip(own, expected).reduce(0) { $0 + $1.0 * $1.1 } < 0 ? -1.0 : 1
      expectClose(own, expected.map { sign * $0 }, absolute: 1e-4, "component \(k)")
    }
    // x C V Vᵀ C⁻¹.
    let projectors = Matrix(rows: 3, elements: pca.projectors)
    let factors = Matrix(rows: 3, elements: pca.factors)
    let scores = Matrix(rows: 60, columns: 3)
    scores.setProduct(spectra, transposed: projectors)
    let denoised = Matrix(rows: 60, columns: 24)
    denoised.setProduct(scores, factors)
    expectClose(
      denoised.elements.map(Double.init), reference.weightedDenoised.flatMap { $0 },
      absolute: 2e-4, "denoised")
  }

  @Test func `a run denoises to scikit-learn's inverse transform`() throws {
    let reference = try reference()
    let header = SignalHeader(
      title: "", axes: [.navigation("x", count: 60), .energyLoss(axis(24))])
    let image = SpectrumImage(header: header, values: reference.spectra.flatMap { $0 })
    var options = PreprocessOptions()
    options.background = .none
    options.norm = .none
    options.components = .count(3)
    options.weighting = PreprocessOptions.Weighting.none
    let preprocessor = try Preprocessor(image, options: options)
    var result = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &result)
    let pca = try #require(report.components)
    #expect(report.usableCount == 60 && report.plan.components == 3)
    expectClose(
      pca.explainedVariance, Array(reference.variance[..<pca.explainedVariance.count]),
      relative: 1e-4, absolute: 1e-3, "variance")
    expectClose(
      result.values.map(Double.init), reference.denoised.flatMap { $0 }, absolute: 2e-4, "denoised")
  }

  @Test func `all components share out the whole variance`() throws {
    var stream = RandomStream(seed: 4)
    let spectra = Matrix(rows: 90, columns: 11)
    stream.fillNormal(spectra)
    let zero = [Float](repeating: 0, count: 11)
    let pca = try pca(sums(spectra, pilot: zero, panel: 32), count: 11)
    expectClose(pca.explainedVarianceRatio.reduce(0, +), 1, absolute: 1e-12)
    for k in 0..<11 {
      for l in 0...k {
        let product = (0..<11).reduce(0.0) {
          $0 + Double(pca.factors[11 * k + $1]) * Double(pca.factors[11 * l + $1])
        }
        expectClose(product, k == l ? 1 : 0, absolute: 1e-6)
      }
    }
  }

  @Test func `the optimal threshold is Gavish and Donoho's`() throws {
    for pair in try reference().thresholds {
      let beta = pair[0]
      let own = coefficientOfMedian(beta)
      expectClose(own, pair[1], relative: 1e-6, "β = \(beta)")
      // The authors' polynomial, good to 0.02.
      let polynomial = ((0.56 * beta - 0.95) * beta + 1.82) * beta + 1.43
      expectClose(own, polynomial, absolute: 0.02, "β = \(beta)")
    }
    expectClose(coefficientOfMedian(1), 2.858, absolute: 5e-4)
    expectClose(OptimalThreshold.coefficient(aspectRatio: 1), 4 / 3.0.squareRoot(), relative: 1e-12)
  }

  /// ω(β) = λ(β)/√μ_β.
  private func coefficientOfMedian(_ beta: Double) -> Double {
    OptimalThreshold.coefficient(aspectRatio: beta)
      / OptimalThreshold.marchenkoPasturMedian(aspectRatio: beta).squareRoot()
  }

  @Test(arguments: [(200, 80), (80, 200)]) func `the number of strong components is found`(
    rows: Int, columns: Int
  ) throws {
    var stream = RandomStream(seed: 9)
    for rank in [0, 1, 4] {
      let noise = Matrix(rows: rows, columns: columns)
      stream.fillNormal(noise)
      if rank > 0 {
        let left = Matrix(rows: rows, columns: rank)
        let right = Matrix(rows: rank, columns: columns)
        stream.fillNormal(left)
        stream.fillNormal(right)
        noise.setProduct(left, right, adding: true)
      }
      let values = try #require(
        singularValues(of: noise.elements.map(Double.init), rows: rows, columns: columns))
      let squares = values.map { $0 * $0 }
      let variance = OptimalThreshold.noiseVariance(squares: squares, rows: rows, columns: columns)
      expectClose(variance, 1, relative: 0.1)
      let bound = OptimalThreshold.square(noiseVariance: variance, rows: rows, columns: columns)
      #expect(squares.count { $0 > bound } == rank)
    }
  }

  @Test func `the noise of many columns is that of some of them`() throws {
    var stream = RandomStream(seed: 21)
    for rows in [300, 900] {
      let noise = Matrix(rows: rows, columns: 1200)
      stream.fillNormal(noise)
      noise.multiply(by: 3)
      let gram = Matrix(rows: 1200, columns: 1200)
      gram.setGram(noise)
      let variance = try #require(
        OptimalThreshold.noiseVariance(
          gram: gram.elements.map(Double.init), rows: rows, columns: 1200))
      expectClose(variance, 9, relative: 0.02)
    }
  }

  private func axis(_ count: Int) -> UniformAxis {
    UniformAxis(offset: 500, scale: 0.5, count: count)
  }
}
