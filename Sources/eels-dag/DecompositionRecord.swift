import Preprocessing
import SpectrumFiles

extension LearningResults {
  /// The components of a run, as HyperSpy keeps them.
  init(_ pca: PCA) {
    self.init(
      factors: pca.factors, count: pca.count,
      explainedVariance: Array(pca.explainedVariance[..<pca.count]),
      explainedVarianceRatio: pca.explainedVarianceRatio,
      channelWeights: pca.channelWeights)
  }
}

extension PCA {
  /// The components in a file, for other spectra.
  init(_ results: LearningResults) {
    self.init(
      factors: results.factors, count: results.count, channelWeights: results.channelWeights,
      explainedVariance: results.explainedVariance,
      explainedVarianceRatio: results.explainedVarianceRatio)
  }
}
