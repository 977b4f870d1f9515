/// A message of the protocol-buffer wire format, field after field.
///
/// A field is a varint of number · 8 + wire type (0 varint, 2 length and bytes, 5 four bytes) and its
/// value; varints have seven bits a byte, lowest first (https://protobuf.dev/programming-guides/encoding).
struct ProtocolBuffer {
  /// The message so far.
  private(set) var bytes: [UInt8] = []

  /// Adds a whole number, negative ones as 64 bits.
  mutating func add(_ field: Int, _ value: Int) {
    varint(UInt64(field) << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// Adds a number of four bytes.
  mutating func add(_ field: Int, _ value: Float) {
    varint(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  /// Adds a text.
  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  /// Adds bytes.
  mutating func add(_ field: Int, _ content: [UInt8]) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  /// Adds a message.
  mutating func add(_ field: Int, _ build: (inout ProtocolBuffer) -> Void) {
    var message = ProtocolBuffer()
    build(&message)
    add(field, message.bytes)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
