/// Fletcher's checksum as HDF5 takes it: of big-endian 16-bit words, an odd last byte filled up with
/// 0, the two sums modulo 65535, the second one in the upper half.
///
/// J. G. Fletcher, IEEE Trans. Commun. 30 (1982) 247, doi 10.1109/TCOM.1982.1095369.
func fletcher32(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
  var first: UInt32 = 0
  var second: UInt32 = 0
  let words = bytes.count / 2
  var word = 0
  while word < words {
    // After 360 words of at most 65535 the second sum still fits 32 bits.
    let end = min(word + 360, words)
    while word < end {
      first &+= UInt32(bytes[2 &* word]) << 8 | UInt32(bytes[2 &* word &+ 1])
      second &+= first
      word &+= 1
    }
    first = (first & 0xFFFF) &+ (first >> 16)
    second = (second & 0xFFFF) &+ (second >> 16)
  }
  if bytes.count % 2 == 1 {
    first &+= UInt32(bytes[bytes.count - 1]) << 8
    second &+= first
    first = (first & 0xFFFF) &+ (first >> 16)
    second = (second & 0xFFFF) &+ (second >> 16)
  }
  first = (first & 0xFFFF) &+ (first >> 16)
  second = (second & 0xFFFF) &+ (second >> 16)
  return second << 16 | first
}
