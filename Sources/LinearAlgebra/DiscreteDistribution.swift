#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A distribution of small whole numbers, from which many deviates are drawn at once.
///
/// Probabilities are multiples of 2⁻³²: rarer numbers never come.
public struct DiscreteDistribution: Sendable, Equatable {
  /// The probability of less than 1, of less than 2, and so on, in units of 2⁻³²; all below 1.
  let thresholds: [UInt32]

  /// 1 with the given probability, otherwise 0.
  public static func bernoulli(_ probability: Double) -> Self {
    precondition(probability >= 0 && probability <= 1, "a probability of \(probability)")
    return Self(cumulative: [1 - probability])
  }

  /// Counts of a mean in (0, 20]: the cost of a deviate grows with it.
  public static func poisson(_ mean: Double) -> Self {
    precondition(mean > 0 && mean <= 20, "Poisson deviates of mean \(mean)")
    var probability = exp(-mean)
    var cumulative = [probability]
    while probability * 0x1p32 > 0.25 || Double(cumulative.count) < mean {
      probability *= mean / Double(cumulative.count)
      cumulative.append(cumulative[cumulative.count - 1] + probability)
    }
    return Self(cumulative: cumulative)
  }

  private init(cumulative: [Double]) {
    thresholds = cumulative.map { ($0 * 0x1p32).rounded() }.filter { $0 < 0x1p32 }
      .map { UInt32($0) }
  }
}
