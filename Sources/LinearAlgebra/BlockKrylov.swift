internal import COpenBLAS
internal import Dispatch

/// A block Krylov subspace of a real symmetric matrix, and the Rayleigh–Ritz pairs in it.
///
/// Block Lanczos with full reorthogonalisation (Golub & Van Loan, Matrix Computations, 4th ed.,
/// § 10.3.6; every block is projected and orthonormalised twice): from a start block Q₀ of fixed
/// random numbers, A Qⱼ = Σ Qᵢ Tᵢⱼ + Qⱼ₊₁ Rⱼ. An eigenpair (θ, s) of T gives the Ritz pair (θ, Q s) of
/// A, whose residual ‖A Q s − θ Q s‖ is ‖R s′‖, s′ being the last entries of s. Since A is symmetric,
/// an eigenvalue lies within the residual of θ.
///
/// Arrays hold columns one after another, as LAPACK does. The products with a block are made for its two
/// halves side by side, whatever the number of threads, so that the result does not depend on it.
struct BlockKrylov {
  /// The number of vectors that each step adds.
  ///
  /// So many equal eigenvalues are told apart.
  static let block = 16

  /// Whether the halves of a block may use a thread each.
  private let usesThreads: Bool
  /// The dimension of the subspace.
  private(set) var dimension = 0
  private let order: Int
  private let capacity: Int
  /// Orthonormal columns: `dimension` of them, then the next block.
  private var basis: [Double]
  /// T, capacity × capacity.
  private var projected: [Double]
  /// R, block × block.
  private var coupling: [Double]

  /// Starts with an empty subspace that may grow to `capacity`, a multiple of the block.
  init?(order: Int, capacity: Int, threads: Int = 1) {
    precondition(
      capacity % Self.block == 0 && capacity + Self.block <= order,
      "a subspace of \(capacity) in \(order) dimensions")
    self.order = order
    self.capacity = capacity
    usesThreads = threads > 1
    var stream = RandomStream(seed: 0x4B52_594C_4F56)
    let start = (0..<(order * Self.block)).map { _ in stream.uniform(-1, 1) }
    basis = start + Array(repeating: 0, count: order * capacity)
    projected = Array(repeating: 0, count: capacity * capacity)
    coupling = []
    guard orthonormaliseNext() != nil else { return nil }
  }

  /// True when no further step has room.
  var isFull: Bool { dimension == capacity }

  /// Adds a block to the subspace of a matrix, of which the lower triangle in row order is read.
  ///
  /// Returns false when LAPACK fails.
  mutating func expand(_ matrix: [Double]) -> Bool {
    precondition(!isFull && matrix.count == order * order, "\(matrix.count) elements, \(order)")
    let block = Self.block
    let from = dimension * order
    dimension += block
    let n = blasint(order)
    let order = order
    withHalves { basis, columns in
      let start = basis + from + columns.lowerBound * order
      // Row order read as column order is the transpose: our lower triangle is its upper.
      cblas_dsymm(
        CblasColMajor, CblasLeft, CblasUpper, n, blasint(columns.count), 1, matrix, n, start, n, 0,
        start + block * order, n)
    }
    let first = projectNext()
    guard let firstFactor = orthonormaliseNext() else { return false }
    // What rounding left of the subspace in the new block is R's size smaller; it goes as well.
    _ = projectNext()
    guard let secondFactor = orthonormaliseNext() else { return false }
    for column in 0..<block {
      for row in 0..<dimension {
        let value = first[column * dimension + row]
        let place = dimension - block + column
        projected[place * capacity + row] = value
        projected[row * capacity + place] = value
      }
    }
    coupling = Array(repeating: 0, count: block * block)
    cblas_dgemm(
      CblasColMajor, CblasNoTrans, CblasNoTrans, blasint(block), blasint(block), blasint(block), 1,
      secondFactor, blasint(block), firstFactor, blasint(block), 0, &coupling, blasint(block))
    return true
  }

  /// Some Ritz pairs.
  struct Pairs {
    /// θ, largest first.
    var values: [Double]
    /// ‖A Q s − θ Q s‖.
    var residuals: [Double]
    /// s, one after another.
    var coefficients: [Double]
  }

  /// The pairs of the `count` largest Ritz values; nil when LAPACK fails.
  func pairs(_ count: Int) -> Pairs? {
    let block = Self.block
    var small = [Double](repeating: 0, count: dimension * dimension)
    for row in 0..<dimension {
      for column in 0...row {
        small[row * dimension + column] = projected[column * capacity + row]
      }
    }
    guard
      let system = SymmetricEigensystem(reducing: small, order: dimension, leading: count)
    else { return nil }
    let residuals = (0..<count).map { pair in
      let last = system.vectors[
        ((pair + 1) * dimension - block)..<((pair + 1) * dimension)]
      var squares = 0.0
      for row in 0..<block {
        let product = zip(0..<block, last).reduce(0.0) { sum, entry in
          sum + coupling[entry.0 * block + row] * entry.1
        }
        squares += product * product
      }
      return squares.squareRoot()
    }
    return Pairs(values: system.values, residuals: residuals, coefficients: system.vectors)
  }

  /// Q s of the first `count` of some pairs: the Ritz vectors, one after another.
  func vectors(_ count: Int, of pairs: Pairs) -> [Double] {
    var result = [Double](repeating: 0, count: order * count)
    cblas_dgemm(
      CblasColMajor, CblasNoTrans, CblasNoTrans, blasint(order), blasint(count),
      blasint(dimension), 1, basis, blasint(order), pairs.coefficients, blasint(dimension), 0,
      &result, blasint(order))
    return result
  }

  /// Takes the subspace's part out of the next block and returns its coordinates, dimension × block.
  private mutating func projectNext() -> [Double] {
    let next = dimension * order
    var coordinates = [Double](repeating: 0, count: dimension * Self.block)
    let (n, m) = (blasint(order), blasint(dimension))
    let (dimension, order) = (dimension, order)
    coordinates.withUnsafeMutableBufferPointer { coordinates in
      guard let start = coordinates.baseAddress else { return }
      // Each half has its own columns.
      nonisolated(unsafe) let all = start
      withHalves { basis, columns in
        let b = blasint(columns.count)
        let own = all + columns.lowerBound * dimension
        let block = basis + next + columns.lowerBound * order
        cblas_dgemm(
          CblasColMajor, CblasTrans, CblasNoTrans, m, b, n, 1, basis, n, block, n, 0, own, m)
        cblas_dgemm(
          CblasColMajor, CblasNoTrans, CblasNoTrans, n, b, m, -1, basis, n, own, m, 1, block, n)
      }
    }
    return coordinates
  }

  /// Runs `work` for the two halves of a block's columns, side by side where threads are allowed.
  private mutating func withHalves(
    _ work: @Sendable (UnsafeMutablePointer<Double>, Range<Int>) -> Void
  ) {
    let half = Self.block / 2
    let usesThreads = usesThreads
    basis.withUnsafeMutableBufferPointer { basis in
      guard let start = basis.baseAddress else { return }
      nonisolated(unsafe) let basis = start
      if usesThreads {
        DispatchQueue.concurrentPerform(iterations: 2) { work(basis, $0 * half..<($0 + 1) * half) }
      } else {
        for index in 0..<2 { work(basis, index * half..<(index + 1) * half) }
      }
    }
  }

  /// Replaces the next block by the Q of its QR decomposition and returns R; nil when LAPACK fails.
  private mutating func orthonormaliseNext() -> [Double]? {
    let block = Self.block
    var n = blasint(order)
    var b = blasint(block)
    var size = blasint(64 * block)
    var work = [Double](repeating: 0, count: Int(size))
    var reflectors = [Double](repeating: 0, count: block)
    var factor = [Double](repeating: 0, count: block * block)
    var info: blasint = 0
    let next = dimension * order
    basis.withUnsafeMutableBufferPointer { basis in
      guard let start = basis.baseAddress.map({ $0 + next }) else { return }
      dgeqrf_(&n, &b, start, &n, &reflectors, &work, &size, &info)
      guard info == 0 else { return }
      for column in 0..<block {
        for row in 0...column { factor[column * block + row] = start[column * order + row] }
      }
      dorgqr_(&n, &b, &b, start, &n, &reflectors, &work, &size, &info)
    }
    return info == 0 ? factor : nil
  }
}
