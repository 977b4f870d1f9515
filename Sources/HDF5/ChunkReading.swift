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
      unknown: { (part) throws(HDF5Error) in try readByLibrary(part, zero: 0) },
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
      unknown: { (part) throws(HDF5Error) in try readBytesByLibrary(part) },
      copy: { chunk, inChunk, count, target in
        chunk.copyBytes(size: size, from: inChunk, count: count, to: target)
      })
  }

  /// Decodes chunks side by side, each with what `copy` takes of it.
  ///
  /// Nil, with nothing read, for filters or orders of them that a ``ChunkDecoder`` does not know, for
  /// chunks that may be left unfiltered, and for a file that is being written. A chunk that was never
  /// written has the fill value; its own memory, which libhdf5 would take, is not needed for that.
  ///
  /// - Parameters:
  ///   - slab: the part to read.
  ///   - unit: how many values an element makes.
  ///   - threads: how many threads may decode.
  ///   - site: the place for errors.
  ///   - unknown: reads a part of the slab through libhdf5, which may not know whether it was written.
  ///   - copy: takes elements of a chunk: the first, how many, and where they go.
  /// - Returns: the values in row-major order.
  /// - Throws: the first chunk's failure.
  private func decodeChunks<Value: BitwiseCopyable & Sendable & Equatable>(
    _ slab: Hyperslab, unit: Int, threads: Int, at site: CallSite,
    unknown: (Hyperslab) throws(HDF5Error) -> [Value],
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
      nonisolated(unsafe) let (target, decoders, unknown, copy) = (start, decoders, unknown, copy)
      DispatchQueue.concurrentPerform(iterations: decoders.count) { worker in
        while !failed.load(ordering: .relaxed) {
          let index = next.add(1, ordering: .relaxed).oldValue
          if index >= grid.count { return }
          do throws(HDF5Error) {
            try read(
              index, of: grid, into: target, unit: unit, decoders[worker], at: site,
              unknown: unknown, copy: copy)
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
  private func read<Value: BitwiseCopyable & Equatable>(
    _ index: Int, of grid: ChunkGrid, into target: UnsafeMutablePointer<Value>, unit: Int,
    _ decoder: ChunkDecoder, at site: CallSite,
    unknown: (Hyperslab) throws(HDF5Error) -> [Value],
    copy: (DecodedChunk, Int, Int, UnsafeMutablePointer<Value>) -> Void
  ) throws(HDF5Error) {
    let start = grid.start(of: index)
    let isCut = grid.isCut(index)
    if isCut, let chunk = partlyRead.chunk(at: start) {
      grid.forEachRun(of: index) { copy(chunk, $0, $2, target + $1 * unit) }
      return
    }
    let bytes: [UInt8]
    let mask: UInt32
    switch try storedChunk(at: start, chunkBytes: grid.chunkBytes, at: site) {
    case .stored(let stored, let filterMask): (bytes, mask) = (stored, filterMask)
    case .neverWritten:
      let element = DecodedChunk(bytes: try fillValue(at: site), isShuffled: false)
      let value = [Value](unsafeUninitializedCapacity: unit) { value, count in
        guard let start = value.baseAddress else { return }
        copy(element, 0, 1, start)
        count = unit
      }
      grid.forEachRun(of: index) { _, inSlab, count in
        let run = target + inSlab * unit
        guard unit > 1, value.contains(where: { $0 != value[0] }) else {
          run.update(repeating: value[0], count: count * unit)
          return
        }
        for element in 0..<count { (run + element * unit).update(from: value, count: unit) }
      }
      return
    case .unknown:
      let part = try unknown(grid.part(of: index))
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
      chunk = try decoder.decode(bytes, mask: mask)
    } catch {
      throw site.error(
        .corrupt, "the chunk at \(start) \(error.words): it is damaged; use a backup copy")
    }
    grid.forEachRun(of: index) { copy(chunk, $0, $2, target + $1 * unit) }
    if isCut { partlyRead.keep(chunk, at: start) }
  }

  /// What the file has of a chunk.
  private enum StoredChunk {
    /// The bytes as they lie in the file, and the filter mask.
    case stored([UInt8], mask: UInt32)
    /// Nothing.
    case neverWritten
    /// libhdf5 has no answer.
    case unknown
  }

  private func storedChunk(
    at start: [Int], chunkBytes: Int, at site: CallSite
  ) throws(HDF5Error) -> StoredChunk {
    let offset = start.map(hsize_t.init)
    var size: hsize_t = 0
    var mask: UInt32 = 0
    var isKnown = false
    var bytes: [UInt8] = []
    let most = hsize_t(2 * chunkBytes + 4096)
    // Both under one lock: the second call writes as many bytes as the first one says.
    _ = try site.call { () -> herr_t in
      isKnown = hdf5_chunk_size(id, offset, &size)
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
    guard isKnown else { return .unknown }
    return size == 0 ? .neverWritten : .stored(bytes, mask: mask)
  }
}
