import Augmentation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// The values of SciPy; see Fixtures/make_acquisitions.py.
struct AcquisitionReference: Decodable {
  struct Transport: Decodable {
    let first: [Double]
    let second: [Double]
    let map: [Double]
  }
  struct Scattering: Decodable {
    struct Change: Decodable {
      let thickness: Double
      let spectrum: [Double]
    }
    let step: Double
    let spectrum: [Double]
    let changes: [Change]
  }
  let transport: Transport
  let scattering: [Scattering]

  static func load() throws -> AcquisitionReference {
    let url = try #require(
      Bundle.module.url(
        forResource: "acquisitions", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(AcquisitionReference.self, from: Data(contentsOf: url))
  }
}

@Suite("Covariance transport")
struct CovarianceTransportTests {
  private func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { index in
      (0..<n).reduce(0) { $0 + a[index / n * n + $1] * b[$1 * n + index % n] }
    }
  }

  @Test(
    "The map of SciPy's matrix square roots; symmetric, and it turns one covariance into the other")
  func reference() throws {
    let expected = try AcquisitionReference.load().transport
    let map = try #require(
      CovarianceTransport(from: expected.first, to: expected.second, order: 5)
    ).map
    expectClose(map, expected.map, absolute: 1e-9, "map")
    expectClose((0..<25).map { map[$0 % 5 * 5 + $0 / 5] }, map, absolute: 1e-12, "symmetric")
    let made = product(product(map, expected.first, 5), map, 5)
    expectClose(made, expected.second, absolute: 1e-10, "covariance")
  }

  @Test("Independent axes are stretched by the ratio of deviations; what has no variance stays")
  func axes() throws {
    let map = try #require(
      CovarianceTransport(
        from: [4, 0, 0, 0, 1, 0, 0, 0, 0], to: [1, 0, 0, 0, 9, 0, 0, 0, 5], order: 3)
    ).map
    expectClose(map, [0.5, 0, 0, 0, 3, 0, 0, 0, 1], absolute: 1e-12)
    #expect(CovarianceTransport(from: [.nan], to: [1], order: 1) == nil)
  }

  @Test("Denoised spectra: generated ones scatter along the components as the class's do")
  func generator() throws {
    // Three components of very different scatter, of which a network learns the smallest last.
    var stream = RandomStream(seed: 8)
    let spectra = Matrix(rows: 200, columns: 96)
    for i in 0..<200 {
      let scores = [0.2, 0.05, 0.01].map { Float($0 * stream.normal()) }
      for j in 0..<96 {
        let x = Float(j)
        func bump(_ centre: Float) -> Float { Float(exp(-pow(Double(x - centre) / 6, 2))) }
        spectra[i, j] =
          bump(30) + 0.3 + scores[0] * bump(48) + scores[1] * bump(64) + scores[2] * bump(80)
      }
      let most = spectra.rows(i..<i + 1).elements.max() ?? 1
      for j in 0..<96 { spectra[i, j] /= most }
    }
    let set = try TrainingSet(name: "denoised", spectra: spectra)
    func ratios(stretching: Bool) throws -> [Double] {
      var design = DAGDesign().quick(iterations: 100, interval: 50)
      design.momentCount = 1000
      if !stretching { design.stretchRounds = 0 }
      let trained = try Augmenter(design: design, seed: 3).train([set])[0]
      let made = trained.sample(count: 2000, stream: RandomStream(seed: 5))
      let basis = trained.snapshot.components.basis
      #expect(basis.isExact && basis.componentCount == 3)
      let rows = Matrix(rows: basis.componentCount, elements: basis.components)
      func variances(_ spectra: Matrix) -> [Double] {
        let coefficients = Matrix(rows: spectra.rowCount, columns: rows.rowCount)
        coefficients.setProduct(spectra, transposed: rows)
        let covariance = CovarianceTransport.covariance(of: coefficients)
        return (0..<3).map { covariance[$0 * (rows.rowCount + 1)] }
      }
      return zip(variances(made), variances(set.spectra)).map { $0.0 / $0.1 }
    }
    let (plain, stretched) = (try ratios(stretching: false), try ratios(stretching: true))
    #expect(plain.contains { abs($0 - 1) > 0.3 }, "\(plain)")
    for ratio in stretched { expectClose(ratio, 1, absolute: 0.15, "variance") }
  }
}
