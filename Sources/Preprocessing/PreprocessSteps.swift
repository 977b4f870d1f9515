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
    /// The channels of the work range that spikes hold.
    var spikes: [Range<Int>] = []
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
  var norm: PreprocessOptions.Norm
  /// True when a value below 0 is an anomaly.
  let countsExpected: Bool
  let saturationLevel: Float?
  /// How spikes are found in the work range; nil when they are not searched.
  let spikes: SpikeRemoval?
  /// Whether spikes are replaced.
  let removesSpikes: Bool
  let background: BackgroundRemoval?
  /// Channels of the work range without counts in any spectrum: they are 0 after the background too.
  let emptyChannels: [Int]
  /// The shift to undo of every spectrum of the source, channels; NaN for none, nil for no alignment.
  var shifts: [Float]?

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
    searchSpikes(x, &outcome)
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
    if let shift = shifts?[spectrum], shift != 0, !shift.isNaN { align(x, by: Double(shift)) }
    for channel in emptyChannels { x[channel] = 0 }
    // The height of a spike that is left in says nothing about the spectrum.
    let spikes = outcome.flags.contains(.spike) ? outcome.spikes : []
    outcome.divisor = norm.divide(x, kept, without: spikes, channelWidth: axis.scale) ?? 0
    if outcome.divisor <= 0 { outcome.flags.insert(.noSignal) }
  }

  /// Moves the features of a spectrum down by some channels.
  private func align(_ x: UnsafeMutablePointer<Float>, by shift: Double) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: axis.count) { moved in
      let start = moved.baseAddress.unsafelyUnwrapped
      EnergyShift.apply(shift, to: x, count: axis.count, into: start)
      x.update(from: start, count: axis.count)
    }
  }

  /// Finds spikes, and replaces them when that is asked for.
  private func searchSpikes(_ x: UnsafeMutablePointer<Float>, _ outcome: inout Outcome) {
    guard let spikes, spikes.isSpiked(x) else { return }
    if removesSpikes {
      spikes.repair(x) { outcome.spikes.append($0) }
      outcome.flags.insert(.repaired)
    } else {
      var copy = Array(UnsafeBufferPointer(start: x, count: axis.count))
      copy.withUnsafeMutableBufferPointer {
        _ = spikes.repair($0.baseAddress.unsafelyUnwrapped) { outcome.spikes.append($0) }
      }
      outcome.flags.insert(.spike)
    }
    outcome.spikes = Self.merged(outcome.spikes)
  }

  /// Runs in ascending order, those that overlap in one: a channel is repaired twice when a high hit
  /// hides a low one beside it.
  private static func merged(_ runs: [Range<Int>]) -> [Range<Int>] {
    var merged: [Range<Int>] = []
    for run in runs.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, last.overlaps(run) {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
      } else {
        merged.append(run)
      }
    }
    return merged
  }
}
