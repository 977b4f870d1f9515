/// The mean of a number over seeds, with the 95 % interval of that mean.
///
/// mean ± t s / √n, s the standard deviation of the n values with divisor n − 1 and t the quantile of
/// Student's distribution with n − 1 degrees of freedom.
public struct SeedMean: Codable, Sendable, Equatable {
  /// The mean.
  public let mean: Double
  /// Half of the interval; nil for one value.
  public let halfWidth: Double?
  /// The values, in the order of the seeds.
  public let values: [Double]

  /// The mean of at least one value.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "the mean of no values")
    self.values = values
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    self.mean = mean
    halfWidth =
      values.count == 1
      ? nil
      : StudentDistribution(freedom: values.count - 1).twoSidedQuantile(0.05)
        * Self.standardError(values, mean)
  }

  /// s / √n.
  static func standardError(_ values: [Double], _ mean: Double) -> Double {
    let n = Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1) / n).squareRoot()
  }
}
