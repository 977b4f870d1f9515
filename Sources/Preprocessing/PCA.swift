internal import LinearAlgebra

/// Principal components of spectra about zero, after weighting for counting noise: HyperSpy's
/// `decomposition(algorithm="SVD")`.
///
/// For n spectra x with weights w and channel weights C = diag(c), the eigenvectors V of the largest
/// eigenvalues λ of C (Σ w² x xᵀ) C give
///
///     scores s = x C V,   factors P = C⁻¹ V,   denoised x̂ = Σ_k s_k p_k.
///
/// That is the truncated singular value decomposition of the weighted spectra w x C, whose noise is
/// uniform when w and c are those of Keenan & Kotula (Surf. Interface Anal. 36 (2004) 203,
/// doi 10.1002/sia.1657); all weights are 1 where noise is taken for uniform. No mean is subtracted:
/// the first component is near it.
public struct PCA: Sendable, Equatable {
  /// The number of channels.
  public let channels: Int
  /// The number of spectra that were used.
  public let spectrumCount: Int
  /// The number of components.
  public let count: Int
  /// The factors p as rows of `channels` elements, the most important first; orthonormal when
  /// multiplied by c.
  public let factors: [Float]
  /// C V as rows of `channels` elements: a spectrum's score is its product with a row.
  public let projectors: [Float]
  /// c, channel by channel; nil when all weights are 1.
  public let channelWeights: [Double]?
  /// λ/n of the components, then of the next ones as far as they are known, those less than 5 % too
  /// low.
  public let explainedVariance: [Double]
  /// The same as shares of the total, Σ w² |C x|²/n.
  public let explainedVarianceRatio: [Double]

  /// Takes components that were found in other spectra.
  ///
  /// `factors` are rows of as many elements as there are channels, at least `count` of them;
  /// `channelWeights`, the c with which they were found. The variances are those of these spectra.
  public init(
    factors: [Float], count: Int, channelWeights: [Double]?, explainedVariance: [Double],
    explainedVarianceRatio: [Double]
  ) {
    precondition(
      count > 0 && factors.count % count == 0
        && channelWeights.map { $0.count == factors.count / count } ?? true,
      "\(factors.count) elements of \(count) factors, \(channelWeights?.count ?? 0) weights")
    let order = factors.count / count
    channels = order
    spectrumCount = 0
    self.count = count
    self.factors = factors
    let c = channelWeights ?? Array(repeating: 1, count: order)
    projectors = factors.indices.map {
      Float(Double(factors[$0]) * c[$0 % order] * c[$0 % order])
    }
    self.channelWeights = channelWeights
    self.explainedVariance = explainedVariance
    self.explainedVarianceRatio = explainedVarianceRatio
  }

  /// True when factors and channel weights belong together: the factors multiplied by c are
  /// orthonormal, to a thousandth.
  public var isOrthonormal: Bool {
    let products = Matrix(rows: count, columns: count)
    products.setProduct(
      Matrix(rows: count, elements: projectors),
      transposed: Matrix(rows: count, elements: factors))
    return products.elements.enumerated().allSatisfy { index, product in
      abs(product - (index % (count + 1) == 0 ? 1 : 0)) < 1e-3
    }
  }

  /// Decomposes what an accumulator has gathered.
  ///
  /// `gram` is its ``PCAAccumulator/gram(channelWeights:)``; there are `leading` components, or those
  /// of them with eigenvalues above `bound`, at least one. `known` eigenvalues are looked for in all.
  ///
  /// Returns nil when the matrix is not finite or the iteration does not converge.
  package init?(
    _ gram: [Double], of sums: PCAAccumulator, channelWeights: [Double]?, leading: Int,
    above bound: Double = -.infinity, known: Int = 0, threads: Int = 1
  ) {
    precondition(
      leading > 0 && leading <= sums.channels && sums.count > 0,
      "\(leading) components of \(sums.count) spectra × \(sums.channels) channels")
    let order = sums.channels
    guard
      let system = SymmetricEigensystem(
        gram, order: order, leading: leading, above: bound, further: min(known, sums.count),
        threads: threads)
    else { return nil }
    channels = order
    spectrumCount = sums.count
    count = system.values.count
    let c = channelWeights ?? Array(repeating: 1, count: order)
    factors = system.vectors.indices.map { Float(system.vectors[$0] / c[$0 % order]) }
    projectors = system.vectors.indices.map { Float(system.vectors[$0] * c[$0 % order]) }
    self.channelWeights = channelWeights
    let values = (system.values + system.furtherValues).map { max($0, 0) }
    let trace = (0..<order).reduce(0) { $0 + gram[$1 * (order + 1)] }
    explainedVariance = values.map { $0 / Double(sums.count) }
    explainedVarianceRatio = values.map { trace > 0 ? $0 / trace : 0 }
  }
}
