internal import CHDF5
internal import Dispatch
internal import Synchronization

extension Dataset {
  /// Reads chunk by chunk; the chunks are decoded side by side, outside the lock of libhdf5.
  ///
  /// Nil, with nothing read, when libhdf5 has to do it: filters other than shuffle, deflate and
  /// Fletcher32, numbers that are not plain, a file that is being written. A chunk that was never
  /// written, or whose size in the file makes no sense, is left to libhdf5 too.
  func readChunks(
    _ slab: Hyperslab, threads: Int, at site: CallSite
  ) throws(HDF5Error) -> [Float]? {
    guard let chunk = chunkShape, isPlain, case .number(let type) = elementKind,
      DecodedChunk.takes(type), !filters.isEmpty, slab.elementCount > 0, !file.isWritable,
      1.littleEndian == 1,
      let grid = ChunkGrid(slab, chunk: chunk, shape: shape, elementSize: elementSize)
    else { return nil }
    let most = max(Self.mostBytes / grid.chunkBytes, 1)
    var decoders: [ChunkDecoder] = []
    for _ in 0..<max(min(threads, grid.count, most), 1) {
      guard
        let decoder = ChunkDecoder(
          filters: filters, elementSize: elementSize, chunkBytes: grid.chunkBytes)
      else { return nil }
      decoders.append(decoder)
    }
    if !grid.cutsChunks { partlyRead.removeAll() }
    let failure = Mutex<(index: Int, error: HDF5Error)?>(nil)
    let values = [Float](unsafeUninitializedCapacity: slab.elementCount) { output, count in
      guard let start = output.baseAddress else { return }
      let failed = Atomic(false)
      let next = Atomic(0)
      // Each worker has a decoder of its own, and no element belongs to two chunks.
      nonisolated(unsafe) let (target, decoders) = (start, decoders)
      DispatchQueue.concurrentPerform(iterations: decoders.count) { worker in
        while !failed.load(ordering: .relaxed) {
          let index = next.add(1, ordering: .relaxed).oldValue
          if index >= grid.count { return }
          do throws(HDF5Error) {
            try read(index, of: grid, type, into: target, decoders[worker], at: site)
          } catch {
            failed.store(true, ordering: .relaxed)
            // Of several failures the first chunk's, whatever the number of threads.
            failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
          }
        }
      }
      count = failed.load(ordering: .relaxed) ? 0 : slab.elementCount
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
    return values
  }

  /// The bytes that chunks may take which are decoded at the same time.
  private static let mostBytes = 64 << 20

  /// Reads one chunk's part of a slab.
  private func read(
    _ index: Int, of grid: ChunkGrid, _ type: NumberType, into target: UnsafeMutablePointer<Float>,
    _ decoder: ChunkDecoder, at site: CallSite
  ) throws(HDF5Error) {
    let start = grid.start(of: index)
    let isCut = grid.isCut(index)
    if isCut, let chunk = partlyRead.chunk(at: start) {
      grid.forEachRun(of: index) { chunk.copy(type, from: $0, count: $2, to: target + $1) }
      return
    }
    guard let (stored, mask) = try storedChunk(at: start, chunkBytes: grid.chunkBytes, at: site)
    else {
      let part = try read(grid.part(of: index), zero: Float(0))
      part.withUnsafeBufferPointer { part in
        guard let from = part.baseAddress else { return }
        var taken = 0
        grid.forEachRun(of: index) { _, inSlab, count in
          (target + inSlab).update(from: from + taken, count: count)
          taken += count
        }
      }
      return
    }
    let chunk: DecodedChunk
    do throws(ChunkDecoder.Fault) {
      chunk = try decoder.decode(stored, mask: mask)
    } catch {
      throw site.error(
        .corrupt, "the chunk at \(start) \(error.words): it is damaged; use a backup copy")
    }
    grid.forEachRun(of: index) { chunk.copy(type, from: $0, count: $2, to: target + $1) }
    if isCut { partlyRead.keep(chunk, at: start) }
  }

  /// The bytes of a chunk as they lie in the file, and its filter mask; nil when there is none, or one
  /// that is larger than any writer makes it.
  private func storedChunk(
    at start: [Int], chunkBytes: Int, at site: CallSite
  ) throws(HDF5Error) -> (bytes: [UInt8], mask: UInt32)? {
    let offset = start.map(hsize_t.init)
    var size: hsize_t = 0
    var mask: UInt32 = 0
    var bytes: [UInt8] = []
    // Both under one lock: the second call writes as many bytes as the first one says.
    _ = try site.call { () -> herr_t in
      _ = hdf5_chunk_size(id, offset, &size)
      guard size > 0, size <= hsize_t(2 * chunkBytes + 4096) else {
        size = 0
        return 0
      }
      var status: herr_t = 0
      bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { output, count in
        status = hdf5_read_chunk(id, offset, &mask, output.baseAddress, Int(size))
        count = status < 0 ? 0 : Int(size)
      }
      return status
    }
    return size == 0 ? nil : (bytes, mask)
  }
}
