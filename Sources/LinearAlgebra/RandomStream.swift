/// A seeded, splittable stream of random numbers.
///
/// xoshiro256++ (Blackman & Vigna, doi 10.1145/3460772), its state filled by SplitMix64. The same
/// seed gives the same numbers on every machine. A stream is a value: pass it `inout`, and
/// ``split(_:)`` one for every independent use, so that results do not depend on the order or the
/// number of threads in which the uses run.
public struct RandomStream: Sendable, RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private let key: UInt64

  /// Creates the stream of a seed.
  public init(seed: UInt64) {
    key = seed
    var mixer = seed
    state = (
      Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer)
    )
  }

  /// An independent stream for a named use, for example a class or a spectrum number.
  ///
  /// Depends on the seed and `use` only, not on how many numbers were drawn before.
  public func split(_ use: UInt64) -> RandomStream {
    var mixer = key ^ 0x6A09_E667_F3BC_C909
    let first = Self.splitMix(&mixer)
    mixer = first ^ use
    return RandomStream(seed: Self.splitMix(&mixer))
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = ((sum << 23) | (sum >> 41)) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// A number uniform in [0, 1), 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number uniform in [lower, upper).
  public mutating func uniform(_ lower: Double, _ upper: Double) -> Double {
    lower + (upper - lower) * uniform()
  }

  /// A whole number uniform in 0..<count.
  public mutating func index(below count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  /// The numbers 0..<count in random order (Fisher–Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    order.shuffle(using: &self)
    return order
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension RandomStream: Codable {
  /// Writes the seed and the state, five words, from which the stream goes on.
  public func encode(to encoder: any Encoder) throws {
    try [key, state.0, state.1, state.2, state.3].encode(to: encoder)
  }

  /// Reads the five words.
  public init(from decoder: any Decoder) throws {
    let words = try [UInt64](from: decoder)
    guard words.count == 5, words[1...].contains(where: { $0 != 0 }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(words) is no random stream"))
    }
    key = words[0]
    state = (words[1], words[2], words[3], words[4])
  }
}
