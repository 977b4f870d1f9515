internal import Spectra

/// A decomposition of the spectra of a signal, as HyperSpy keeps it in `learning_results`: loadings ·
/// factorsᵀ are the spectra.
public struct LearningResults: Sendable, Equatable {
  /// The factors as rows of as many elements as there are channels.
  public var factors: [Float]
  /// The number of factors.
  public var count: Int
  /// The variance along each component, σ²/n without centring.
  public var explainedVariance: [Double]
  /// The shares of the total of the components and of some more.
  public var explainedVarianceRatio: [Double]
  /// What channels were multiplied by before, for counting noise; nil for nothing.
  public var channelWeights: [Double]?

  /// Creates results.
  public init(
    factors: [Float], count: Int, explainedVariance: [Double], explainedVarianceRatio: [Double],
    channelWeights: [Double]?
  ) {
    precondition(
      count > 0 && factors.count % count == 0 && explainedVariance.count == count,
      "\(factors.count) elements of \(count) factors, \(explainedVariance.count) variances")
    self.factors = factors
    self.count = count
    self.explainedVariance = explainedVariance
    self.explainedVarianceRatio = explainedVarianceRatio
    self.channelWeights = channelWeights
  }

  /// The entries of HyperSpy's `LearningResults` but the loadings and the mask, for a signal.
  ///
  /// `channel_weights` is ours; HyperSpy carries it along.
  func entries(for header: SignalHeader) -> MetadataTree {
    let channels = factors.count / count
    var transposed = [Double](repeating: 0, count: factors.count)
    for k in 0..<count {
      for j in 0..<channels { transposed[j * count + k] = Double(factors[k * channels + j]) }
    }
    let unfolds = header.navigationShape.count > 1
    var entries = MetadataTree([
      "factors": .array(shape: [channels, count], values: transposed),
      "explained_variance": .array(shape: [count], values: explainedVariance),
      "explained_variance_ratio": .array(
        shape: [explainedVarianceRatio.count], values: explainedVarianceRatio),
      "number_significant_components": .integer(Int64(count)),
      "output_dimension": .integer(Int64(count)),
      "decomposition_algorithm": .string("SVD"),
      "poissonian_noise_normalized": .bool(channelWeights != nil),
      "centre": .none,
      "mean": .none,
      "bss_algorithm": .none,
      "unmixing_matrix": .none,
      "unfolded": .bool(unfolds),
    ])
    if unfolds { entries["original_shape"] = .tuple(header.shape.map { .integer(Int64($0)) }) }
    if let channelWeights {
      entries["channel_weights"] = .array(shape: [channels], values: channelWeights)
    }
    return entries
  }
}
