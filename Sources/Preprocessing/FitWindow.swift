internal import CKernels
public import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The window before an edge as all fits of a power law see it.
///
/// The channels are those of ``TwoAreaFit``, so that every method uses the same counts. Energies
/// enter as l = ln(E/E_c) of channel centres, E_c the logarithmic middle of the window: there the
/// level of a background and its exponent hardly depend on each other.
public struct FitWindow: Sendable {
  /// The window's halves, their channels counted like those of the spectra.
  public let areas: TwoAreaFit
  /// l = ln(E/E_c) of the window's channels.
  let logarithms: [Double]
  /// What a value of the spectrum is for a density of one count per eV: the channel's width for
  /// counts per channel, 1 for a density.
  let valuePerDensity: Double

  /// Lays the two-area method's channels out for the other fits.
  ///
  /// `axis` (eV) is the one on which the channels are counted; `isBinned` says that values are
  /// counts per channel, not per eV.
  public init(_ areas: TwoAreaFit, axis: UniformAxis, isBinned: Bool = true) {
    self.areas = areas
    logarithms = areas.channels.map { log(axis[$0] / areas.centre) }
    valuePerDensity = isBinned ? axis.scale : 1
  }

  /// The window's channels.
  public var channels: Range<Int> { areas.channels }

  /// E_c, eV.
  public var centre: Double { areas.centre }

  /// The power law of an exponent whose value in a channel at E_c is `level`.
  func background(level: Double, exponent: Double) -> PowerLawBackground {
    PowerLawBackground(
      coefficient: level / valuePerDensity * pow(centre, exponent), exponent: exponent)
  }

  /// The value that a background has in a channel at E_c.
  func level(of background: PowerLawBackground) -> Double {
    background.density(at: centre) * valuePerDensity
  }

  /// The sums of a spectrum's halves.
  public func sums(of spectrum: UnsafePointer<Float>) -> (lower: Double, upper: Double) {
    (
      ck_sum_double(spectrum + areas.lower.lowerBound, areas.lower.count),
      ck_sum_double(spectrum + areas.upper.lowerBound, areas.upper.count)
    )
  }

  /// Σ f lᵏ over the window, k = 0, 1, 2, with f = e^(−exponent·l).
  func moments(_ exponent: Double) -> ck_moments {
    logarithms.withUnsafeBufferPointer {
      ck_power_moments($0.baseAddress, $0.count, exponent)
    }
  }

  /// Σ c f lᵏ over the window, c the counts of a spectrum.
  func moments(_ exponent: Double, of spectrum: UnsafePointer<Float>) -> ck_moments {
    logarithms.withUnsafeBufferPointer {
      ck_power_moments_of(spectrum + channels.lowerBound, $0.baseAddress, $0.count, exponent)
    }
  }

  /// Σ (c − m)²/m over the window for one or two power laws of given level and exponent.
  func chiSquare(
    _ spectrum: UnsafePointer<Float>, _ first: (level: Double, exponent: Double),
    _ second: (level: Double, exponent: Double) = (0, 0)
  ) -> Double {
    logarithms.withUnsafeBufferPointer {
      ck_power_chi_square(
        spectrum + channels.lowerBound, $0.baseAddress, $0.count, first.level, first.exponent,
        second.level, second.exponent)
    }
  }

  /// The mean and the variance of l with the weights of some moments.
  static func spread(_ moments: ck_moments) -> (mean: Double, variance: Double) {
    let mean = moments.first / moments.zeroth
    return (mean, moments.second / moments.zeroth - mean * mean)
  }
}
