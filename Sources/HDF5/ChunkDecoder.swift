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
  private let chunkBytes: Int
  private let decompressor: OpaquePointer

  /// Creates a decoder for the filters of a dataset; nil when they are others than shuffle, deflate
  /// and Fletcher32 in this order.
  init?(filters: [Filter], elementSize: Int, chunkBytes: Int) {
    self.filters = filters.map(\.id)
    guard self.filters == [2, 1, 3].filter(self.filters.contains),
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
    guard applied.contains(1) else {
      guard count == chunkBytes else { throw wrongSize }
      return DecodedChunk(
        bytes: count == stored.count ? stored : Array(stored[..<count]), isShuffled: isShuffled)
    }
    // A match of deflate copies at most 258 bytes and takes at least two bits.
    guard chunkBytes / 1032 <= count else { throw wrongSize }
    var result = LIBDEFLATE_BAD_DATA
    let bytes = [UInt8](unsafeUninitializedCapacity: chunkBytes) { output, written in
      result = libdeflate_zlib_decompress(
        decompressor, stored, count, output.baseAddress, chunkBytes, nil)
      written = result == LIBDEFLATE_SUCCESS ? chunkBytes : 0
    }
    switch result {
    case LIBDEFLATE_SUCCESS: return DecodedChunk(bytes: bytes, isShuffled: isShuffled)
    case LIBDEFLATE_BAD_DATA: throw Fault(words: "cannot be decompressed")
    default: throw wrongSize
    }
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
