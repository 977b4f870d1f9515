public import LinearAlgebra

/// What a comparison of two sets looks like when both come from the same real set.
///
/// Two random groups without a common example are taken from the real set, again and again, and the
/// comparison of each pair is kept. A number measured between real and generated spectra, in groups
/// of the same size, then has something to be read against.
public struct RealAgainstRealNull: Sendable {
  /// The number of examples in each group.
  public let groupSize: Int
  /// The comparison of every split, in the order they were drawn.
  public let splits: [SyntheticQuality]

  /// Splits `count` examples `splits` times.
  ///
  /// `comparison` gets the numbers of the examples in each group. Returns nil when it does.
  public init?(
    count: Int, groupSize: Int, splits: Int, using stream: inout RandomStream,
    comparison: (_ first: [Int], _ second: [Int]) -> SyntheticQuality?
  ) {
    precondition(
      groupSize > 1 && 2 * groupSize <= count && splits > 0,
      "\(splits) splits of \(count) examples in groups of \(groupSize)")
    self.groupSize = groupSize
    var done: [SyntheticQuality] = []
    for _ in 0..<splits {
      let order = stream.permutation(count)
      guard
        let value = comparison(
          Array(order[0..<groupSize]), Array(order[groupSize..<2 * groupSize]))
      else { return nil }
      done.append(value)
    }
    self.splits = done
  }

  /// The value of a measure below which the share `probability` of the splits lies, linearly
  /// interpolated.
  public func quantile(_ probability: Double, of measure: (SyntheticQuality) -> Double) -> Double {
    Evaluation.quantile(probability, of: splits.map(measure).sorted())
  }
  /// The ``quantile(_:of:)`` of every measure.
  public func quantiles(_ probability: Double) -> SyntheticQuality {
    func quantile(_ measure: (SyntheticQuality) -> Double) -> Double {
      self.quantile(probability, of: measure)
    }
    return SyntheticQuality(
      frechetDistance: quantile(\.frechetDistance), kernelDistance: quantile(\.kernelDistance),
      noiseRatio: quantile(\.noiseRatio), noiseSpreadRatio: quantile(\.noiseSpreadRatio),
      diversity: quantile(\.diversity), coverage: quantile(\.coverage),
      nearestNeighbourRatio: quantile(\.nearestNeighbourRatio),
      energyShift: quantile(\.energyShift), background: quantile(\.background))
  }
}
