/// Turns chunks into the bytes that libhdf5's filters would make of them: shuffle, deflate,
/// Fletcher32, in this order, each where the dataset has it.
///
/// A chunk is encoded outside the lock of libhdf5, so that several threads can, each with an encoder
/// of its own. libdeflate compresses at two to three times the speed of zlib; what reads the file
/// inflates either.
final class ChunkEncoder {
  private let elementSize: Int
  private let shuffles: Bool
  private let checks: Bool
  /// Nil when chunks are not compressed.
  private let deflater: Deflater?
  private var shuffled: [UInt8] = []

  /// Creates an encoder for the filters of a dataset; nil when they are others, or in another order.
  init?(filters: [Filter], elementSize: Int) {
    let known = filters.map(\.id)
    guard known == [2, 1, 3].filter(known.contains) else { return nil }
    self.elementSize = elementSize
    shuffles = known.contains(2)
    checks = known.contains(3)
    if let deflate = filters.first(where: { $0.id == 1 }) {
      // libdeflate has no level 0 that zlib's stored blocks would be.
      let level = deflate.parameters.first.map(Int.init(clamping:)) ?? 6
      guard let deflater = Deflater(level: max(level, 1)) else { return nil }
      self.deflater = deflater
    } else {
      deflater = nil
    }
  }

  /// The bytes that go to the file for one whole chunk of little-endian elements.
  func encode(_ chunk: [UInt8]) -> [UInt8] {
    if shuffles && elementSize > 1 {
      shuffle(chunk)
      return finish(shuffled, planeCount: chunk.count / elementSize)
    }
    return finish(chunk, planeCount: chunk.count)
  }

  /// All first bytes of the elements, then all second bytes, and so on (HDF5's filter 2).
  private func shuffle(_ chunk: [UInt8]) {
    let count = chunk.count / elementSize
    let size = elementSize
    shuffled = Array(unsafeUninitializedCapacity: chunk.count) { output, written in
      chunk.withUnsafeBufferPointer { input in
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        for byte in 0..<size {
          let source = from + byte
          let target = to + byte * count
          for i in 0..<count { target[i] = source[i &* size] }
        }
      }
      written = count * size
    }
  }

  private func finish(_ bytes: [UInt8], planeCount: Int) -> [UInt8] {
    let room = deflater?.bound(bytes.count) ?? bytes.count
    return Array(unsafeUninitializedCapacity: room + 4) { output, count in
      if let deflater, let start = output.baseAddress {
        count = bytes.withUnsafeBufferPointer {
          deflater.compress($0, planeCount: planeCount, into: start)
        }
      } else {
        _ = output.initialize(from: bytes)
        count = bytes.count
      }
      guard checks else { return }
      let sum = fletcher32(UnsafeBufferPointer(rebasing: output[..<count]))
      for byte in 0..<4 {
        output.initializeElement(at: count + byte, to: UInt8(truncatingIfNeeded: sum >> (8 * byte)))
      }
      count += 4
    }
  }
}
