internal import CKernels
internal import LinearAlgebra
internal import Spectra

/// The steps up to the norm, as they are done to one spectrum; fixed once the plan is.
///
/// ``open(_:)`` does what needs no other spectrum, ``finish(_:_:local:spectrum:)`` the rest.
struct PreprocessSteps {
  /// What one spectrum gave.
  struct Outcome {
    var flags: QualityFlags = []
    /// The counts in the halves of the fit window.
    var windowSums = (lower: 0.0, upper: 0.0)
    var background = PowerLawBackground(coefficient: .nan, exponent: .nan)
    /// The fit's χ² over its degrees of freedom.
    var reducedChiSquared = Double.nan
    /// The sum of raw counts in the kept channels.
    var rawSum = 0.0
    /// What the spectrum was divided by.
    var divisor: Float = 1

    /// True when nothing can be done to the spectrum.
    var isHopeless: Bool { !flags.isDisjoint(with: [.dead, .nonFinite]) }
    /// True when the counts in the window may be averaged with those of other spectra.
    var countsInAverage = false
  }

  /// The energies of the work range: the kept channels and those of the fit.
  let axis: UniformAxis
  /// The kept channels of the work range.
  let kept: Range<Int>
  let norm: PreprocessOptions.Norm
  /// True when a value below 0 is an anomaly.
  let countsExpected: Bool
  let saturationLevel: Float?
  /// The mean raw spectrum of the work range; nil when spikes are not searched.
  let spikeReference: [Float]?
  let background: BackgroundRemoval?

  /// Flags what is wrong with the raw counts in the work range of a spectrum.
  func open(_ x: UnsafeMutablePointer<Float>) -> Outcome {
    let count = axis.count
    var outcome = Outcome()
    guard ck_all_finite(x, count) else {
      outcome.flags = .nonFinite
      for j in 0..<count { x[j] = .nan }
      return outcome
    }
    var least: Float = 0
    var greatest: Float = 0
    ck_range(x, count, &least, &greatest)
    if least == greatest {
      outcome.flags = .dead
      return outcome
    }
    if countsExpected, least < 0 { outcome.flags.insert(.negative) }
    if let saturationLevel, greatest >= saturationLevel { outcome.flags.insert(.saturated) }
    if let spikeReference, holdsSpike(x, spikeReference) { outcome.flags.insert(.spike) }
    outcome.rawSum = ck_sum_double(x + kept.lowerBound, kept.count)
    if let background {
      outcome.windowSums = background.windowSums(x)
      outcome.countsInAverage =
        outcome.flags.isDisjoint(with: [.saturated, .spike])
        && background.mayBeAveraged(outcome.windowSums)
    }
    return outcome
  }

  /// Removes the background, tests for a signal and divides by the norm, in place.
  ///
  /// `local` holds the window counts of all spectra around this one, number `spectrum`.
  func finish(
    _ x: UnsafeMutablePointer<Float>, _ outcome: inout Outcome, local: LocalAverage?,
    spectrum: Int
  ) {
    guard !outcome.isHopeless else { return }
    let hasSignal =
      background?.remove(from: x, &outcome, local: local, spectrum: spectrum)
      ?? SignalTest.isSignal(x + kept.lowerBound, kept.count)
    if !hasSignal { outcome.flags.insert(.noSignal) }
    outcome.divisor = norm.divide(x + kept.lowerBound, kept.count, channelWidth: axis.scale) ?? 0
    if outcome.divisor <= 0 { outcome.flags.insert(.noSignal) }
  }

  /// True when a spectrum holds a spike, measured against a mean spectrum.
  private func holdsSpike(_ x: UnsafePointer<Float>, _ reference: [Float]) -> Bool {
    reference.withUnsafeBufferPointer { reference in
      guard let start = reference.baseAddress else { return false }
      let whole = ck_sum_double(start, axis.count)
      let scale = whole > 0 ? Float(ck_sum_double(x, axis.count) / whole) : 0
      return SpikeStatistic.isMet(x, reference: start, scale: scale, count: axis.count)
    }
  }
}
