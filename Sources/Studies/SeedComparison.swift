/// Two conditions compared seed by seed: Student's paired t-test.
///
/// t = d̄ / (s / √n) of the n differences d, and the two-sided p-value with n − 1 degrees of freedom. What
/// varies with the seed, as the training spectra and the weights, varies for both conditions alike.
public struct SeedComparison: Codable, Sendable, Equatable {
  /// The difference, first minus second.
  public let difference: SeedMean
  /// t; nil for one seed, and where all differences are equal.
  public let statistic: Double?
  /// The two-sided p-value; nil as t is.
  public let probability: Double?

  /// Compares the values of two conditions in the order of the same seeds.
  public init(_ first: [Double], _ second: [Double]) {
    precondition(first.count == second.count, "\(first.count) and \(second.count) seeds")
    let differences = zip(first, second).map { $0.0 - $0.1 }
    difference = SeedMean(differences)
    // Equal differences of rounded numbers: what is left is the rounding.
    let spread = (differences.max() ?? 0) - (differences.min() ?? 0)
    if differences.count > 1 && spread > 1e-12 {
      let t = difference.mean / SeedMean.standardError(differences, difference.mean)
      statistic = t
      probability = StudentDistribution(freedom: differences.count - 1).twoSidedProbability(of: t)
    } else {
      statistic = nil
      probability = nil
    }
  }
}
