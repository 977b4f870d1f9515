/// The principal components, their number chosen, and one line about why.
struct ComponentChoice {
  /// The components; nil for no denoising.
  let pca: PCA?
  /// Why so many.
  let reason: String
  /// What the user should know.
  private(set) var warnings: [String] = []

  /// Chooses the number and decomposes.
  ///
  /// `sums` are those of spectra weighted so that, with `channelWeights`, counting noise is uniform;
  /// without channel weights the noise is taken for uniform as it is.
  ///
  /// - Throws: ``PreprocessError/tooManyComponents(_:usable:channels:)`` when a number is asked for
  ///   that the spectra cannot give; ``PreprocessError/noDecomposition``.
  init(
    _ asked: PreprocessOptions.Components, sums: PCAAccumulator, channelWeights: [Double]?,
    threads: Int = 1
  ) throws(PreprocessError) {
    // All n components of n spectra give back their noise.
    let most = max(min(sums.count - 1, sums.channels), 0)
    func decompose(_ gram: [Double], _ count: Int, above bound: Double = -.infinity)
      throws(PreprocessError) -> PCA
    {
      guard
        let pca = PCA(
          gram, of: sums, channelWeights: channelWeights, leading: count, above: bound,
          known: Self.screeLength, threads: threads)
      else { throw .noDecomposition }
      return pca
    }
    switch asked {
    case .none:
      pca = nil
      reason = "none, as asked"
    case .count(let count):
      guard count <= most else {
        throw .tooManyComponents(count, usable: sums.count, channels: sums.channels)
      }
      pca = try decompose(sums.gram(channelWeights: channelWeights), count)
      reason = "\(count) as asked"
    case .automatic:
      guard sums.count >= Self.leastSpectra else {
        pca = nil
        reason =
          "not denoised: \(sums.count) usable spectra are too few for principal components "
          + "(\(Self.leastSpectra) are needed)"
        return
      }
      let gram = sums.gram(channelWeights: channelWeights)
      guard
        let noise = OptimalThreshold.noiseVariance(
          gram: gram, rows: sums.count, columns: sums.channels)
      else { throw .noDecomposition }
      let bound = OptimalThreshold.square(
        noiseVariance: noise, rows: sums.count, columns: sums.channels)
      let found = try decompose(gram, min(OptimalThreshold.mostComponents, most), above: bound)
      pca = found
      let values = found.explainedVariance.map { $0 * Double(sums.count) }
      let edge = noise * ParallelAnalysis.bound(rows: sums.count, columns: sums.channels)
      let present = values.prefix { $0 > edge }.count
      let seen = present == values.count ? "\(present) or more" : "\(present)"
      reason =
        "\(found.count) (singular values of \(sums.count) spectra above the optimal threshold of "
        + "Gavish and Donoho; parallel analysis: \(seen) above noise)"
      let isLimit = found.count == OptimalThreshold.mostComponents
      if !isLimit, present > found.count + Self.agreement || present > Self.manyComponents {
        warnings.append(
          "parallel analysis finds \(seen) components above white noise, of which the optimal "
            + "threshold keeps \(found.count): the noise is probably correlated between channels, or "
            + "there are many weak components; look at the scree plot and choose with --pca")
      }
    }
  }

  /// Below this, singular values say nothing about noise.
  private static let leastSpectra = 8
  /// By how much the two numbers may differ, and how many components spectra may have, without a word.
  private static let agreement = 3
  private static let manyComponents = 20
  /// How many eigenvalues a scree plot shows.
  private static let screeLength = 30
}
