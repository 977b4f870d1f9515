internal import CKernels
internal import LinearAlgebra
internal import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The steps up to the norm, as they are done to one spectrum; fixed once the plan is.
struct PreprocessSteps {
  /// The fit and what goes with it, in channels of the work range.
  struct Background {
    var fit: TwoAreaFit
    var imageExponent: Double
    /// φ of the image (``SignalTest``).
    var imageDispersion: Double
    /// ln(E/E_w) channel by channel.
    var logarithms: [Float]
    /// The pieces above the window that are tested for a signal.
    var pieces: [Range<Int>]
  }

  /// What one spectrum gave.
  struct Outcome {
    var flags: QualityFlags = []
    var background = PowerLawBackground(coefficient: .nan, exponent: .nan)
    /// The sum of raw counts in the kept channels.
    var rawSum = 0.0
    /// What the spectrum was divided by.
    var divisor: Float = 1
  }

  /// The energies of the work range: the kept channels and those of the fit.
  let axis: UniformAxis
  let isBinned: Bool
  /// The kept channels of the work range.
  let kept: Range<Int>
  let norm: PreprocessOptions.Norm
  /// True when a value below 0 is an anomaly.
  let countsExpected: Bool
  let saturationLevel: Float?
  /// The mean raw spectrum of the work range; nil when spikes are not searched.
  let spikeReference: [Float]?
  let background: Background?

  /// Does the steps in place to the spectrum in a row of `spectra`, which holds the work range.
  func apply(to spectra: Matrix, row: Int) -> Outcome {
    let x = spectra.row(row)
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
    let hasSignal: Bool
    if let background {
      hasSignal = subtract(background, from: x, &outcome)
    } else {
      hasSignal = isSignal(x + kept.lowerBound)
    }
    if !hasSignal { outcome.flags.insert(.noSignal) }
    outcome.divisor = MaxNorm.divide(x + kept.lowerBound, kept.count, norm) ?? 0
    if outcome.divisor <= 0 { outcome.flags.insert(.noSignal) }
    return outcome
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

  /// Fits and subtracts the background; true when a signal stands above it.
  private func subtract(
    _ background: Background, from x: UnsafeMutablePointer<Float>, _ outcome: inout Outcome
  ) -> Bool {
    let fit = background.fit
    let lowerSum = ck_sum_double(x + fit.lower.lowerBound, fit.lower.count)
    let upperSum = ck_sum_double(x + fit.upper.lowerBound, fit.upper.count)
    let rawSums = background.pieces.map { ck_sum_double(x + $0.lowerBound, $0.count) }
    if let own = fit.background(lowerSum: lowerSum, upperSum: upperSum),
      PowerLawBackground.physicalExponents.contains(own.exponent)
    {
      outcome.background = own
    } else {
      outcome.flags.insert(.failedFit)
      outcome.background = fit.background(
        sum: lowerSum + upperSum, exponent: background.imageExponent)
    }
    let amplitude = outcome.background.density(at: fit.centre) * (isBinned ? axis.scale : 1)
    background.logarithms.withUnsafeBufferPointer { logarithms in
      ck_subtract_power_law(
        x, logarithms.baseAddress, axis.count, Float(amplitude), Float(outcome.background.exponent))
    }
    let window = x + fit.channels.lowerBound
    let squares = Double(ck_dot(window, window, fit.channels.count))
    let error = SignalTest.FitError(
      lowerSum: lowerSum, upperSum: upperSum,
      squaredResidual: squares / Double(fit.channels.count - 2),
      imageDispersion: background.imageDispersion, fit: fit)
    if background.pieces.isEmpty { return isSignal(x + kept.lowerBound) }
    for (piece, raw) in zip(background.pieces, rawSums) {
      let net = ck_sum_double(x + piece.lowerBound, piece.count)
      let energy = axis[(piece.lowerBound + piece.upperBound) / 2]
      if error.isSignal(net: net, raw: raw, energy: energy) { return true }
    }
    return false
  }

  /// The test for kept channels whose background was not fitted here.
  private func isSignal(_ x: UnsafePointer<Float>) -> Bool {
    let sum = ck_sum_double(x, kept.count)
    var squares = 0.0
    for j in 1..<kept.count {
      let difference = Double(x[j] - x[j - 1])
      squares += difference * difference
    }
    return sum > 0 && sum > SignalTest.significance * (squares / 2).squareRoot()
  }
}

extension PreprocessSteps.Background {
  /// Lays a fit into a work range.
  init(
    fit: TwoAreaFit, axis: UniformAxis, kept: Range<Int>, imageExponent: Double,
    imageDispersion: Double
  ) {
    self.fit = fit
    self.imageExponent = imageExponent
    self.imageDispersion = imageDispersion
    logarithms = axis.coordinates.map { Float(log($0 / fit.centre)) }
    let first = max(fit.channels.upperBound, kept.lowerBound)
    let widths = Set([fit.channels.count, fit.channels.count / 8].map { max($0, 8) })
    pieces = widths.sorted().flatMap { width in
      stride(from: first, to: kept.upperBound, by: width).compactMap {
        let piece = $0..<min($0 + width, kept.upperBound)
        return piece.count >= width / 2 ? piece : nil
      }
    }
  }
}
