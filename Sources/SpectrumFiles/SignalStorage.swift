internal import HDF5

/// Where the numbers of a signal lie: a data set of an HDF5 file, a run of bytes in another file, or
/// memory.
protocol SignalStorage {
  /// Which object of the file it is, for errors.
  var path: String { get }
  /// The sizes along the dimensions, slowest first.
  var shape: [Int] { get }
  /// Reads a part as Float32, row-major; what is read does not depend on the number of threads.
  func floats(_ slab: Hyperslab, threads: Int) throws -> [Float]
  /// Reads a part as Float64, row-major.
  func doubles(_ slab: Hyperslab) throws -> [Double]
  /// Reads a part as whole numbers, row-major.
  func integers(_ slab: Hyperslab) throws -> [Int64]
}

extension Dataset: SignalStorage {
  func floats(_ slab: Hyperslab, threads: Int) throws -> [Float] {
    try readFloats(slab, threads: threads)
  }

  func doubles(_ slab: Hyperslab) throws -> [Double] { try readDoubles(slab) }

  func integers(_ slab: Hyperslab) throws -> [Int64] { try readIntegers(slab) }
}
