internal import CHDF5
internal import Dispatch
internal import Synchronization

extension Dataset {
  /// Reads chunk by chunk as Float; the chunks are decoded side by side, outside the lock of libhdf5.
  ///
  /// Nil, with nothing read, when libhdf5 has to convert, or to decode.
  func readChunks(
    _ slab: Hyperslab, threads: Int, at site: CallSite
  ) throws(HDF5Error) -> [Float]? {
    guard isPlain, case .number(let type) = elementKind, DecodedChunk.takes(type) else {
      return nil
    }
    return try decodeChunks(
      slab, unit: 1, threads: threads, at: site,
      missing: { (part) throws(HDF5Error) in try readByLibrary(part, zero: 0) },
      copy: { chunk, inChunk, count, target in
        chunk.copy(type, from: inChunk, count: count, to: target)
      })
  }

  /// Reads chunk by chunk the bytes that stand for elements of fixed size in the file.
  ///
  /// Nil, with nothing read, when libhdf5 has to decode them.
  func readChunkBytes(
    _ slab: Hyperslab, threads: Int = 1, at site: CallSite
  ) throws(HDF5Error) -> [UInt8]? {
    guard !hasVariableLength else { return nil }
    let size = elementSize
    return try decodeChunks(
      slab, unit: size, threads: threads, at: site,
      missing: { (part) throws(HDF5Error) in try readBytesByLibrary(part) },
      copy: { chunk, inChunk, count, target in
        chunk.copyBytes(size: size, from: inChunk, count: count, to: target)
      })
  }

  /// Decodes chunks side by side, each with what `copy` takes of it.
  ///
  /// Nil, with nothing read, for filters or orders of them that a ``ChunkDecoder`` does not know, for
  /// chunks that may be left unfiltered, and for a file that is being written. A chunk that was never
  /// written is left to libhdf5.
  ///
  /// - Parameters:
  ///   - slab: the part to read.
  ///   - unit: how many values an element makes.
  ///   - threads: how many threads may decode.
  ///   - site: the place for errors.
  ///   - missing: reads a part of the slab that was never written.
  ///   - copy: takes elements of a chunk: the first, how many, and where they go.
  /// - Returns: the values in row-major order.
  /// - Throws: the first chunk's failure.
  private func decodeChunks<Value: BitwiseCopyable & Sendable>(
    _ slab: Hyperslab, unit: Int, threads: Int, at site: CallSite,
    missing: (Hyperslab) throws(HDF5Error) -> [Value],
    copy: (DecodedChunk, Int, Int, UnsafeMutablePointer<Value>) -> Void
  ) throws(HDF5Error) -> [Value]? {
    guard let chunk = chunkShape, filtersAllChunks, !filters.isEmpty, slab.elementCount > 0,
      !file.isWritable, 1.littleEndian == 1,
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
    let room = slab.elementCount * unit
    let values = [Value](unsafeUninitializedCapacity: room) { output, count in
      guard let start = output.baseAddress else { return }
      let failed = Atomic(false)
      let next = Atomic(0)
      // Each worker has a decoder of its own, and no element belongs to two chunks.
      nonisolated(unsafe) let (target, decoders, missing, copy) = (start, decoders, missing, copy)
      DispatchQueue.concurrentPerform(iterations: decoders.count) { worker in
        while !failed.load(ordering: .relaxed) {
          let index = next.add(1, ordering: .relaxed).oldValue
          if index >= grid.count { return }
          do throws(HDF5Error) {
            try read(
              index, of: grid, into: target, unit: unit, decoders[worker], at: site,
              missing: missing, copy: copy)
          } catch {
            failed.store(true, ordering: .relaxed)
            // Of several failures the first chunk's, whatever the number of threads.
            failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
          }
        }
      }
      count = failed.load(ordering: .relaxed) ? 0 : room
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
    return values
  }

  /// The bytes that chunks may take which are decoded at the same time.
  private static let mostBytes = 64 << 20

  /// Reads one chunk's part of a slab.
  private func read<Value: BitwiseCopyable>(
    _ index: Int, of grid: ChunkGrid, into target: UnsafeMutablePointer<Value>, unit: Int,
    _ decoder: ChunkDecoder, at site: CallSite,
    missing: (Hyperslab) throws(HDF5Error) -> [Value],
    copy: (DecodedChunk, Int, Int, UnsafeMutablePointer<Value>) -> Void
  ) throws(HDF5Error) {
    let start = grid.start(of: index)
    let isCut = grid.isCut(index)
    if isCut, let chunk = partlyRead.chunk(at: start) {
      grid.forEachRun(of: index) { copy(chunk, $0, $2, target + $1 * unit) }
      return
    }
    guard let (stored, mask) = try storedChunk(at: start, chunkBytes: grid.chunkBytes, at: site)
    else {
      let part = try missing(grid.part(of: index))
      part.withUnsafeBufferPointer { part in
        guard let from = part.baseAddress else { return }
        var taken = 0
        grid.forEachRun(of: index) { _, inSlab, count in
          (target + inSlab * unit).update(from: from + taken, count: count * unit)
          taken += count * unit
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
    grid.forEachRun(of: index) { copy(chunk, $0, $2, target + $1 * unit) }
    if isCut { partlyRead.keep(chunk, at: start) }
  }

  /// The bytes of a chunk as they lie in the file, and its filter mask; nil when there is none.
  private func storedChunk(
    at start: [Int], chunkBytes: Int, at site: CallSite
  ) throws(HDF5Error) -> (bytes: [UInt8], mask: UInt32)? {
    let offset = start.map(hsize_t.init)
    var size: hsize_t = 0
    var mask: UInt32 = 0
    var bytes: [UInt8] = []
    let most = hsize_t(2 * chunkBytes + 4096)
    // Both under one lock: the second call writes as many bytes as the first one says.
    _ = try site.call { () -> herr_t in
      _ = hdf5_chunk_size(id, offset, &size)
      guard size > 0, size <= most else { return 0 }
      var status: herr_t = 0
      bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { output, count in
        status = hdf5_read_chunk(id, offset, &mask, output.baseAddress, Int(size))
        count = status < 0 ? 0 : Int(size)
      }
      return status
    }
    guard size <= most else {
      throw site.error(
        .corrupt,
        "the chunk at \(start) takes \(size) bytes, more than any program makes of "
          + "\(chunkBytes): it is damaged; use a backup copy")
    }
    return size == 0 ? nil : (bytes, mask)
  }
}
