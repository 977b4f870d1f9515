import LinearAlgebra
import TestSupport
import Testing

/// Eigenvectors and singular values: worked examples and the defining equations.
struct DecompositionTests {
  private func random(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.normal() }
  }

  @Test func `a worked 2 by 2 example`() throws {
    // [[2, 1], [1, 2]]: 3 along (1, 1)/√2 and 1 along (1, −1)/√2.
    let system = try #require(SymmetricEigensystem([2, 1, 1, 2], order: 2))
    let half = 0.5.squareRoot()
    expectClose(system.values, [3, 1], absolute: 1e-14)
    expectClose(system.vectors.map(abs), [half, half, half, half], absolute: 1e-14)
    expectClose(system.vectors[2] * system.vectors[3], -0.5, absolute: 1e-14)
  }

  @Test func `only the lower triangle is read`() throws {
    let system = try #require(SymmetricEigensystem([2, 99, 1, 2], order: 2))
    expectClose(system.values, [3, 1], absolute: 1e-14)
  }

  @Test func `vectors are orthonormal and give the matrix back`() throws {
    let order = 23
    let half = random(order * order, seed: 1)
    var matrix = half
    for i in 0..<order {
      for j in 0..<order { matrix[i * order + j] = half[i * order + j] + half[j * order + i] }
    }
    let system = try #require(SymmetricEigensystem(matrix, order: order))
    var products: [Double] = []
    var again = [Double](repeating: 0, count: order * order)
    for k in 0..<order {
      let v = system.vectors[(k * order)..<((k + 1) * order)]
      #expect(v.max { abs($0) < abs($1) } ?? 0 > 0)
      for l in 0..<order {
        let w = system.vectors[(l * order)..<((l + 1) * order)]
        products.append(zip(v, w).reduce(0) { $0 + $1.0 * $1.1 })
      }
      for (i, a) in v.enumerated() {
        for (j, b) in v.enumerated() { again[i * order + j] += system.values[k] * a * b }
      }
    }
    let identity = (0..<order * order).map { $0 % (order + 1) == 0 ? 1.0 : 0 }
    expectClose(products, identity, absolute: 1e-12)
    expectClose(again, matrix, absolute: 1e-12)
    #expect(system.values == system.values.sorted(by: >))
  }

  @Test func `singular values of a worked example and of a product`() throws {
    // [[3, 0, 0], [0, −4, 0]] stretches by 4 and 3.
    expectClose(
      try #require(singularValues(of: [3, 0, 0, 0, -4, 0], rows: 2, columns: 3)), [4, 3],
      absolute: 1e-14)
    // Squares are the eigenvalues of A·Aᵀ.
    let a = random(5 * 11, seed: 3)
    var gram = [Double](repeating: 0, count: 25)
    for i in 0..<5 {
      for j in 0..<5 {
        for c in 0..<11 { gram[i * 5 + j] += a[i * 11 + c] * a[j * 11 + c] }
      }
    }
    let values = try #require(singularValues(of: a, rows: 5, columns: 11))
    let eigen = try #require(SymmetricEigensystem(gram, order: 5))
    expectClose(values.map { $0 * $0 }, eigen.values, relative: 1e-12)
  }

  @Test func `a matrix that is not finite has no decomposition`() {
    #expect(SymmetricEigensystem([1, 0, .nan, 1], order: 2) == nil)
    #expect(singularValues(of: [.infinity, 1], rows: 1, columns: 2) == nil)
  }
}
