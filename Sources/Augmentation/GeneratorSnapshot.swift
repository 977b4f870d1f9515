public import LinearAlgebra

/// A generator at one moment of its training: all that is needed to draw spectra from it.
public struct GeneratorSnapshot: Codable, Sendable, Equatable {
  /// The design.
  public let design: DAGDesign
  /// The shared components and how the class's spectra lie along them.
  public let components: ClassComponents
  /// The map A of the coefficients along the components, k × k, a ``CovarianceTransport`` after another: it makes
  /// the covariance of many spectra the class's own; 1 where nothing is to be changed.
  @Archived public internal(set) var stretch: [Float]
  /// What is added then, before shift and noise, L: it makes the mean of many spectra the class's own.
  @Archived public internal(set) var offset: [Float]
  /// The output shift: up to ± this, channels.
  public let shift: Double
  /// The noise added.
  public internal(set) var noise: NoiseEstimate
  /// All weights of the network, in the order of its layers.
  public internal(set) var weights: [Tensor]

  /// Throws what does not fit together in a snapshot that comes from a file.
  public func validate() throws(TensorArchiveError) {
    do {
      try design.validate()
    } catch {
      throw TensorArchiveError(error.description)
    }
    let basis = components.basis
    let channels = basis.channelCount
    guard channels >= TrainingSet.minimumChannels, basis.componentCount > 0,
      basis.components.count.isMultiple(of: channels),
      basis.components.count / channels == basis.componentCount,
      components.centre.count == channels, components.scatter.count == basis.componentCount,
      stretch.count == basis.componentCount * basis.componentCount,
      offset.count == channels, noise.background.count == channels, !noise.colour.isEmpty,
      !noise.levels.isEmpty,
      shift >= 0, shift < Double(channels), noise.gain >= 0
    else {
      throw TensorArchiveError(
        "\(basis.componentCount) components of \(channels) channels, a noise or a shift do not fit")
    }
    _ = try Generator(checking: self)
  }
}
