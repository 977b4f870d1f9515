#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Student's t distribution with ν degrees of freedom.
///
/// With θ = arctan(t/√ν), P(|T| ≤ t) is a finite sum (Abramowitz & Stegun, Handbook of Mathematical
/// Functions, 26.7.3 and 26.7.4): for even ν
/// sin θ (1 + ½ cos² θ + (1·3)/(2·4) cos⁴ θ + … ), for odd ν
/// (2/π)(θ + sin θ (cos θ + ⅔ cos³ θ + (2·4)/(3·5) cos⁵ θ + …)), both up to cos^(ν−2) θ.
public struct StudentDistribution: Sendable {
  /// ν.
  public let freedom: Int

  /// Creates the distribution; ν must be at least 1.
  public init(freedom: Int) {
    precondition(freedom > 0, "\(freedom) degrees of freedom")
    self.freedom = freedom
  }

  /// P(|T| > |t|), to about 1e-15.
  public func twoSidedProbability(of t: Double) -> Double {
    1 - inner(atan(abs(t) / Double(freedom).squareRoot()))
  }

  /// The t of which P(|T| > t) is `probability`, between 0 and 1.
  public func twoSidedQuantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "a probability of \(probability)")
    var (low, high) = (0.0, Double.pi / 2)
    // As often as halves the interval to the last digit.
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if 1 - inner(middle) > probability { low = middle } else { high = middle }
    }
    return Double(freedom).squareRoot() * tan((low + high) / 2)
  }

  /// P(|T| ≤ t) by the angle θ.
  private func inner(_ angle: Double) -> Double {
    let isOdd = freedom % 2 == 1
    let square = cos(angle) * cos(angle)
    var term = isOdd ? cos(angle) : 1
    var sum = freedom > 1 ? term : 0
    var power = isOdd ? 3 : 2
    while power <= freedom - 2 {
      term *= square * Double(power - 1) / Double(power)
      sum += term
      power += 2
    }
    return isOdd ? 2 / Double.pi * (angle + sin(angle) * sum) : sin(angle) * sum
  }
}
