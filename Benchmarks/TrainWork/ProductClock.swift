import Foundation

/// The matrix products of one shape.
struct Product: Encodable {
  /// m × k times k × n.
  var rows: Int
  var columns: Int
  var inner: Int
  /// Whether the factors are transposed, as in the names of BLAS: `NN`, `NT`, `TN`.
  var operations: String
  /// Products an iteration.
  var count: Double
  /// Milliseconds of processor time an iteration.
  var milliseconds: Double
  /// 2 m n k over the time of one.
  var gigaflops: Double
}

/// Takes the time of every sgemm of the process.
///
/// The executable has a `cblas_sgemm` of its own, which the linker prefers to the library's and which
/// passes every call on: what is measured are the very products of the training, in its caches, and no
/// list of shapes has to follow the networks. One thread only while it is on.
enum ProductClock {
  nonisolated(unsafe) static var isOn = false
  nonisolated(unsafe) private static var sums: [(key: Key, count: Int, nanoseconds: UInt64)] = []

  private struct Key: Equatable {
    var leftOperation: UInt32
    var rightOperation: UInt32
    var rows: Int32
    var columns: Int32
    var inner: Int32
  }

  fileprivate typealias Routine =
    @convention(c) (
      UInt32, UInt32, UInt32, Int32, Int32, Int32, Float, UnsafePointer<Float>?, Int32,
      UnsafePointer<Float>?, Int32, Float, UnsafeMutablePointer<Float>?, Int32
    ) -> Void

  /// The library's routine: the next one of that name after the executable's (RTLD_NEXT).
  fileprivate static let library: Routine = {
    guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "cblas_sgemm") else {
      fatalError("no cblas_sgemm behind this one")
    }
    return unsafeBitCast(symbol, to: Routine.self)
  }()

  /// The processor time of this thread, nanoseconds: what else the machine does is not in it.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  fileprivate static func add(
    _ left: UInt32, _ right: UInt32, _ rows: Int32, _ columns: Int32, _ inner: Int32,
    nanoseconds: UInt64
  ) {
    let key = Key(
      leftOperation: left, rightOperation: right, rows: rows, columns: columns, inner: inner)
    if let index = sums.firstIndex(where: { $0.key == key }) {
      sums[index].count += 1
      sums[index].nanoseconds += nanoseconds
    } else {
      sums.append((key, 1, nanoseconds))
    }
  }

  /// What has been measured during so many iterations, the longest first; starts anew.
  static func products(iterations: Int) -> [Product] {
    defer { sums = [] }
    return sums.sorted { $0.nanoseconds > $1.nanoseconds }.map { key, count, nanoseconds in
      let flops = 2 * Double(key.rows) * Double(key.columns) * Double(key.inner)
      return Product(
        rows: Int(key.rows), columns: Int(key.columns), inner: Int(key.inner),
        operations: (key.leftOperation == noTranspose ? "N" : "T")
          + (key.rightOperation == noTranspose ? "N" : "T"),
        count: Double(count) / Double(iterations),
        milliseconds: Double(nanoseconds) * 1e-6 / Double(iterations),
        gigaflops: flops * Double(count) / Double(nanoseconds))
    }
  }

  /// CblasNoTrans.
  private static let noTranspose: UInt32 = 111
}

/// BLAS's `cblas_sgemm`, in row-major order as everywhere here.
@c(cblas_sgemm)
public func sgemm(
  _ order: UInt32, _ leftOperation: UInt32, _ rightOperation: UInt32, _ rows: Int32,
  _ columns: Int32, _ inner: Int32, _ alpha: Float, _ left: UnsafePointer<Float>?,
  _ leftLeading: Int32, _ right: UnsafePointer<Float>?, _ rightLeading: Int32, _ beta: Float,
  _ result: UnsafeMutablePointer<Float>?, _ resultLeading: Int32
) {
  let start = ProductClock.isOn ? ProductClock.now() : 0
  ProductClock.library(
    order, leftOperation, rightOperation, rows, columns, inner, alpha, left, leftLeading, right,
    rightLeading, beta, result, resultLeading)
  if ProductClock.isOn {
    ProductClock.add(
      leftOperation, rightOperation, rows, columns, inner,
      nanoseconds: ProductClock.now() - start)
  }
}
