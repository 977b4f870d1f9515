import LinearAlgebra
import Preprocessing
import TestSupport
import Testing

/// Parallel analysis against noise matrices that are made, and on matrices of known rank.
struct ParallelAnalysisTests {
  /// The squared singular values of a matrix, largest first.
  private func squares(_ x: Matrix) throws -> [Double] {
    try #require(
      singularValues(of: x.elements.map(Double.init), rows: x.rowCount, columns: x.columnCount)
    ).map { $0 * $0 }
  }

  private func noise(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed)
    let x = Matrix(rows: rows, columns: columns)
    stream.fillNormal(x)
    return x
  }

  @Test(arguments: [(60, 40), (40, 60), (30, 30), (200, 2), (10, 1)])
  func `the bound is the quantile of noise matrices`(rows: Int, columns: Int) throws {
    let bound = ParallelAnalysis.bound(rows: rows, columns: columns)
    let largest = try (0..<400).map { try squares(noise(rows, columns, seed: UInt64($0)))[0] }
    // The 38th of 40 lies between the 82 % and the 99.7 % quantile but for one case in a hundred.
    let share = Double(largest.count { $0 < bound }) / 400
    #expect(share > 0.82 && share <= 0.9975, "\(share)")
  }

  @Test func `noise has no component, and weak ones are found`() throws {
    let bound = ParallelAnalysis.bound(rows: 300, columns: 120)
    for (seed, sizes) in [(1, [Float]()), (2, [2]), (3, [2, 1, 0.8])] {
      let x = noise(300, 120, seed: UInt64(seed))
      var stream = RandomStream(seed: UInt64(seed)).split(1)
      for size in sizes {
        let left = Matrix(rows: 300, columns: 1)
        let right = Matrix(rows: 1, columns: 120)
        stream.fillNormal(left)
        stream.fillNormal(right)
        left.multiply(by: size)
        x.setProduct(left, right, adding: true)
      }
      x.multiply(by: 3)
      let squares = try squares(x)
      let variance = OptimalThreshold.noiseVariance(squares: squares, rows: 300, columns: 120)
      #expect(squares.count { $0 > variance * bound } == sizes.count)
    }
  }

  @Test func `chi deviates have their mean and variance`() {
    var stream = RandomStream(seed: 5)
    // E χ² = k, E χ = √2 Γ((k+1)/2)/Γ(k/2).
    for (degrees, mean) in [(1, 0.797885), (2, 1.253314), (7, 2.553231), (500, 22.349502)] {
      let values = (0..<20_000).map { _ in stream.chi(degrees) }
      let k = Double(degrees)
      let squares = values.reduce(0) { $0 + $1 * $1 } / 20_000
      expectClose(squares, k, absolute: 4 * (2 * k / 20_000).squareRoot())
      expectClose(values.reduce(0, +) / 20_000, mean, absolute: 4 * (0.5 / 20_000).squareRoot())
    }
  }

  @Test func `the largest eigenvalues of a tridiagonal matrix are those of the whole`() throws {
    var stream = RandomStream(seed: 6)
    let diagonal = (0..<30).map { _ in stream.normal() }
    let beside = (0..<29).map { _ in stream.normal() }
    var matrix = [Double](repeating: 0, count: 900)
    for i in 0..<30 { matrix[31 * i] = diagonal[i] }
    for i in 0..<29 { matrix[30 * (i + 1) + i] = beside[i] }
    let whole = try #require(symmetricEigenvalues(of: matrix, order: 30))
    let own = leadingEigenvalues(diagonal: diagonal, beside: beside, count: 4, accuracy: 0)
    expectClose(try #require(own), Array(whole[..<4]), absolute: 1e-12)
    #expect(leadingEigenvalues(diagonal: [3], beside: [], count: 1, accuracy: 0) == [3])
    #expect(leadingEigenvalues(diagonal: [.nan], beside: [], count: 1, accuracy: 0) == nil)
  }
}
