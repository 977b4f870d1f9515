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
    guard elementKind == .number(Number.numberType), isPlain, 1.littleEndian == 1 else {
      return false
    }
    return try writeChunks(ofStored: values, slab, threads: threads, at: site)
  }

  /// Writes whole chunks of elements that are given as they stand in the file, as
  /// ``writeChunks(_:_:threads:at:)`` does.
  func writeChunks<Unit: BitwiseCopyable>(
    ofStored values: [Unit], _ slab: Hyperslab, threads: Int, at site: CallSite
  ) throws(HDF5Error) -> Bool {
    guard let chunk = chunkShape, slab.elementCount > 0, !filters.isEmpty, filtersAllChunks,
      let grid = ChunkGrid(slab, chunk: chunk, shape: shape, elementSize: elementSize),
      !grid.cutsChunks
    else { return false }
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
