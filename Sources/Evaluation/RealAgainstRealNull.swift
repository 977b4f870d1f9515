public import LinearAlgebra

/// What a statistic of two sets looks like when both come from the same real set.
///
/// Two random groups without a common example are taken from the real set, again and again, and the
/// statistic of each pair is kept. A number measured between real and generated spectra, in groups of the same
/// size, then has something to be read against.
public struct RealAgainstRealNull: Sendable {
  /// The number of examples in each group.
  public let groupSize: Int
  /// The statistic of every split, smallest first.
  public let values: [Double]

  /// Splits `count` examples `splits` times.
  ///
  /// `statistic` gets the numbers of the examples in each group. Returns nil when it does.
  public init?(
    count: Int, groupSize: Int, splits: Int, using stream: inout RandomStream,
    statistic: (_ first: [Int], _ second: [Int]) -> Double?
  ) {
    precondition(
      groupSize > 1 && 2 * groupSize <= count && splits > 0,
      "\(splits) splits of \(count) examples in groups of \(groupSize)")
    self.groupSize = groupSize
    var values: [Double] = []
    for _ in 0..<splits {
      let order = stream.permutation(count)
      guard
        let value = statistic(
          Array(order[0..<groupSize]), Array(order[groupSize..<2 * groupSize]))
      else { return nil }
      values.append(value)
    }
    self.values = values.sorted()
  }

  /// The value below which the share `probability` of the splits lies, linearly interpolated.
  public func quantile(_ probability: Double) -> Double {
    precondition(probability >= 0 && probability <= 1, "a quantile at \(probability)")
    let position = probability * Double(values.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, values.count - 1)
    return values[lower] + (position - Double(lower)) * (values[upper] - values[lower])
  }
}
