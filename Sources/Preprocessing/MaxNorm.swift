internal import CKernels

/// Division of a spectrum by its maximum, the paper's norm: the highest channel becomes 1.
///
/// del-Pozo-Bueno et al., Microsc. Microanal. 30 (2024) 278, doi 10.1093/mam/ozae014. A spectrum
/// whose maximum is not positive has no such norm and is left as it is.
enum MaxNorm {
  /// Divides `count` channels in place and returns the divisor: 1 for no norm, nil when the maximum
  /// is not positive (then nothing is divided).
  static func divide(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, _ norm: PreprocessOptions.Norm
  ) -> Float? {
    let maximum = ck_max(x, count)
    guard maximum > 0 else { return nil }
    if norm == .none { return 1 }
    for j in 0..<count { x[j] /= maximum }
    return maximum
  }
}
