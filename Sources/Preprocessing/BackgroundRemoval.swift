internal import CKernels
internal import LinearAlgebra
internal import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The background of one spectrum: which one is taken, its subtraction, the signal above it.
///
/// A spectrum's own fit is taken when
/// 1. there is one, and its exponent is physical (``PowerLawBackground/physicalExponents``), else the
///    fit has *failed*;
/// 2. its counts tell the background at the last kept channel to ``largestError``, and the exponent to
///    ``largestExponentError``, by the fit's variances times φ; else it is *uncertain*;
/// 3. what it leaves in the window is noise, else it is *poor*: Pearson's χ²/(n − 2) lies five standard
///    deviations, √((2 + 1/m)/(n − 2)) for m counts a channel, above φ, and what is left without the
///    noise is above ``largestMisfit`` of the background, as with an edge in the window.
///
/// φ is the median χ²/(n − 2) of the surveyed spectra's fits: 1 for electron counts, the gain for
/// detector counts, more where noise is correlated between channels. Otherwise the exponent comes from
/// the spectra around (``LocalAverage``), and where these have none from the image's mean spectrum; the
/// height comes from the spectrum's own counts in the window. The spectrum is flagged.
struct BackgroundRemoval {
  /// The largest relative standard error of the background at the last kept channel.
  ///
  /// A background three times too high is then more than four standard errors away.
  static let largestError = 0.25
  /// The largest standard error of the exponent.
  ///
  /// Exponents of about 3 then stay four standard errors inside the physical range. With more noise,
  /// those that leave it would be replaced and the others not, and the mean background of an image
  /// would be too low: by 1 % of an edge at 10 counts a channel in a window of 30 eV.
  static let largestExponentError = 0.5
  /// The largest share of the background that its misfit may be.
  static let largestMisfit = 0.1

  /// The two-area fit: the window's channels, and the road from a sum and an exponent to a background.
  let fit: TwoAreaFit
  /// r₁ and r₂ of the linear combination; nil for other methods.
  let fixedExponents: [Double]?

  private let method: Method
  private let window: FitWindow
  private let axis: UniformAxis
  private let kept: Range<Int>
  private let imageExponent: Double
  /// Variance over mean of the raw counts, from the differences of neighbouring channels.
  private let noiseDispersion: Double
  /// φ.
  private let typicalDispersion: Double
  /// ln(E/E_c) channel by channel, E_c the window's logarithmic middle.
  private let logarithms: [Float]
  /// The pieces above the window that are tested for a signal.
  private let pieces: [Range<Int>]

  /// Lays a fit into a work range; all channels are counted in it.
  init(
    _ wish: PreprocessOptions.BackgroundFit, fit: TwoAreaFit, axis: UniformAxis, isBinned: Bool,
    kept: Range<Int>, imageExponent: Double, survey: Survey
  ) {
    self.fit = fit
    self.axis = axis
    self.kept = kept
    self.imageExponent = imageExponent
    window = FitWindow(fit, axis: axis, isBinned: isBinned)
    let exponents =
      wish == .linearCombination ? survey.exponents(of: window, around: imageExponent) : nil
    fixedExponents = exponents.map { [$0.first, $0.second] }
    method = Method(wish, window: window, exponents: exponents)
    noiseDispersion = survey.dispersion(in: fit.channels)
    logarithms = axis.coordinates.map { Float(log($0 / fit.centre)) }
    let first = max(fit.channels.upperBound, kept.lowerBound)
    let widths = Set([fit.channels.count, fit.channels.count / 8].map { max($0, 8) })
    pieces = widths.sorted().flatMap { width in
      stride(from: first, to: kept.upperBound, by: width).compactMap {
        let piece = $0..<min($0 + width, kept.upperBound)
        return piece.count >= width / 2 ? piece : nil
      }
    }
    let method = method
    typicalDispersion =
      survey.median { method.fit($0)?.dispersion } ?? noiseDispersion
  }

  /// The counts in the halves of the window.
  func windowSums(_ x: UnsafePointer<Float>) -> (lower: Double, upper: Double) {
    window.sums(of: x)
  }

  /// Whether a spectrum's sums may be averaged with those of its neighbours: not when they tell an
  /// exponent that is unphysical by more than five standard errors, as an edge in the window does.
  func mayBeAveraged(_ sums: (lower: Double, upper: Double)) -> Bool {
    // An empty half may have missed half a count.
    let (lower, upper) = (
      max(sums.lower, typicalDispersion / 2), max(sums.upper, typicalDispersion / 2)
    )
    let factor = 2 / fit.logarithmicWidth
    let exponent = factor * log(lower / upper)
    let reach = 5 * factor * (typicalDispersion * (1 / lower + 1 / upper)).squareRoot()
    let bounds = PowerLawBackground.physicalExponents
    return exponent > bounds.lowerBound - reach && exponent < bounds.upperBound + reach
  }

  /// Subtracts the background; true when a signal stands above it.
  func remove(
    from x: UnsafeMutablePointer<Float>, _ outcome: inout PreprocessSteps.Outcome,
    local: LocalAverage?, spectrum: Int
  ) -> Bool {
    let model = model(of: x, &outcome, local?.average(at: spectrum))
    outcome.background = model.background(at: fit.centre)
    let chi = model.dispersion / noiseDispersion
    outcome.reducedChiSquared = chi.isFinite ? chi : .nan
    let rawSums = pieces.map { ck_sum_double(x + $0.lowerBound, $0.count) }
    logarithms.withUnsafeBufferPointer { logarithms in
      for law in model.laws {
        ck_subtract_power_law(
          x, logarithms.baseAddress, axis.count, Float(window.level(of: law)), Float(law.exponent))
      }
    }
    if pieces.isEmpty { return SignalTest.isSignal(x + kept.lowerBound, kept.count) }
    let dispersion = model.dispersion.isFinite ? model.dispersion : typicalDispersion
    for (piece, raw) in zip(pieces, rawSums) {
      let net = ck_sum_double(x + piece.lowerBound, piece.count)
      let error = model.relativeVariance(at: axis[(piece.lowerBound + piece.upperBound) / 2])
      if SignalTest.isSignal(net: net, raw: raw, dispersion: dispersion, backgroundError: error) {
        return true
      }
    }
    return false
  }

  /// The background to take, and the flags for it.
  private func model(
    of x: UnsafePointer<Float>, _ outcome: inout PreprocessSteps.Outcome,
    _ average: @autoclosure () -> LocalAverage.Sums?
  ) -> BackgroundModel {
    let own = method.isLocal ? nil : method.fit(x)
    if let own {
      let sums = outcome.windowSums
      if isUncertain(own) {
        outcome.flags.insert(.uncertainFit)
      } else if isPoor(own, sum: sums.lower + sums.upper) {
        outcome.flags.insert(.poorFit)
      } else {
        return own
      }
    }
    let fitted = average().flatMap { method.areas.fit(x, exponentOf: $0) }
    if own == nil, !method.isLocal || fitted == nil { outcome.flags.insert(.failedFit) }
    return .law(fitted ?? method.areas.fit(x, exponent: imageExponent))
  }

  private func isUncertain(_ model: BackgroundModel) -> Bool {
    let level = model.relativeVariance(at: axis[kept.upperBound - 1]) * typicalDispersion
    let exponent = model.exponentVariance * typicalDispersion
    // Also when one is not a number.
    return
      !(level <= Self.largestError * Self.largestError
      && exponent <= Self.largestExponentError * Self.largestExponentError)
  }

  private func isPoor(_ model: BackgroundModel, sum: Double) -> Bool {
    let count = Double(fit.channels.count)
    let mean = sum / count
    let excess = model.dispersion - typicalDispersion
    let deviation = ((2 + typicalDispersion / mean) / (count - 2)).squareRoot()
    return excess > 5 * deviation * typicalDispersion
      && excess > Self.largestMisfit * Self.largestMisfit * mean
  }
}
