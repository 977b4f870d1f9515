/// The weighting before the decomposition, and a few words about why.
struct WeightingChoice {
  let weighting: PreprocessOptions.Weighting
  let reason: String

  /// Decides; the raw counts are known when `areCounts`.
  ///
  /// - Throws: ``PreprocessError/countsUnknown``.
  init(_ asked: PreprocessOptions.Weighting?, areCounts: Bool) throws(PreprocessError) {
    if asked == .poisson && !areCounts { throw .countsUnknown }
    weighting = asked ?? (areCounts ? .poisson : .none)
    reason =
      switch (asked, weighting) {
      case (_, .poisson): "after weighting for counting noise"
      case (nil, .none): "without weighting, for the counts are not known"
      case (_, .none): "without weighting as asked"
      }
  }
}
