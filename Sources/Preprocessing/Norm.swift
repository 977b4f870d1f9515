internal import CKernels

extension PreprocessOptions.Norm {
  /// Divides some channels in place and returns the divisor; nil, and nothing is divided, when their
  /// maximum is not positive, or their area is not.
  ///
  /// The maximum is the paper's norm: the highest channel becomes 1 (del-Pozo-Bueno et al., Microsc.
  /// Microanal. 30 (2024) 278, doi 10.1093/mam/ozae014). The area is the integral over energy,
  /// Σ x ΔE with the channel width ΔE in eV: the result is a density per eV. Channels in `spikes` are
  /// divided but do not count.
  func divide(
    _ x: UnsafeMutablePointer<Float>, _ channels: Range<Int>, without spikes: [Range<Int>] = [],
    channelWidth: Double
  ) -> Float? {
    var maximum = -Float.infinity
    var sum = 0.0
    for run in channels.without(spikes) {
      maximum = Swift.max(maximum, ck_max(x + run.lowerBound, run.count))
      if self == .area { sum += ck_sum_double(x + run.lowerBound, run.count) }
    }
    guard maximum > 0 else { return nil }
    let divisor: Float
    switch self {
    case .none: return 1
    case .max: divisor = maximum
    case .area: divisor = Float(sum * channelWidth)
    }
    guard divisor > 0 else { return nil }
    for j in channels { x[j] /= divisor }
    return divisor
  }
}

extension Range<Int> {
  /// What is left of a range without some others, in order.
  func without(_ others: [Range<Int>]) -> [Range<Int>] {
    if others.isEmpty { return [self] }
    var left: [Range<Int>] = []
    var next = lowerBound
    for other in others.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if other.lowerBound > next { left.append(next..<Swift.min(other.lowerBound, upperBound)) }
      next = Swift.max(next, other.upperBound)
      if next >= upperBound { break }
    }
    if next < upperBound { left.append(next..<upperBound) }
    return left.filter { !$0.isEmpty && $0.upperBound <= upperBound }
  }
}
