internal import HDF5
internal import Spectra

extension StoredSignal {
  /// The decomposition of the signal into so many components, but its loadings, which belong to its
  /// spectra alone; nil where the file has none.
  ///
  /// Nothing is read before its shape is known to fit the spectra and its size in the file to fill it.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be read, or what it holds is no decomposition
  ///   of spectra of so many channels into so many components.
  public func learningResults(components: Int) throws(SpectrumFileError) -> LearningResults? {
    try translatingErrors(of: path) {
      guard let group, try group.contains("learning_results") else { return nil }
      let results = try group.group("learning_results")
      let channels = header.channelCount
      let some = 1...max(channels, 1)
      guard
        let factors = try array(
          "factors", in: results, [channels...channels, components...components]),
        let variance = try array("explained_variance", in: results, [some]),
        let ratio = try array("explained_variance_ratio", in: results, [some])
      else { throw fault("lack factors or variances") }
      let weights = try array("channel_weights", in: results, [channels...channels])
      guard variance.count >= components else {
        throw fault("have \(variance.count) variances for \(components) components")
      }
      guard (variance + ratio).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
        throw fault("have variances that are negative or no numbers")
      }
      guard weights?.allSatisfy({ $0.isFinite && $0 > 0 }) ?? true else {
        throw fault("have channel weights that are not positive")
      }
      let rows = reordered(factors, shape: [channels, components], order: [1, 0]).map { Float($0) }
      guard rows.allSatisfy(\.isFinite) else {
        throw fault("have NaN or infinity among the factors")
      }
      return LearningResults(
        factors: rows, count: components, explainedVariance: Array(variance[..<components]),
        explainedVarianceRatio: ratio, channelWeights: weights)
    }
  }

  /// The values of an array whose extents lie in these ranges; nil where there is none of the name.
  private func array(
    _ name: String, in group: Group, _ extents: [ClosedRange<Int>]
  ) throws -> [Double]? {
    guard try group.contains(name) else { return nil }
    let dataset = try group.dataset(name)
    guard dataset.shape.count == extents.count,
      zip(extents, dataset.shape).allSatisfy({ $0.contains($1) })
    else {
      let expected = extents.map {
        $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
      }
      let found = dataset.shape.map { "\($0)" }
      throw fault(
        "have \(name) of shape \(found.joined(separator: " × ")) where \(expected.joined(separator: " × ")) "
          + "belongs")
    }
    // Deflate packs at most 1,032 bytes into one.
    let (elements, overflows) = dataset.shape.reduce((1, false)) { product, extent in
      let (value, overflow) = product.0.multipliedReportingOverflow(by: extent)
      return (value, product.1 || overflow)
    }
    guard !overflows, try UInt64(elements / 1032) < dataset.storageSize else {
      throw fault("have \(name) whose values were never written")
    }
    return try dataset.readDoubles()
  }

  private func fault(_ what: String) -> SpectrumFileError {
    SpectrumFileError(
      .damaged, path: path, object: "learning_results",
      "\(path): the learning results of its spectra \(what), so they are not those it was denoised "
        + "with: use another copy of the file, or decompose anew (--pca)")
  }
}
