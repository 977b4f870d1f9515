import CKernels
import LinearAlgebra
import TestSupport
import Testing

@Suite("Matrices, products and kernels")
struct MatrixTests {
  private func normal(_ rows: Int, _ columns: Int, _ seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed)
    let matrix = Matrix(rows: rows, columns: columns)
    stream.fillNormal(matrix)
    return matrix
  }

  /// Σ_k a(i, k) b(k, j) in Double.
  private func product(
    _ rows: Int, _ inner: Int, _ columns: Int, _ a: (Int, Int) -> Float, _ b: (Int, Int) -> Float
  ) -> [Double] {
    (0..<rows).flatMap { i in
      (0..<columns).map { j in (0..<inner).reduce(0) { $0 + Double(a(i, $1)) * Double(b($1, j)) } }
    }
  }

  @Test("Products of parts of wider matrices, stored and added")
  func products() {
    let a = normal(9, 20, 1).rows(2..<7).columns(3..<14)
    let b = normal(12, 9, 2).rows(1..<12).columns(2..<8)
    let bT = normal(6, 15, 3).columns(4..<15)
    let aT = normal(11, 5, 4)
    let frame = Matrix(rows: 8, columns: 10)
    frame.fill(7)
    let c = frame.rows(1..<6).columns(2..<8)
    func check(_ expected: [Double], _ what: String) {
      expectClose(c.elements.map(Double.init), expected, absolute: 2e-5, what)
    }
    let plain = product(5, 11, 6, { a[$0, $1] }, { b[$0, $1] })
    c.setProduct(a, b)
    check(plain, "a b")
    c.setProduct(a, transposed: bT)
    check(product(5, 11, 6, { a[$0, $1] }, { bT[$1, $0] }), "a bᵀ")
    c.setProduct(transposed: aT, b)
    check(product(5, 11, 6, { aT[$1, $0] }, { b[$0, $1] }), "aᵀ b")
    c.setProduct(a, b)
    c.setProduct(a, b, adding: true)
    check(plain.map { 2 * $0 }, "adding")
    #expect(frame[0, 0] == 7 && frame[1, 1] == 7 && frame[6, 2] == 7 && frame[5, 8] == 7)
  }

  @Test("Parts share storage; copies, sums and scaling keep to their part")
  func parts() {
    let whole = Matrix(rows: 3, elements: (0..<12).map(Float.init))
    let part = whole.rows(1..<3).columns(1..<3)
    #expect(part.elements == [5, 6, 9, 10])
    #expect(!part.isContiguous && whole.isContiguous)
    part[1, 0] = -1
    #expect(whole[2, 1] == -1)
    part.multiply(by: 2)
    part.add(Matrix(rows: 2, elements: [1, 1, 1, 1]))
    #expect(whole.elements == [0, 1, 2, 3, 4, 11, 13, 7, 8, -1, 21, 11])
    let sums = Matrix(rows: 1, columns: 2)
    sums.setColumnSums(of: part)
    #expect(sums.elements == [10, 34])
    #expect(whole.reshaped(from: 2, rows: 2, columns: 3).elements == [2, 3, 4, 11, 13, 7])
  }

  @Test("OpenBLAS uses the vector unit that the processor has")
  func openBLASCore() {
    if ck_vector_core() != nil { #expect(OpenBLAS.core != "Prescott") }
  }

  @Test("Reductions for lengths around the vector widths", arguments: [1, 7, 16, 33, 700])
  func reductions(count: Int) {
    let x = normal(1, count, 5)
    let y = normal(1, count, 6)
    let dot = zip(x.elements, y.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    expectClose(Double(ck_dot(x.start, y.start, count)), dot, absolute: 1e-5 * Double(count))
    #expect(ck_max(x.start, count) == x.elements.max())
    #expect(ck_all_finite(x.start, count))
    for bad in [Float.nan, .infinity, -.infinity] {
      x[0, count - 1] = bad
      #expect(!ck_all_finite(x.start, count))
    }
  }
}
