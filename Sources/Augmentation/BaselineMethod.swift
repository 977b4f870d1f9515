/// A way to make synthetic spectra of a class from its real ones, without a network: what a generator
/// has to be compared with.
public enum BaselineMethod: String, Codable, Sendable, CaseIterable {
  /// Real spectra with energy shifts and added noise (``ShiftedSpectra``).
  case noiseShift = "noise-shift"
  /// Mixtures of two real spectra (``MixedSpectra``).
  case mixup
  /// Normal deviates along the class's principal components (``GaussianSpectra``).
  case pcaGaussian = "pca-gaussian"
  /// Points between a real spectrum and one of its nearest neighbours (``NeighbourSpectra``).
  case smote
}

/// The numbers that the baselines need beside the spectra.
public struct BaselineSettings: Codable, Sendable, Equatable {
  /// Noise-shift: the variance of the added noise as a share of the spectra's own.
  public var noiseShare: Float = 0.5
  /// Noise-shift: the widest shift as a share of the class's own drift times √3 (the design's
  /// `generatorShiftShare`, by which the generators of a GAN shift).
  public var shiftShare = 0.5
  /// Mixup: α of the Beta(α, α) distribution of the mixture.
  public var mixing = 0.4
  /// SMOTE: the nearest neighbours among which one is chosen.
  public var neighbourCount = 5
  /// PCA-Gaussian: the largest number of components.
  public var componentCount = 10

  /// The default numbers.
  public init() {}
}
