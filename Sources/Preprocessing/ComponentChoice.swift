internal import LinearAlgebra

/// The number of principal components, and one line about why.
struct ComponentChoice {
  /// The number, nil for no denoising, and the reason.
  let result: (count: Int?, reason: String)

  /// Chooses.
  ///
  /// `poisson` are the sums of the spectra weighted for counting noise; without them the noise is
  /// taken for uniform as it is.
  ///
  /// - Throws: ``PreprocessError/tooManyComponents(_:usable:channels:)`` when a number is asked for
  ///   that the spectra cannot give; ``PreprocessError/noDecomposition``.
  init(
    _ asked: PreprocessOptions.Components, plain: PCAAccumulator, poisson: PCAAccumulator?,
    channelWeights: [Double]?
  ) throws(PreprocessError) {
    let most = max(min(plain.count - 1, plain.channels), 0)
    switch asked {
    case .none:
      result = (nil, "none, as asked")
    case .count(let count):
      guard count <= most else {
        throw .tooManyComponents(count, usable: plain.count, channels: plain.channels)
      }
      result = (count, "\(count) as asked")
    case .automatic:
      guard plain.count >= Self.leastSpectra else {
        result = (
          nil,
          "not denoised: \(plain.count) usable spectra are too few for principal components "
            + "(\(Self.leastSpectra) are needed)"
        )
        return
      }
      let ones = [Double](repeating: 1, count: plain.channels)
      let mean = plain.sum.map { $0 / Double(plain.count) }
      let matrix = (poisson ?? plain).centred(on: mean, channelWeights: channelWeights ?? ones)
      guard let squares = symmetricEigenvalues(of: matrix, order: plain.channels) else {
        throw .noDecomposition
      }
      let found = OptimalThreshold.count(
        squares: squares, rows: plain.count, columns: plain.channels)
      let count = min(max(found, 1), OptimalThreshold.mostComponents, most)
      let noise = poisson == nil ? "noise taken for uniform" : "after weighting for counting noise"
      result = (
        count,
        "\(count); \(found) singular values of \(plain.count) spectra are above the optimal threshold "
          + "of Gavish and Donoho, \(noise)"
      )
    }
  }

  /// Below this, singular values say nothing about noise.
  private static let leastSpectra = 8
}
