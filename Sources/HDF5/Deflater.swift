internal import CDeflate

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Compresses chunks to zlib streams (RFC 1950), what HDF5's filter 1 stores.
///
/// Of a shuffled chunk, leading byte planes that hold nothing but noise, as the low mantissa bytes of
/// measured numbers do, go into stored blocks (RFC 1951, section 3.2.4): deflate would spend most of
/// its time on them, and every reader its own, to gain a percent. A plane is noise when the entropy of a
/// sample of its bytes is over 7.9 bits a byte (by the frequencies of bytes, less than 1.3 % of it could
/// be gained), or over 7.5 up to level 3, which asks for speed (6 %).
final class Deflater {
  private static let sampleCount = 1 << 14
  private static let storedLimit = 65_535

  private let compressor: OpaquePointer
  private let leastEntropy: Double

  /// Creates a compressor of a level from 1 to 12; nil when there is no memory.
  init?(level: Int) {
    guard let compressor = libdeflate_alloc_compressor(Int32(clamping: level)) else { return nil }
    self.compressor = compressor
    leastEntropy = level <= 3 ? 7.5 : 7.9
  }

  deinit { libdeflate_free_compressor(compressor) }

  /// The most bytes that so many become.
  func bound(_ count: Int) -> Int {
    libdeflate_zlib_compress_bound(compressor, count) + 5 * (count / Self.storedLimit + 8)
  }

  /// Compresses `bytes`, planes of `planeCount` bytes each, and returns the number of bytes written;
  /// `output` has room for ``bound(_:)``.
  func compress(
    _ bytes: UnsafeBufferPointer<UInt8>, planeCount: Int, into output: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let stored = noisyCount(bytes, planeCount: planeCount)
    let room = bound(bytes.count)
    guard let start = bytes.baseAddress, stored > 0 else {
      let count = libdeflate_zlib_compress(
        compressor, bytes.baseAddress, bytes.count, output, room)
      precondition(count > 0, "\(bytes.count) bytes do not fit their own bound \(room)")
      return count
    }
    // A window of 32 kB, the fastest algorithm.
    output[0] = 0x78
    output[1] = 0x01
    var count = 2
    for first in stride(from: 0, to: stored, by: Self.storedLimit) {
      let length = min(Self.storedLimit, stored - first)
      output[count] = 0
      for (place, word) in [(1, length), (3, ~length)] {
        output[count + place] = UInt8(truncatingIfNeeded: word)
        output[count + place + 1] = UInt8(truncatingIfNeeded: word >> 8)
      }
      (output + count + 5).update(from: start + first, count: length)
      count += 5 + length
    }
    let rest = libdeflate_deflate_compress(
      compressor, start + stored, bytes.count - stored, output + count, room - count - 4)
    precondition(rest > 0, "\(bytes.count - stored) bytes do not fit their own bound")
    count += rest
    let sum = libdeflate_adler32(1, start, bytes.count)
    for byte in 0..<4 { output[count + byte] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * byte)) }
    return count + 4
  }

  /// How many leading bytes are planes of noise; the last plane is never taken for noise.
  private func noisyCount(_ bytes: UnsafeBufferPointer<UInt8>, planeCount: Int) -> Int {
    guard planeCount >= Self.sampleCount else { return 0 }
    var count = 0
    while count + 2 * planeCount <= bytes.count,
      isNoise(UnsafeBufferPointer(rebasing: bytes[count..<(count + planeCount)]))
    {
      count += planeCount
    }
    return count
  }

  private func isNoise(_ plane: UnsafeBufferPointer<UInt8>) -> Bool {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 256) { counts in
      counts.initialize(repeating: 0)
      let step = plane.count / Self.sampleCount
      for index in 0..<Self.sampleCount { counts[Int(plane[index * step])] += 1 }
      var entropy = 0.0
      for number in counts where number > 0 {
        let share = Double(number) / Double(Self.sampleCount)
        entropy -= share * log2(share)
      }
      return entropy > leastEntropy
    }
  }
}
