internal import CHDF5
internal import Dispatch
internal import Synchronization

extension Dataset {
  /// Writes whole chunks that were encoded side by side, outside the lock of libhdf5.
  ///
  /// `values` are the slab's elements in the file's own number type, in row-major order. The chunks'
  /// bytes do not depend on `threads`, nor does their order in the file. Returns false, and writes
  /// nothing, when the slab cuts chunks or the dataset's filters are others than shuffle, deflate and
  /// Fletcher32: then libhdf5 has to do it.
  func writeChunks<Number: StoredNumber>(
    _ values: [Number], _ slab: Hyperslab, threads: Int, at site: CallSite
  ) throws(HDF5Error) -> Bool {
    guard let chunk = chunkShape, elementKind == .number(Number.numberType), slab.elementCount > 0,
      !filters.isEmpty, 1.littleEndian == 1
    else { return false }
    let grid = ChunkGrid(slab, chunk: chunk, elementSize: elementSize)
    guard grid.isWhole(in: shape) else { return false }
    let workers = max(min(threads, grid.count), 1)
    var encoders: [ChunkEncoder] = []
    for _ in 0..<workers {
      guard let encoder = ChunkEncoder(filters: filters, elementSize: elementSize) else {
        return false
      }
      encoders.append(encoder)
    }
    var failure: HDF5Error?
    values.withUnsafeBytes { bytes in
      var first = 0
      while first < grid.count, failure == nil {
        let batch = first..<min(first + 4 * workers, grid.count)
        let encoded = Self.encode(batch, of: grid, bytes, encoders)
        do throws(HDF5Error) {
          for (index, data) in zip(batch, encoded) {
            let offset = grid.start(of: index).map(hsize_t.init)
            _ = try site.call {
              H5Dwrite_chunk(id, hid_t(H5P_DEFAULT), 0, offset, data.count, data)
            }
          }
        } catch {
          failure = error
        }
        first = batch.upperBound
      }
    }
    if let failure { throw failure }
    return true
  }

  /// The bytes of some chunks, in order.
  private static func encode(
    _ batch: Range<Int>, of grid: ChunkGrid, _ bytes: UnsafeRawBufferPointer,
    _ encoders: [ChunkEncoder]
  ) -> [[UInt8]] {
    let results = Mutex([[UInt8]](repeating: [], count: batch.count))
    // Each worker has an encoder of its own, and all only read the values.
    nonisolated(unsafe) let (bytes, encoders) = (bytes, encoders)
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: encoders.count) { worker in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        if index >= batch.count { return }
        let data = encoders[worker].encode(grid.gather(batch.lowerBound + index, from: bytes))
        results.withLock { $0[index] = data }
      }
    }
    return results.withLock { $0 }
  }
}

/// The chunks that a slab covers, numbered in row-major order.
private struct ChunkGrid: Sendable {
  let slab: Hyperslab
  let chunk: [Int]
  let elementSize: Int
  /// The number of chunks along each dimension.
  let extents: [Int]

  init(_ slab: Hyperslab, chunk: [Int], elementSize: Int) {
    self.slab = slab
    self.chunk = chunk
    self.elementSize = elementSize
    extents = zip(slab.count, chunk).map { ($0 + $1 - 1) / $1 }
  }

  var count: Int { extents.reduce(1, *) }

  /// True when no chunk is cut: the slab starts and ends between chunks, or at the end of the data.
  func isWhole(in shape: [Int]) -> Bool {
    shape.indices.allSatisfy { dimension in
      let (start, end) = (slab.start[dimension], slab.start[dimension] + slab.count[dimension])
      return start % chunk[dimension] == 0
        && (end % chunk[dimension] == 0 || end == shape[dimension])
    }
  }

  /// The index of a chunk's first element in the dataset.
  func start(of index: Int) -> [Int] {
    zip(position(of: index), zip(slab.start, chunk)).map { $1.0 + $0 * $1.1 }
  }

  private func position(of index: Int) -> [Int] {
    var rest = index
    var position = extents
    for dimension in extents.indices.reversed() {
      position[dimension] = rest % extents[dimension]
      rest /= extents[dimension]
    }
    return position
  }

  /// The bytes of a whole chunk; what lies beyond the data is 0.
  func gather(_ index: Int, from bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let first = zip(position(of: index), chunk).map { $0 * $1 }
    let inside = zip(first, zip(slab.count, chunk)).map { min($1.1, $1.0 - $0) }
    let rank = chunk.count
    let runBytes = inside[rank - 1] * elementSize
    var data = [UInt8](repeating: 0, count: chunk.reduce(elementSize, *))
    data.withUnsafeMutableBytes { target in
      var position = [Int](repeating: 0, count: rank)
      let runs = inside.dropLast().reduce(1, *)
      for _ in 0..<runs {
        var from = 0
        var to = 0
        for dimension in 0..<rank {
          from = from * slab.count[dimension] + first[dimension] + position[dimension]
          to = to * chunk[dimension] + position[dimension]
        }
        UnsafeMutableRawBufferPointer(rebasing: target[(to * elementSize)...])
          .copyMemory(
            from: UnsafeRawBufferPointer(
              rebasing: bytes[(from * elementSize)..<(from * elementSize + runBytes)]))
        var dimension = rank - 2
        while dimension >= 0 {
          position[dimension] += 1
          if position[dimension] < inside[dimension] { break }
          position[dimension] = 0
          dimension -= 1
        }
      }
    }
    return data
  }
}
