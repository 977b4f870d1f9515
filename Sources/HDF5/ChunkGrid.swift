/// The chunks that a slab touches, numbered in row-major order.
struct ChunkGrid: Sendable {
  /// The bytes of one chunk, before any filter.
  let chunkBytes: Int
  private let slab: Hyperslab
  private let chunk: [Int]
  private let shape: [Int]
  private let elementSize: Int
  /// The first chunk along each dimension, counted from the start of the data.
  private let first: [Int]
  /// The number of chunks along each dimension.
  private let extents: [Int]

  /// Creates the grid of a slab that is not empty; nil for chunks of more bytes than HDF5 allows.
  init?(_ slab: Hyperslab, chunk: [Int], shape: [Int], elementSize: Int) {
    self.slab = slab
    self.chunk = chunk
    self.shape = shape
    self.elementSize = elementSize
    var bytes = elementSize
    for extent in chunk {
      let product = bytes.multipliedReportingOverflow(by: extent)
      guard extent > 0, !product.overflow, product.partialValue < 1 << 32 else { return nil }
      bytes = product.partialValue
    }
    chunkBytes = bytes
    first = zip(slab.start, chunk).map { $0 / $1 }
    let last = zip(zip(slab.start, slab.count), chunk).map { ($0.0 + $0.1 - 1) / $1 }
    extents = zip(first, last).map { $1 - $0 + 1 }
  }

  var count: Int { extents.reduce(1, *) }

  /// True when the slab starts or ends within a chunk, other than at the end of the data.
  var cutsChunks: Bool {
    shape.indices.contains { dimension in
      let (start, end) = (slab.start[dimension], slab.start[dimension] + slab.count[dimension])
      return start % chunk[dimension] != 0
        || (end % chunk[dimension] != 0 && end != shape[dimension])
    }
  }

  /// The index of a chunk's first element in the dataset.
  func start(of index: Int) -> [Int] {
    var rest = index
    var start = chunk
    for dimension in extents.indices.reversed() {
      start[dimension] *= first[dimension] + rest % extents[dimension]
      rest /= extents[dimension]
    }
    return start
  }

  /// The part of a chunk that belongs to the slab, in the dataset's indices.
  func part(of index: Int) -> Hyperslab { part(at: start(of: index)) }

  /// The same of the chunk whose first element has this index in the dataset.
  func part(at start: [Int]) -> Hyperslab {
    let lower = zip(start, slab.start).map { max($0, $1) }
    let count = lower.indices.map { dimension in
      min(start[dimension] + chunk[dimension], slab.start[dimension] + slab.count[dimension])
        - lower[dimension]
    }
    return Hyperslab(start: lower, count: count)
  }

  /// True when the slab takes only a part of what a chunk holds.
  func isCut(_ index: Int) -> Bool {
    let part = part(of: index)
    return zip(start(of: index), part.start).contains { $0 != $1 }
      || part.count.indices.contains { dimension in
        let end = part.start[dimension] + part.count[dimension]
        return part.count[dimension] != chunk[dimension] && end != shape[dimension]
      }
  }

  /// Calls `body` for every run of elements that lie side by side in a chunk and in the slab: the
  /// first element's index in the chunk, its index in the slab, and the number of elements.
  func forEachRun(of index: Int, _ body: (_ chunk: Int, _ slab: Int, _ count: Int) -> Void) {
    let start = start(of: index)
    let part = part(of: index)
    let rank = chunk.count
    // Trailing dimensions that are taken whole, in both, make one run.
    var outer = rank - 1
    while outer > 0, part.count[outer] == chunk[outer], part.count[outer] == slab.count[outer] {
      outer -= 1
    }
    let run = part.count[outer...].reduce(1, *)
    var position = [Int](repeating: 0, count: rank)
    for _ in 0..<part.count[..<outer].reduce(1, *) {
      var inChunk = 0
      var inSlab = 0
      for dimension in 0..<rank {
        let place = part.start[dimension] + position[dimension]
        inChunk = inChunk * chunk[dimension] + place - start[dimension]
        inSlab = inSlab * slab.count[dimension] + place - slab.start[dimension]
      }
      body(inChunk, inSlab, run)
      var dimension = outer - 1
      while dimension >= 0 {
        position[dimension] += 1
        if position[dimension] < part.count[dimension] { break }
        position[dimension] = 0
        dimension -= 1
      }
    }
  }

  /// The bytes of a whole chunk; what lies beyond the data is 0.
  func gather(_ index: Int, from bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var data = [UInt8](repeating: 0, count: chunkBytes)
    let size = elementSize
    data.withUnsafeMutableBytes { target in
      forEachRun(of: index) { inChunk, inSlab, count in
        UnsafeMutableRawBufferPointer(rebasing: target[(inChunk * size)...]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[(inSlab * size)..<((inSlab + count) * size)])
        )
      }
    }
    return data
  }
}
