import Preprocessing
import SpectrumFiles

extension LearningResults {
  /// The components of a run, as HyperSpy keeps them.
  init(_ pca: PCA) {
    self.init(
      factors: pca.factors, count: pca.count,
      explainedVariance: Array(pca.explainedVariance[..<pca.count]),
      explainedVarianceRatio: pca.explainedVarianceRatio,
      isPoissonNormalised: pca.channelWeights != nil, channelWeights: pca.channelWeights)
  }
}
