internal import HDF5
internal import Spectra

extension StoredSignal {
  /// The decomposition of the signal but its loadings, which belong to its spectra alone; nil where
  /// the file has none that eels-dag or HyperSpy would have written for spectra of so many channels.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be read.
  public func learningResults() throws(SpectrumFileError) -> LearningResults? {
    try translatingErrors(of: path) {
      guard try group.contains("learning_results") else { return nil }
      let results = try group.group("learning_results")
      guard let factors = try Self.array("factors", in: results, rank: 2),
        let variance = try Self.array("explained_variance", in: results, rank: 1),
        let ratio = try Self.array("explained_variance_ratio", in: results, rank: 1),
        factors.shape[0] == header.channelCount, factors.shape[1] > 0
      else { return nil }
      let count = factors.shape[1]
      let weights = try Self.array("channel_weights", in: results, rank: 1)
      guard variance.shape[0] >= count, weights.map({ $0.shape == [header.channelCount] }) ?? true
      else { return nil }
      let rows = reordered(factors.values, shape: factors.shape, order: [1, 0])
      return LearningResults(
        factors: rows.map { Float($0) }, count: count,
        explainedVariance: Array(variance.values[..<count]), explainedVarianceRatio: ratio.values,
        isPoissonNormalised: weights != nil, channelWeights: weights?.values)
    }
  }

  private static func array(
    _ name: String, in group: Group, rank: Int
  ) throws -> (shape: [Int], values: [Double])? {
    guard try group.contains(name) else { return nil }
    let dataset = try group.dataset(name)
    guard dataset.shape.count == rank else { return nil }
    return (dataset.shape, try dataset.readDoubles())
  }
}
