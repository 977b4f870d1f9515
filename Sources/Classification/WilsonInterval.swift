/// The interval of a proportion by Wilson's score.
///
/// (p̂ + z²/2n ± z √(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n): Wilson, J. Am. Stat. Assoc. 22 (1927) 209,
/// doi 10.1080/01621459.1927.10502953. It stays within 0 and 1 and holds for few spectra and for
/// proportions near the ends, where the textbook's p̂ ± z σ does not.
public func wilsonInterval(
  successes: Int, of count: Int, z: Double = 1.959_963_984_540_054
) -> ClosedRange<Double> {
  precondition(count > 0 && (0...count).contains(successes), "\(successes) of \(count)")
  let n = Double(count)
  let p = Double(successes) / n
  let middle = p + z * z / (2 * n)
  let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  return max((middle - half) / scale, 0)...min((middle + half) / scale, 1)
}
