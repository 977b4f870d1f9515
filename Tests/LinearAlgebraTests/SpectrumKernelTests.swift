import CKernels
import LinearAlgebra
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The loops of preprocessing and the products of principal components, against plain Double code.
struct SpectrumKernelTests {
  private func random(_ count: Int, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed)
    let matrix = Matrix(rows: 1, columns: count)
    stream.fillNormal(matrix)
    return matrix
  }

  @Test(arguments: [1, 5, 16, 37, 1360]) func `sums in double and ranges`(count: Int) {
    let x = random(count, seed: 1)
    let values = x.elements.map(Double.init)
    expectClose(ck_sum_double(x.start, count), values.reduce(0, +), absolute: 1e-12)
    var least: Float = 0
    var greatest: Float = 0
    ck_range(x.start, count, &least, &greatest)
    #expect(least == x.elements.min() && greatest == x.elements.max())
    // 2²⁴ + 1 is not a Float: a sum in single precision would lose the small ones.
    let large = Matrix(rows: 1, elements: [0x1p24] + [Float](repeating: 1, count: count))
    #expect(ck_sum_double(large.start, count + 1) == 0x1p24 + Double(count))
  }

  @Test(arguments: [1.0, 3.2, 8]) func `subtracts a power law`(exponent: Double) {
    let energies = (0..<1360).map { 460 + 0.25 * Double($0) }
    let logarithms = energies.map { Float(log($0 / 491.4)) }
    let x = random(1360, seed: 2)
    let before = x.elements
    ck_subtract_power_law(x.start, logarithms, 1360, 5000, Float(exponent))
    let expected = zip(before, energies).map { value, energy in
      Double(value) - 5000 * pow(energy / 491.4, -exponent)
    }
    let largest = expected.map(abs).max() ?? 0
    expectClose(x.elements.map(Double.init), expected, absolute: 1e-6 * largest)
  }

  @Test func `a Gram matrix is the lower triangle of the product`() {
    var stream = RandomStream(seed: 6)
    let whole = Matrix(rows: 12, columns: 9)
    stream.fillNormal(whole)
    let x = whole.rows(2..<9).columns(1..<7)
    let gram = Matrix(rows: 6, columns: 6)
    gram.fill(-99)
    gram.setGram(x)
    for i in 0..<6 {
      for j in 0..<6 {
        let expected = (0..<7).reduce(0) { $0 + Double(x[$1, i]) * Double(x[$1, j]) }
        expectClose(Double(gram[i, j]), j <= i ? expected : -99, absolute: 1e-5, "\(i), \(j)")
      }
    }
    gram.setGram(x.rows(0..<0))
    #expect((0..<6).allSatisfy { gram[5, $0] == 0 })
  }

  @Test func `leading eigenvectors and all eigenvalues are those of the whole system`() throws {
    var stream = RandomStream(seed: 8)
    let order = 31
    let matrix = (0..<(order * order)).map { _ in stream.normal() }
    let whole = try #require(SymmetricEigensystem(matrix, order: order))
    let values = try #require(symmetricEigenvalues(of: matrix, order: order))
    expectClose(values, whole.values, absolute: 1e-12)
    for leading in [1, 5, order] {
      let some = try #require(SymmetricEigensystem(matrix, order: order, leading: leading))
      #expect(some.values.count == leading)
      expectClose(some.values, Array(whole.values.prefix(leading)), absolute: 1e-12)
      expectClose(some.vectors, Array(whole.vectors.prefix(leading * order)), absolute: 1e-10)
    }
    #expect(SymmetricEigensystem([1, 0, .nan, 1], order: 2, leading: 1) == nil)
    #expect(symmetricEigenvalues(of: [1, 0, .infinity, 1], order: 2) == nil)
  }

  /// The lower triangle of Xᵀ X, X being white noise of unit variance and, added to it, four rank-one
  /// terms.
  private func covariance(rows: Int, order: Int, terms: Float = 1) -> [Double] {
    var stream = RandomStream(seed: 12)
    let x = Matrix(rows: rows, columns: order)
    stream.fillNormal(x)
    for size: Float in [30, 3, 1, 0.5] {
      let left = Matrix(rows: rows, columns: 1)
      let right = Matrix(rows: 1, columns: order)
      stream.fillNormal(left)
      stream.fillNormal(right)
      left.multiply(by: terms * size)
      x.setProduct(left, right, adding: true)
    }
    let gram = Matrix(rows: order, columns: order)
    gram.setGram(x)
    return gram.elements.map(Double.init)
  }

  @Test func `few leading eigenpairs of a large matrix are those of the whole system`() throws {
    let order = 450
    let matrix = covariance(rows: 700, order: order)
    let whole = try #require(SymmetricEigensystem(matrix, order: order))
    let some = try #require(SymmetricEigensystem(matrix, order: order, leading: 4))
    expectClose(some.values, Array(whole.values[..<4]), relative: 1e-12)
    expectClose(some.vectors, Array(whole.vectors[..<(4 * order)]), absolute: 1e-9)
    #expect(some.furtherValues.isEmpty)
    // Among the noise, where vectors are ill-determined, each is still one of the matrix.
    let noisy = try #require(SymmetricEigensystem(matrix, order: order, leading: 7))
    expectClose(
      noisy.values, Array(whole.values[..<7]), absolute: 1e-15 * whole.values[0])
    for k in 0..<7 {
      let v = noisy.vectors[(k * order)..<((k + 1) * order)].map { $0 }
      for i in 0..<order {
        var product = 0.0
        for j in 0..<order { product += matrix[max(i, j) * order + min(i, j)] * v[j] }
        expectClose(product, noisy.values[k] * v[i], absolute: 1e-12 * whole.values[0])
      }
    }
    // A bound between signal and noise.
    let bound = 1.2 * whole.values[4]
    let above = try #require(
      SymmetricEigensystem(matrix, order: order, leading: 20, above: bound, further: 12))
    #expect(above.values.count == 4 && above.furtherValues.count == 8)
    expectClose(above.values, Array(whole.values[..<4]), relative: 1e-12)
    for (own, exact) in zip(above.furtherValues, whole.values[4..<12]) {
      #expect(own <= exact * (1 + 1e-12) && own > 0.95 * exact)
    }
    let none = try #require(
      SymmetricEigensystem(matrix, order: order, leading: 20, above: 2 * whole.values[0]))
    #expect(none.values.count == 1)
  }

  @Test func `among crowded eigenvalues pairs are good enough, the others exact`() throws {
    let order = 1300
    let matrix = covariance(rows: 4000, order: order)
    let whole = try #require(SymmetricEigensystem(matrix, order: order))
    let some = try #require(SymmetricEigensystem(matrix, order: order, leading: 8))
    expectClose(Array(some.values[..<4]), Array(whole.values[..<4]), relative: 1e-12)
    expectClose(
      Array(some.vectors[..<(4 * order)]), Array(whole.vectors[..<(4 * order)]), absolute: 1e-8)
    expectClose(some.values, Array(whole.values[..<8]), relative: 1e-4)
    func product(_ k: Int, _ l: Int) -> Double {
      (0..<order).reduce(0) { $0 + some.vectors[k * order + $1] * some.vectors[l * order + $1] }
    }
    for k in 0..<8 {
      for l in 0...k { expectClose(product(k, l), k == l ? 1 : 0, absolute: 1e-11) }
    }
    let residuals = (4..<8).map { k in
      let v = Array(some.vectors[(k * order)..<((k + 1) * order)])
      var squares = 0.0
      for i in 0..<order {
        var entry = -some.values[k] * v[i]
        for j in 0..<order { entry += matrix[max(i, j) * order + min(i, j)] * v[j] }
        squares += entry * entry
      }
      return squares.squareRoot() / some.values[k]
    }
    // LAPACK's would be of the order of rounding: that way would be the slow one.
    #expect(residuals.allSatisfy { $0 < 1e-3 } && (residuals.max() ?? 0) > 1e-9)
  }

  @Test func `leading eigenpairs of a matrix of low rank, of noise and of no rank`() throws {
    let order = 420
    // Six spectra: all eigenvalues but six are zero.
    for (rows, terms) in [(6, Float(1)), (600, 0)] {
      let matrix = covariance(rows: rows, order: order, terms: terms)
      let whole = try #require(SymmetricEigensystem(matrix, order: order))
      let some = try #require(
        SymmetricEigensystem(matrix, order: order, leading: 3, further: 9))
      expectClose(some.values, Array(whole.values[..<3]), relative: 1e-11)
      expectClose(
        some.furtherValues, Array(whole.values[3..<9]), absolute: 0.05 * whole.values[2])
    }
    let zero = try #require(
      SymmetricEigensystem([Double](repeating: 0, count: order * order), order: order, leading: 2))
    #expect(zero.values == [0, 0])
  }
}
