#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The difference of two accuracies on the same spectra, with its interval.
///
/// (b − c) / n, where b spectra are right only under the first condition and c only under the second. The
/// interval is that of Agresti & Min (doi 10.1002/sim.1781): with half a spectrum added to each of the four
/// kinds, N = n + 2, B = b + ½, C = c + ½, it is (B − C)/N ± 1.96 √(B + C − (B − C)²/N) / N.
public struct PairedDifference: Codable, Sendable, Equatable {
  /// The spectra.
  public let count: Int
  /// Those that are right under the first condition only.
  public let gained: Int
  /// Those that are right under the second condition only.
  public let lost: Int

  /// Compares predictions under two conditions.
  public init(_ first: [Int], _ second: [Int], truth: [Int]) {
    precondition(
      first.count == truth.count && second.count == truth.count && !truth.isEmpty,
      "\(first.count) and \(second.count) predictions of \(truth.count)")
    count = truth.count
    gained = truth.indices.count { first[$0] == truth[$0] && second[$0] != truth[$0] }
    lost = truth.indices.count { first[$0] != truth[$0] && second[$0] == truth[$0] }
  }

  /// The difference, first minus second.
  public var difference: Double { Double(gained - lost) / Double(count) }

  /// The 95 % interval.
  public var interval: ClosedRange<Double> {
    let n = Double(count + 2)
    let changes = Double(gained + lost + 1)
    let net = Double(gained - lost)
    let error = (changes - net * net / n).squareRoot() / n
    return (net / n - 1.96 * error)...(net / n + 1.96 * error)
  }

  /// The two-sided p-value of McNemar's exact test: of b + c changes, so many or more the same way, were
  /// both ways as likely (doi 10.1007/BF02295996).
  public var probability: Double {
    let changes = gained + lost
    if changes == 0 { return 1 }
    // Binomial probabilities one from another; in logarithms a thousand changes do not underflow.
    var term = -Double(changes) * 0.693_147_180_559_945_3
    var sum = exp(term)
    for k in 0..<min(gained, lost) {
      term += log(Double(changes - k)) - log(Double(k + 1))
      sum += exp(term)
    }
    return min(2 * sum, 1)
  }
}
