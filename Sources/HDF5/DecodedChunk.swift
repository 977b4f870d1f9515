internal import Synchronization

/// A chunk without its checksum and its compression, still shuffled if it was.
struct DecodedChunk: Sendable {
  /// The elements' bytes, or all their first bytes, all their second bytes, and so on.
  let bytes: [UInt8]
  /// True for the latter.
  let isShuffled: Bool

  /// Puts consecutive elements into an array of Float.
  ///
  /// - Parameters:
  ///   - type: the type of the elements; all but half precision, truth values and complex numbers.
  ///   - first: the first of them in the chunk.
  ///   - count: how many.
  ///   - target: where they go.
  func copy(
    _ type: NumberType, from first: Int, count: Int, to target: UnsafeMutablePointer<Float>
  ) {
    switch type {
    case .int8: copy(Int8.self, first, count, target)
    case .int16: copy(Int16.self, first, count, target)
    case .int32: copy(Int32.self, first, count, target)
    case .int64: copy(Int64.self, first, count, target)
    case .uint8: copy(UInt8.self, first, count, target)
    case .uint16: copy(UInt16.self, first, count, target)
    case .uint32: copy(UInt32.self, first, count, target)
    case .uint64: copy(UInt64.self, first, count, target)
    case .float32: copy(Float.self, first, count, target)
    case .float64: copy(Double.self, first, count, target)
    case .float16, .bool, .complex64, .complex128:
      preconditionFailure("\(type) is not read chunk by chunk")
    }
  }

  /// Puts consecutive elements of so many bytes into memory, as they lie in the file.
  func copyBytes(
    size: Int, from first: Int, count: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    let stride = bytes.count / size
    precondition(
      first >= 0 && count >= 0 && first + count <= stride,
      "elements \(first)..<\(first + count) of a chunk of \(stride)")
    bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      guard isShuffled else {
        target.update(from: start + first * size, count: count * size)
        return
      }
      for byte in 0..<size {
        let plane = start + byte * stride + first
        for i in 0..<count { target[i &* size &+ byte] = plane[i] }
      }
    }
  }

  /// True for the types that ``copy(_:from:count:to:)`` takes.
  static func takes(_ type: NumberType) -> Bool {
    switch type {
    case .float16, .bool, .complex64, .complex128: false
    default: true
    }
  }

  private func copy<Number: ChunkNumber>(
    _: Number.Type, _ first: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let size = MemoryLayout<Number.Bits>.size
    let stride = bytes.count / size
    precondition(
      first >= 0 && count >= 0 && first + count <= stride,
      "elements \(first)..<\(first + count) of a chunk of \(stride)")
    bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      if isShuffled {
        let planes = start.assumingMemoryBound(to: UInt8.self) + first
        for i in 0..<count {
          var bits = Number.Bits(truncatingIfNeeded: planes[i])
          for byte in 1..<max(size, 1) {
            bits |= Number.Bits(truncatingIfNeeded: planes[i &+ byte &* stride]) &<< (8 &* byte)
          }
          target[i] = Number.float(bits)
        }
      } else {
        let elements = start + first * size
        for i in 0..<count {
          target[i] = Number.float(
            elements.loadUnaligned(fromByteOffset: i &* size, as: Number.Bits.self))
        }
      }
    }
  }
}

/// Chunks of which a reading took a part: the neighbouring part follows as a rule, and would have to
/// be inflated again.
final class DecodedChunks: Sendable {
  private static let mostBytes = 32 << 20
  private static let mostChunks = 256
  private let chunks = Mutex<[(start: [Int], chunk: DecodedChunk)]>([])

  /// The chunk that starts at this index of the dataset.
  func chunk(at start: [Int]) -> DecodedChunk? {
    chunks.withLock { $0.last { $0.start == start }?.chunk }
  }

  /// Keeps a chunk; the oldest ones go.
  func keep(_ chunk: DecodedChunk, at start: [Int]) {
    guard chunk.bytes.count <= Self.mostBytes else { return }
    chunks.withLock { chunks in
      chunks.append((start, chunk))
      var bytes = chunks.reduce(0) { $0 + $1.chunk.bytes.count }
      var dropped = 0
      while bytes > Self.mostBytes || chunks.count - dropped > Self.mostChunks {
        bytes -= chunks[dropped].chunk.bytes.count
        dropped += 1
      }
      chunks.removeFirst(dropped)
    }
  }

  /// Lets all of them go.
  func removeAll() { chunks.withLock { $0 = [] } }
}

/// A number as the bits that lie in a chunk, with libhdf5's conversion to Float.
private protocol ChunkNumber {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  static func float(_ bits: Bits) -> Float
}

extension Int8: ChunkNumber {
  fileprivate static func float(_ bits: UInt8) -> Float { Float(Int8(bitPattern: bits)) }
}

extension Int16: ChunkNumber {
  fileprivate static func float(_ bits: UInt16) -> Float { Float(Int16(bitPattern: bits)) }
}

extension Int32: ChunkNumber {
  fileprivate static func float(_ bits: UInt32) -> Float { Float(Int32(bitPattern: bits)) }
}

extension Int64: ChunkNumber {
  fileprivate static func float(_ bits: UInt64) -> Float { Float(Int64(bitPattern: bits)) }
}

extension UInt8: ChunkNumber {
  fileprivate static func float(_ bits: UInt8) -> Float { Float(bits) }
}

extension UInt16: ChunkNumber {
  fileprivate static func float(_ bits: UInt16) -> Float { Float(bits) }
}

extension UInt32: ChunkNumber {
  fileprivate static func float(_ bits: UInt32) -> Float { Float(bits) }
}

extension UInt64: ChunkNumber {
  fileprivate static func float(_ bits: UInt64) -> Float { Float(bits) }
}

extension Float: ChunkNumber {
  fileprivate static func float(_ bits: UInt32) -> Float { Float(bitPattern: bits) }
}

extension Double: ChunkNumber {
  /// Beyond Float's greatest number libhdf5 gives infinity, also where rounding would come back.
  fileprivate static func float(_ bits: UInt64) -> Float {
    let value = Double(bitPattern: bits)
    let most = Double(Float.greatestFiniteMagnitude)
    return value > most ? .infinity : value < -most ? -.infinity : Float(value)
  }
}
