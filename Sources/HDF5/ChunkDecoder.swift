internal import CDeflate

/// Undoes what libhdf5's filters or a ``ChunkEncoder`` did to a chunk: checksum and compression; the
/// shuffled bytes are brought back while they are copied.
///
/// A chunk is decoded outside the lock of libhdf5, so that several threads can, each with a decoder of
/// its own. What the file says is not believed: a chunk that does not inflate to exactly its size is
/// an error, and nothing is allocated that its stored bytes could not fill.
final class ChunkDecoder {
  /// What is wrong with a chunk, in words that follow "the chunk at … ".
  struct Fault: Error {
    let words: String
  }

  private let filters: [Int]
  private let codec: Codec?
  private let chunkBytes: Int
  private let decompressor: OpaquePointer

  /// Creates a decoder for the filters of a dataset; nil when they are others than shuffle, a ``Codec``
  /// and Fletcher32 in this order.
  init?(filters: [Filter], elementSize: Int, chunkBytes: Int) {
    let ids = filters.map(\.id)
    let codecs = ids.compactMap(Codec.init)
    self.filters = ids
    codec = codecs.first
    guard codecs.count <= 1, ids == ([2] + codecs.map(\.rawValue) + [3]).filter(ids.contains),
      filters.allSatisfy({ $0.id != 2 || $0.parameters == [UInt32(elementSize)] }),
      let decompressor = libdeflate_alloc_decompressor()
    else { return nil }
    self.chunkBytes = chunkBytes
    self.decompressor = decompressor
  }

  deinit { libdeflate_free_decompressor(decompressor) }

  /// Decodes a chunk.
  ///
  /// - Parameters:
  ///   - stored: the bytes in the file.
  ///   - mask: bit i is set when the filter i was left out for this chunk.
  /// - Returns: the chunk, of exactly its size.
  /// - Throws: ``Fault`` when the bytes are damaged.
  func decode(_ stored: [UInt8], mask: UInt32) throws(Fault) -> DecodedChunk {
    let applied = filters.enumerated().filter { mask >> UInt32($0.offset) & 1 == 0 }.map(\.element)
    var count = stored.count
    if applied.contains(3) {
      guard count >= 4, Self.checksumHolds(stored) else {
        throw Fault(words: "fails its checksum")
      }
      count -= 4
    }
    let isShuffled = applied.contains(2)
    guard let codec, applied.contains(codec.rawValue) else {
      guard count == chunkBytes else { throw wrongSize }
      return DecodedChunk(
        bytes: count == stored.count ? stored : Array(stored[..<count]), isShuffled: isShuffled)
    }
    guard codec.canFill(chunkBytes, from: count) else { throw wrongSize }
    var isDecoded = false
    let bytes = stored.withUnsafeBytes { stored in
      [UInt8](unsafeUninitializedCapacity: chunkBytes) { output, written in
        let output = UnsafeMutableRawBufferPointer(start: output.baseAddress, count: chunkBytes)
        isDecoded = codec.decode(
          UnsafeRawBufferPointer(rebasing: stored[..<count]), into: output, decompressor)
        written = isDecoded ? chunkBytes : 0
      }
    }
    guard isDecoded else {
      throw Fault(words: "cannot be decompressed to the \(chunkBytes) bytes that it should hold")
    }
    return DecodedChunk(bytes: bytes, isShuffled: isShuffled)
  }

  private var wrongSize: Fault { Fault(words: "does not hold \(chunkBytes) bytes") }

  /// Also true for the byte order that releases of HDF5 before 1.6.3 wrote on small-endian machines.
  private static func checksumHolds(_ stored: [UInt8]) -> Bool {
    stored.withUnsafeBufferPointer { bytes in
      let end = bytes.count - 4
      let sum = fletcher32(UnsafeBufferPointer(rebasing: bytes[..<end]))
      let read = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[end + $1]) << (8 * UInt32($1)) }
      return read == sum || read == (sum & 0x00FF_00FF) << 8 | (sum >> 8) & 0x00FF_00FF
    }
  }
}
