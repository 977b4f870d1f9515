internal import Spectra

extension PreprocessOptions {
  /// The options that do to another image what a plan did: its windows, settings and number of
  /// components.
  ///
  /// Windows are taken over by their energies, so that the other image may have another axis.
  ///
  /// - Throws: ``PreprocessError/damagedPlan(_:)``.
  public init(like plan: PreprocessPlan) throws(PreprocessError) {
    try plan.validate()
    crop = plan.crop.window
    background = plan.background.flatMap { $0.window.window.map(Background.window) } ?? .none
    backgroundFit = plan.background?.fit ?? .twoArea
    removesSpikes = plan.removesSpikes
    alignment = plan.alignment?.method
    alignmentWindow = plan.alignment?.window.window
    norm = plan.norm
    components = plan.components.map(Components.count) ?? .none
    weighting = plan.weighting
  }
}

extension PreprocessPlan.Channels {
  /// The window that selects these channels, at least two; nil when their energies make none.
  var window: EnergyWindow? {
    let width = (lastEnergy - firstEnergy) / Double(count - 1)
    return EnergyWindow(lower: firstEnergy, upper: lastEnergy + width)
  }
}
