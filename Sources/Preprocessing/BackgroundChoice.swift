internal import Spectra

/// The background that a survey suggests or the user asked for.
struct BackgroundChoice {
  /// The fit, channels counted on the source's axis; nil to leave the spectra alone.
  let fit: TwoAreaFit?
  /// The background of the mean spectrum, its exponent within the physical range.
  let mean: PowerLawBackground
  /// One line about why.
  let reason: String
  /// True when the spectra look as if their background had been removed before.
  let isRemovedAlready: Bool
  /// What the user should know.
  let warnings: [String]

  /// Decides.
  ///
  /// - Throws: ``PreprocessError/noBackground(_:)`` or
  ///   ``PreprocessError/energiesNotPositive(lowest:)`` for a window that the user chose.
  init(
    _ wish: PreprocessOptions.Background, asked: TwoAreaFit?, survey: Survey, axis: UniformAxis,
    workRange: Range<Int>, header: SignalHeader
  ) throws(PreprocessError) {
    let workAxis = axis.cropped(to: workRange)
    var fit = asked
    var isRemoved = false
    let reason: String
    switch wish {
    case .window(let window):
      let channels = asked?.channels ?? window.channels(of: axis)
      let limits = [channels.lowerBound, channels.upperBound].map { decimal(axis[$0]) }
      reason = "fitted at \(limits[0]):\(limits[1]) eV as asked"
    case .none: reason = "left in as asked"
    case .automatic:
      switch FirstEdge.decide(
        survey.mean, axis: workAxis, elements: EnergyAxisRules.elements(of: header))
      {
      case .window(let window, let why):
        fit = TwoAreaFit(window: window, axis: axis, isBinned: header.signalAxes[0].isBinned)
        reason = why
      case .removedAlready(let why):
        isRemoved = true
        reason = why
      case .leave(let why): reason = why
      }
    }
    self.fit = fit
    self.reason = reason
    isRemovedAlready = isRemoved
    guard let fit else {
      mean = PowerLawBackground(coefficient: 0, exponent: .nan)
      warnings = []
      return
    }
    guard workAxis[0] > 0 else { throw .energiesNotPositive(lowest: workAxis[0]) }
    let local = fit.counted(from: workRange.lowerBound)
    guard let own = local.background(of: survey.mean) else {
      throw .noBackground(from: axis[fit.channels.lowerBound], to: axis[fit.channels.upperBound])
    }
    let bounds = PowerLawBackground.physicalExponents
    if bounds.contains(own.exponent) {
      mean = own
      warnings = []
    } else {
      mean = local.background(
        sum: survey.mean[local.channels].reduce(0, +),
        exponent: min(max(own.exponent, bounds.lowerBound), bounds.upperBound))
      warnings = [
        "the mean spectrum falls with E^-\(decimal(own.exponent)) in the fit window, outside the "
          + "physical range of exponents (\(decimal(bounds.lowerBound)) to "
          + "\(decimal(bounds.upperBound))): check the window"
      ]
    }
  }
}
