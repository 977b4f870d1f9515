internal import CKernels

extension PreprocessOptions.Norm {
  /// Divides `count` channels in place and returns the divisor; nil, and nothing is divided, when
  /// the maximum is not positive, or the area is not.
  ///
  /// The maximum is the paper's norm: the highest channel becomes 1 (del-Pozo-Bueno et al., Microsc.
  /// Microanal. 30 (2024) 278, doi 10.1093/mam/ozae014). The area is the integral over energy,
  /// Σ x ΔE with the channel width ΔE in eV: the result is a density per eV.
  func divide(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, channelWidth: Double
  ) -> Float? {
    let maximum = ck_max(x, count)
    guard maximum > 0 else { return nil }
    let divisor: Float
    switch self {
    case .none: return 1
    case .max: divisor = maximum
    case .area: divisor = Float(ck_sum_double(x, count) * channelWidth)
    }
    guard divisor > 0 else { return nil }
    for j in 0..<count { x[j] /= divisor }
    return divisor
  }
}
