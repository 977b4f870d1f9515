public import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The two-area method of fitting a power law to a window before an edge.
///
/// The window's channels are halved; I₁ and I₂ are the halves' sums of counts. The first half runs
/// from x₁ to x₂, the second from x₂ to x₃, where x is the coordinate of the half's first channel
/// and of the channel after its last. With
///
///     r = 2 ln(I₁ (x₃ − x₂) / (I₂ (x₂ − x₁))) / ln(x₃ / x₁),   A_j = I_j / ∫_half E^−r dE
///
/// the coefficient is the halves' mean weighted with their counts, A = (A₁ I₁ + A₂ I₂)/(I₁ + I₂).
/// Source: Egerton, 3rd ed., section 4.4.2. The integral is (x₃^k − x₂^k)/k with k = 1 − r, and
/// ln(x₃/x₂) for r = 1.
///
/// The even/odd rule is HyperSpy's, whose A and r these are: the window `a:b` holds the channels
/// from the one nearest to a up to, not including, the one nearest to b, and never the last channel
/// of the axis; when their number is odd, the last one is left out.
///
/// The bounds x are energies of channel centres, while a sum of counts is the integral between
/// channel edges: the method sees the law shifted by half a channel Δ/2. An exact law A E^−r comes
/// out as A (E − Δ/2)^−r, with B too high by the share r Δ/(2E), 0.19 % for r = 3 at 400 eV and
/// 0.5 eV a channel. We keep that so that A, r and what is subtracted are HyperSpy's.
public struct TwoAreaFit: Sendable, Equatable {
  /// The fewest channels that a window may hold.
  public static let leastChannels = 4

  /// The channels of the lower half.
  public private(set) var lower: Range<Int>
  /// The channels of the upper half, as many.
  public private(set) var upper: Range<Int>
  private let bounds: (x1: Double, x2: Double, x3: Double)
  private let channelWidth: Double

  /// Lays the window on an energy axis (eV).
  ///
  /// `isBinned` says that values are counts per channel (A then describes counts per eV), not a
  /// density already. Returns nil when fewer than ``leastChannels`` channels remain, or energies
  /// there are not positive.
  public init?(window: EnergyWindow, axis: UniformAxis, isBinned: Bool = true) {
    let channels = window.channels(of: axis)
    let end = min(channels.upperBound, axis.count - 1)
    let half = (end - channels.lowerBound) / 2
    guard axis.scale > 0, 2 * half >= Self.leastChannels, axis[channels.lowerBound] > 0 else {
      return nil
    }
    let middle = channels.lowerBound + half
    lower = channels.lowerBound..<middle
    upper = middle..<(middle + half)
    bounds = (axis[lower.lowerBound], axis[middle], axis[upper.upperBound])
    channelWidth = isBinned ? 1 : axis.scale
  }

  /// All channels of the fit.
  public var channels: Range<Int> { lower.lowerBound..<upper.upperBound }

  /// A and r from the sums of the halves' values.
  ///
  /// Returns nil when a sum is not positive or the result is not finite; r may be unphysical.
  public func background(lowerSum: Double, upperSum: Double) -> PowerLawBackground? {
    guard lowerSum > 0, upperSum > 0 else { return nil }
    // The halves have the same number of channels, so that the ratio of their widths is 1.
    let exponent = 2 * log(lowerSum / upperSum) / log(bounds.x3 / bounds.x1)
    let first = coefficient(sum: lowerSum, bounds.x1, bounds.x2, exponent)
    let second = coefficient(sum: upperSum, bounds.x2, bounds.x3, exponent)
    let coefficient = (first * lowerSum + second * upperSum) / (lowerSum + upperSum)
    guard exponent.isFinite, coefficient.isFinite, coefficient > 0 else { return nil }
    return PowerLawBackground(coefficient: coefficient, exponent: exponent)
  }

  /// The background of given exponent whose integral over the window is the window's sum.
  ///
  /// A is 0 for a sum that is not positive: such a window holds no sign of a background.
  public func background(sum: Double, exponent: Double) -> PowerLawBackground {
    PowerLawBackground(
      coefficient: coefficient(sum: max(sum, 0), bounds.x1, bounds.x3, exponent),
      exponent: exponent)
  }

  /// A and r of one spectrum.
  public func background(of spectrum: [Double]) -> PowerLawBackground? {
    background(
      lowerSum: spectrum[lower].reduce(0, +), upperSum: spectrum[upper].reduce(0, +))
  }

  /// The same fit, its channels counted from another one.
  func counted(from channel: Int) -> TwoAreaFit {
    var fit = self
    fit.lower = (lower.lowerBound - channel)..<(lower.upperBound - channel)
    fit.upper = (upper.lowerBound - channel)..<(upper.upperBound - channel)
    return fit
  }

  /// ln(x₃/x₁), and the energy in the middle of it, eV.
  var logarithmicWidth: Double { log(bounds.x3 / bounds.x1) }
  var centre: Double { (bounds.x1 * bounds.x3).squareRoot() }

  private func coefficient(
    sum: Double, _ from: Double, _ to: Double, _ exponent: Double
  ) -> Double {
    let k = 1 - exponent
    let width = log(to / from)
    // ∫ E^−r dE = from^k · (e^(k·width) − 1)/k, whose limit at k = 0 is the width.
    let integral = k == 0 ? width : pow(from, k) * expm1(k * width) / k
    return channelWidth * sum / integral
  }

  /// Two fits are equal when they use the same channels of the same axis.
  public static func == (left: TwoAreaFit, right: TwoAreaFit) -> Bool {
    left.lower == right.lower && left.upper == right.upper && left.bounds == right.bounds
      && left.channelWidth == right.channelWidth
  }
}
