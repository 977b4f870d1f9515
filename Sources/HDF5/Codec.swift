internal import CBlosc
internal import CDeflate
internal import CLZ4
internal import CZstd

/// A compression of chunks that is undone here, outside libhdf5.
///
/// What the file says is not believed: the result has exactly the size that is asked for, or there is
/// none.
enum Codec: Int {
  /// Deflate in a zlib stream (RFC 1950).
  case gzip = 1
  /// Marc Lehmann's LZF, as h5py writes it.
  case lzf = 32000
  /// Blosc of its first format.
  case blosc = 32001
  /// Blocks of LZ4 with their sizes.
  case lz4 = 32004
  /// One frame of Zstandard (RFC 8878).
  case zstd = 32015

  /// False where so few bytes cannot stand for so many, whatever they are.
  ///
  /// A match of deflate copies at most 258 bytes and takes at least two bits, one of LZF 264 of three
  /// bytes; a byte of LZ4 adds at most 255 to a match. Zstandard and Blosc have chunks of one value.
  func canFill(_ size: Int, from count: Int) -> Bool {
    switch self {
    case .gzip: size / 1032 <= count
    case .lzf: size / 88 <= count
    case .lz4: size / 255 <= count
    case .blosc, .zstd: count > 0
    }
  }

  /// Decompresses a chunk; false when it does not come out with the size of the output.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    _ deflate: OpaquePointer
  ) -> Bool {
    guard let from = input.baseAddress, let to = output.baseAddress else { return false }
    switch self {
    case .gzip:
      let result = libdeflate_zlib_decompress(
        deflate, from, input.count, to, output.count, nil)
      return result == LIBDEFLATE_SUCCESS
    case .lzf: return Self.decodeLZF(input, into: output)
    case .blosc:
      var size = 0
      guard blosc_cbuffer_validate(from, input.count, &size) == 0, size == output.count else {
        return false
      }
      return blosc_decompress_ctx(from, to, output.count, 1) == CInt(output.count)
    case .lz4: return Self.decodeLZ4(input, into: output)
    case .zstd: return ZSTD_decompress(to, output.count, from, input.count) == output.count
    }
  }

  /// LZF: a byte below 32 announces so many literals and one more; any other the length and the distance
  /// of a match in what came out before, three bits (seven: and a byte more) and thirteen bits.
  ///
  /// Source: http://oldhome.schmorp.de/marc/liblzf.html.
  private static func decodeLZF(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var (taken, made) = (0, 0)
    while taken < input.count {
      let control = Int(input[taken])
      taken += 1
      if control < 32 {
        let count = control + 1
        guard count <= input.count - taken, count <= output.count - made else { return false }
        UnsafeMutableRawBufferPointer(rebasing: output[made..<(made + count)]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: input[taken..<(taken + count)]))
        taken += count
        made += count
      } else {
        var count = control >> 5
        if count == 7 {
          guard taken < input.count else { return false }
          count += Int(input[taken])
          taken += 1
        }
        count += 2
        guard taken < input.count else { return false }
        let distance = (control & 31) << 8 + Int(input[taken]) + 1
        taken += 1
        guard distance <= made, count <= output.count - made else { return false }
        // Byte by byte: a match may run into what it makes.
        for place in made..<(made + count) { output[place] = output[place - distance] }
        made += count
      }
    }
    return made == output.count
  }

  /// Blocks of LZ4, as the filter of HDF5 writes them.
  ///
  /// The size of all, 8 bytes, and of a block, 4 bytes; then blocks, each after its own size, the same
  /// as decompressed for one that was left as it was. Numbers are big-endian.
  ///
  /// Source: the filter 32004 of the HDF Group's list of registered filters.
  private static func decodeLZ4(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    func number(_ place: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 << 8 | Int(input[place + $1]) }
    }
    guard input.count >= 12, input[0] < 0x80, number(0, 8) == output.count else { return false }
    let block = number(8, 4)
    guard block > 0 else { return false }
    var (taken, made) = (12, 0)
    while made < output.count {
      guard input.count - taken >= 4 else { return false }
      let count = number(taken, 4)
      taken += 4
      let size = min(block, output.count - made)
      guard count <= input.count - taken else { return false }
      let from = UnsafeRawBufferPointer(rebasing: input[taken..<(taken + count)])
      let to = UnsafeMutableRawBufferPointer(rebasing: output[made..<(made + size)])
      if count == size {
        to.copyMemory(from: from)
      } else {
        guard count <= CInt.max, size <= CInt.max,
          LZ4_decompress_safe(
            from.baseAddress?.assumingMemoryBound(to: CChar.self),
            to.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(count), CInt(size))
            == CInt(size)
        else { return false }
      }
      taken += count
      made += size
    }
    return taken == input.count
  }
}
