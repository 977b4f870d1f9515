internal import Evaluation
public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The noise of a class's spectra: what scatters outside the shared components.
///
/// Its variance at channel j is a·max(x, 0) + b[j] for the signal x: the signal's counting noise, and
/// what the read-out and a subtracted background leave. It need not be white: point spread, resampling and alignment correlate neighbouring
/// channels, and denoising takes some frequencies away. The colour c is a symmetric filter of white
/// noise w, ε[j] = Σ_t c[t] w[j + t], with Σ c² = 1. Nor are all spectra equally noisy, where dose or
/// thickness vary: every spectrum's noise has a level of its own.
public struct NoiseEstimate: Codable, Sendable, Equatable {
  /// a, variance per unit of signal.
  public var gain: Float
  /// b, variance without signal, one a channel.
  @Archived public var background: [Float]
  /// c; one tap when the noise is white.
  @Archived public private(set) var colour: [Float]
  /// The quantiles, at equal steps of probability, of the spectra's noise levels as multiples of their
  /// median; one if all are alike.
  @Archived public private(set) var levels: [Float]

  /// Variances below this are rounding errors; the smallest a and b.
  static let smallest: Float = 1e-10

  /// Creates an estimate from its numbers.
  package init(gain: Float, background: [Float], colour: [Float], levels: [Float] = [1]) {
    self.gain = gain
    self.background = background
    self.colour = colour
    self.levels = levels
  }

  /// Measures the scatter of the spectra of one class, n × L, outside the basis.
  ///
  /// The residual's variance v (times L/(L − k) for what k components took of it) is fitted by
  /// a·m + const, neither negative, m the smoothed mean; b is v − a·m smoothed by 10 channels. The
  /// colour is the zero-phase filter whose power spectrum is the residual's: the cosine transform of
  /// its autocorrelation up to 24 channels under a Bartlett window, which keeps it positive.
  package init(of spectra: Matrix, outside basis: SharedBasis) {
    let channels = spectra.columnCount
    let mean = ChannelStatistics(spectra).mean
    let residual = basis.residual(of: spectra, around: mean)
    let factor =
      Double(channels) / Double(max(channels - basis.componentCount, 1))
    let variance = ChannelStatistics(residual).variance.map { $0 * factor }
    let signal = GaussianSmoothing(width: 3)(mean).map { max($0, 0) }
    let slope = Self.slope(of: variance, against: signal)
    let rest = zip(variance, signal).map { $0.0 - slope * $0.1 }
    let background = GaussianSmoothing(width: 10)(rest).map { max(Float($0), Self.smallest) }
    let gain = max(Float(slope), Self.smallest)
    let isSilent = gain == Self.smallest && background.allSatisfy { $0 == Self.smallest }
    self.gain = gain
    self.background = background
    colour = isSilent ? [1] : Self.colour(of: residual)
    levels = [1]
    if !isSilent {
      let found = Self.levels(
        of: residual, variance: zip(signal, background).map { slope * $0.0 + Double($0.1) },
        colour: colour)
      levels = found.levels
      scale(by: Float(found.median * found.median))
    }
  }

  /// The same noise with one level for all spectra.
  ///
  /// Generators are trained with it: a discriminator would tell by the loudest spectra alone.
  var levelled: NoiseEstimate {
    var estimate = self
    estimate.levels = [1]
    return estimate
  }

  /// The noise level of spectrum i is the median over j of |r[i, j]| / v[j]^½, over 0.6745, with the
  /// residual r and the class's variance v: a normal deviate's standard deviation, which spikes and
  /// foreign structure do not move.
  ///
  /// L channels of correlation ρ know it to (2.7 Σ ρ² / 2L)^½: that much of the levels' variance is
  /// taken off, by moving them towards their median, of which they are given as multiples.
  private static func levels(
    of residual: Matrix, variance: [Double], colour: [Float]
  ) -> (levels: [Float], median: Double) {
    let deviations = variance.map { 0.6745 * $0.squareRoot() }
    let levels = (0..<residual.rowCount).map { i in
      let r = residual.row(i)
      return quantile(
        0.5, of: deviations.indices.map { abs(Double(r[$0])) / deviations[$0] }.sorted())
    }.sorted()
    let median = quantile(0.5, of: levels)
    let spread = (quantile(0.84, of: levels) - quantile(0.16, of: levels)) / 2 / median
    let c = colour.map(Double.init)
    let squares = (0..<c.count).reduce(0.0) { sum, lag in
      let correlation = (0..<c.count - lag).reduce(0) { $0 + c[$1] * c[$1 + lag] }
      return sum + (lag == 0 ? 1 : 2) * correlation * correlation
    }
    let uncertainty = 2.7 * squares / Double(2 * residual.columnCount)
    guard spread * spread > uncertainty else { return ([1], median) }
    let kept = (1 - uncertainty / (spread * spread)).squareRoot()
    let steps = (0...levelSteps).map { step in
      let level = quantile(Double(step) / Double(levelSteps), of: levels) / median
      return Float(max(1 + kept * (level - 1), 0))
    }
    return (steps, median)
  }

  private static let levelSteps = 64

  /// Multiplies the variance.
  mutating func scale(by factor: Float) {
    gain = max(gain * factor, Self.smallest)
    for j in background.indices { background[j] = max(background[j] * factor, Self.smallest) }
  }

  /// a of the least-squares line v = a·m + b with a, b ≥ 0.
  private static func slope(of v: [Double], against m: [Double]) -> Double {
    let n = Double(v.count)
    let (sm, sv) = (m.reduce(0, +), v.reduce(0, +))
    let smm = m.reduce(0) { $0 + $1 * $1 }
    let smv = zip(m, v).reduce(0) { $0 + $1.0 * $1.1 }
    let determinant = n * smm - sm * sm
    guard determinant > 0 else { return 0 }
    let slope = max((n * smv - sm * sv) / determinant, 0)
    return slope * sm > sv ? smv / smm : slope
  }

  private static func colour(of residual: Matrix) -> [Float] {
    let lags = 24
    let channels = residual.columnCount
    var correlation = [Double](repeating: 0, count: lags)
    for i in 0..<residual.rowCount {
      let r = residual.row(i)
      for lag in 0..<lags {
        var sum = 0.0
        for j in 0..<channels - lag { sum += Double(r[j]) * Double(r[j + lag]) }
        correlation[lag] += sum
      }
    }
    let windowed = correlation.indices.map { correlation[$0] * (1 - Double($0) / Double(lags)) }
    let frequencies = 128
    let amplitude = (0...frequencies).map { f -> Double in
      let omega = Double.pi * Double(f) / Double(frequencies)
      let power = (1..<lags).reduce(windowed[0]) { $0 + 2 * windowed[$1] * cos(omega * Double($1)) }
      return max(power, 0).squareRoot()
    }
    let half = (0...lags / 2).map { t -> Double in
      (0...frequencies).reduce(0) { sum, f in
        let weight = f == 0 || f == frequencies ? 0.5 : 1
        return sum + weight * amplitude[f]
          * cos(.pi * Double(f) / Double(frequencies) * Double(t))
      }
    }
    let taps = half.dropFirst().reversed() + half
    let norm = taps.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return taps.map { Float($0 / norm) }
  }
}
