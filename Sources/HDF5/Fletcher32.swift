/// Fletcher's checksum as HDF5 takes it: of big-endian 16-bit words, an odd last byte filled up with
/// 0, the two sums modulo 65535, the second one in the upper half.
///
/// J. G. Fletcher, IEEE Trans. Commun. 30 (1982) 247, doi 10.1109/TCOM.1982.1095369. The words go to
/// sixteen lanes in turn, each with two sums of its own. In the second sum of all, a word counts as
/// often as there are words from it to the end: sixteen times as often as in that of its lane, less the
/// number of the lane. For chunks of less than 4 GB, on little-endian machines.
func fletcher32(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
  let raw = UnsafeRawBufferPointer(bytes)
  let words = bytes.count / 2
  let lanes = 16
  var first: UInt64 = 0
  var second: UInt64 = 0
  var word = 0
  while word &+ lanes <= words {
    // After 360 words of at most 65535 the second sum of a lane still fits 32 bits.
    let rows = min((words - word) / lanes, 360)
    var sums = SIMD16<UInt32>.zero
    var sumsOfSums = SIMD16<UInt32>.zero
    for row in 0..<rows {
      let stored = raw.loadUnaligned(
        fromByteOffset: 2 &* (word &+ row &* lanes), as: SIMD16<UInt16>.self)
      sums &+= SIMD16<UInt32>(truncatingIfNeeded: stored &<< 8 | stored &>> 8)
      sumsOfSums &+= sums
    }
    second += first % 65_535 * UInt64(rows * lanes)
    for lane in 0..<lanes {
      first += UInt64(sums[lane])
      second += UInt64(lanes) * UInt64(sumsOfSums[lane]) - UInt64(lane) * UInt64(sums[lane])
    }
    second %= 65_535
    word += rows * lanes
  }
  while 2 &* word < bytes.count {
    let low = 2 &* word &+ 1 < bytes.count ? UInt64(bytes[2 &* word &+ 1]) : 0
    first += UInt64(bytes[2 &* word]) << 8 | low
    second = (second + first) % 65_535
    word += 1
  }
  // HDF5 folds sums instead of dividing them: where they are not 0 to begin with, 65535 stands for 0.
  if first == 0 { return 0 }
  first %= 65_535
  return UInt32(second == 0 ? 65_535 : second) << 16 | UInt32(first == 0 ? 65_535 : first)
}
