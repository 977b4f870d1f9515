internal import CKernels
public import LinearAlgebra

/// X-ray and cosmic-ray hits: which channels of a spectrum they hold, and what belongs there.
///
/// A hit is positive and at most three channels wide, while the spectrometer's resolution spreads
/// every true feature. With m the mean spectrum, s the ratio of the sums of spectrum and mean,
/// d = x − s·m and e_i = d_i − (d_{i−2} + d_{i+2})/2, the noise of e_i is
///
///     σ_i = φ · p_i · √max(1, (x_{i−2} + x_{i+2})/(2·s·m_i)),   φ = 1.2533 · mean |e_i/p_i|
///
/// p is the noise profile: the mean of |e_i| over the surveyed spectra, each divided by its own mean
/// and cut at 5, averaged over 17 channels; neither the kind of noise nor its fall along the spectrum
/// need be known. φ scales it to the spectrum, the root to a line that is stronger than in the mean
/// (variance ∝ counts). With the limit t_i = 7·σ_i + 5·g, where g, the counts an electron gives, is
/// the slope of the noise's variance against m (few electrons have a skew distribution), a run of
/// one to three channels around a channel where e_i > t_i is a hit when
///
///     h > t_i + |h_m|,   every channel of the run stands above h/2,
///     and d falls by more than 0.6·h from either end of the run to the next channel.
///
/// h is the greatest height of d above the line through d two channels to either side, h_m that of
/// s·m. A Gaussian line falls by 0.6·h within a channel only when its full width at half maximum is
/// under 2.6 channels; |h_m| protects narrower ones up to twice their strength in the mean. Where
/// true features look like hits in more than 2 % of the surveyed spectra there is no removal.
///
/// The channels beside a hit that stand 3·σ above d four channels to either side of it (charge that
/// spread, at most three channels a side) go with it. Replaced is x_i by s·m_i plus the straight line
/// between the means of d in the two channels on either side; its noise is about half that of other
/// channels. A high hit hides low ones, so search and repair are repeated until none is left. The
/// outer two channels are not searched.
///
/// Such second differences against the neighbours are the usual statistic (Whitaker & Hayes,
/// Chemometr. Intell. Lab. 179 (2018) 82, doi 10.1016/j.chemolab.2018.06.009); noise that is local
/// and the tests of shape are added. Measured on the simulated image with 1 to 10⁴ counts a
/// channel: no spectrum of 10⁴ is changed; of hits one to three channels wide, all of 50 and over
/// 99 % of 20 standard deviations are found, and 60 to 84 % of 10 from 1,000 counts on. With
/// fewer than about 10 electrons a channel and no read noise, 20 standard deviations are a few
/// electrons: 37 % are found at 0.6 electrons. Lines 3.6 channels wide whose strength differs up to
/// threefold: none of 10⁴ spectra is changed; 3.0 channels: at most 4.
///
/// With fewer than about ten spectra, a hit's own share in the mean weakens its test; in a single
/// spectrum nothing is found.
public struct SpikeRemoval: Sendable {
  /// The least height, in standard deviations of e.
  static let threshold: Float = 7
  /// The least fall at the ends of a run, in heights.
  static let sharpness: Float = 0.6
  /// What the skewness of few electrons adds to the least height, in counts an electron.
  static let skewness: Float = 5
  /// The widest run.
  static let greatestWidth = 3
  /// The largest share of spectra in which hits are believed.
  static let largestShare = 0.02
  private static let rounds = 16

  /// The mean of the surveyed spectra without hits.
  public let reference: [Float]
  /// The number of surveyed spectra that hold a hit.
  public let surveyedSpikes: Int
  /// 1/p.
  private let weights: [Float]
  private let referenceSum: Double
  /// g.
  package let gain: Float

  /// Learns mean and noise profile from some rows (finite, not constant) of surveyed spectra.
  ///
  /// Returns nil when more than 2 % of them (and more than one) hold what looks like a hit.
  public init?(surveyed: Matrix, rows: [Int]) {
    let first = SpikeRemoval(surveyed, rows, reference: Self.mean(surveyed, rows), spikes: 0)
    let clean = rows.filter { !first.isSpiked(surveyed.row($0)) }
    let spikes = rows.count - clean.count
    guard Double(spikes) <= max(1, Self.largestShare * Double(rows.count)) else { return nil }
    self.init(surveyed, rows, reference: Self.mean(surveyed, clean), spikes: spikes)
  }

  private init(_ surveyed: Matrix, _ rows: [Int], reference: [Float], spikes: Int) {
    self.reference = reference
    surveyedSpikes = spikes
    referenceSum = Double(reference.reduce(0) { $0 + Double($1) })
    let noise = Self.noise(surveyed, rows, reference, referenceSum)
    weights = noise.profile.map { 1 / $0 }
    gain = noise.gain
  }

  /// True when a spectrum, as many channels as the reference has, holds a hit.
  public func isSpiked(_ x: UnsafePointer<Float>) -> Bool {
    withStatistic(x) { statistic in
      statistic.mayHoldHit && statistic.nextHit(from: 2) != nil
    }
  }

  /// Replaces the channels of all hits in place and returns how many there were.
  ///
  /// `replaced` is told every run of replaced channels; a channel may be told twice when hits overlap.
  @discardableResult
  public func repair(
    _ x: UnsafeMutablePointer<Float>, replaced: (Range<Int>) -> Void = { _ in }
  ) -> Int {
    var count = 0
    for _ in 0..<Self.rounds {
      let found = withStatistic(x) { statistic in
        guard statistic.mayHoldHit else { return 0 }
        var found = 0
        var channel = 2
        while let hit = statistic.nextHit(from: channel) {
          statistic.repair(hit, in: x)
          replaced(hit)
          found += hit.count
          channel = hit.upperBound
        }
        return found
      }
      if found == 0 { break }
      count += found
    }
    return count
  }

  private func withStatistic<Result>(
    _ x: UnsafePointer<Float>, _ body: (Statistic) -> Result
  ) -> Result {
    reference.withUnsafeBufferPointer { m in
      weights.withUnsafeBufferPointer { w in
        let count = m.count
        let scale = referenceSum > 0 ? Float(ck_sum_double(x, count) / referenceSum) : 0
        var statistic = Statistic(
          x: x, m: m.baseAddress.unsafelyUnwrapped, w: w.baseAddress.unsafelyUnwrapped,
          count: count, scale: scale, skew: Self.skewness * gain)
        guard count >= 8 else { return body(statistic) }
        var greatest: Float = 0
        let sum = ck_spike_statistic(x, statistic.m, statistic.w, scale, count, &greatest)
        statistic.noise = Float(1.2533 * sum / Double(count - 4))
        statistic.mayHoldHit =
          statistic.noise > 0 && greatest > Self.threshold * statistic.noise
        return body(statistic)
      }
    }
  }

  private static func mean(_ spectra: Matrix, _ rows: [Int]) -> [Float] {
    var sum = [Double](repeating: 0, count: spectra.columnCount)
    for row in rows {
      let x = spectra.row(row)
      for j in sum.indices { sum[j] += Double(x[j]) }
    }
    return sum.map { Float($0 / Double(max(rows.count, 1))) }
  }

  /// p, about 1 on average, and g.
  private static func noise(
    _ spectra: Matrix, _ rows: [Int], _ reference: [Float], _ referenceSum: Double
  ) -> (profile: [Float], gain: Float) {
    let count = reference.count
    let flat = [Float](repeating: 1, count: count)
    guard count >= 8 else { return (flat, 0) }
    var sums = [Float](repeating: 0, count: count)
    var magnitudes = [Float](repeating: 0, count: count)
    var squares = 0.0
    for row in rows {
      let x = spectra.row(row)
      let scale = referenceSum > 0 ? Float(ck_sum_double(x, count) / referenceSum) : 0
      for j in 2..<(count - 2) {
        let own = x[j] - 0.5 * (x[j - 2] + x[j + 2])
        let shared = reference[j] - 0.5 * (reference[j - 2] + reference[j + 2])
        magnitudes[j] = abs(own - scale * shared)
      }
      let mean = magnitudes.withUnsafeBufferPointer {
        Float(ck_sum_double($0.baseAddress.unsafelyUnwrapped, count) / Double(count - 4))
      }
      guard mean > 0 else { continue }
      squares += Double(mean * mean)
      // A hit must not make its channel look noisy.
      for j in 2..<(count - 2) { sums[j] += min(magnitudes[j] / mean, 5) }
    }
    let whole = sums.reduce(0, +) / Float(count - 4)
    guard whole > 0 else { return (flat, 0) }
    let profile = (0..<count).map { j in
      let channels = max(2, min(j, count - 3) - 8)...min(count - 3, max(j, 2) + 8)
      let sum = sums[channels].reduce(0, +)
      return max(sum / Float(channels.count) / whole, 0.02)
    }
    let level = Double(reference.reduce(0, +)) / Double(count)
    let variance = 1.2533 * 1.2533 * squares / Double(rows.count) / 1.5
    var moments = (xy: 0.0, xx: 0.0)
    for (p, m) in zip(profile, reference) {
      moments.xy += Double(p * p) * variance * (Double(m) - level)
      moments.xx += (Double(m) - level) * (Double(m) - level)
    }
    return (profile, moments.xx > 0 ? Float(max(moments.xy / moments.xx, 0)) : 0)
  }
}

/// The search in one spectrum.
private struct Statistic {
  let x: UnsafePointer<Float>
  let m: UnsafePointer<Float>
  let w: UnsafePointer<Float>
  let count: Int
  let scale: Float
  /// What few electrons add to the least height, counts.
  let skew: Float
  /// φ.
  var noise: Float = 0
  /// Whether any channel needs a closer look.
  var mayHoldHit = false

  private func d(_ i: Int) -> Float { x[i] - scale * m[i] }

  /// σ_i.
  private func noise(at i: Int) -> Float {
    let expected = scale * m[i]
    let near = 0.5 * (x[max(i - 2, 0)] + x[min(i + 2, count - 1)])
    let ratio = expected > 0 ? max(near / expected, 1) : 1
    return noise / w[i] * ratio.squareRoot()
  }

  /// The first hit at or after a channel.
  func nextHit(from first: Int) -> Range<Int>? {
    guard first < count - 2 else { return nil }
    for i in max(first, 2)..<(count - 2) {
      let excess = d(i) - 0.5 * (d(i - 2) + d(i + 2))
      guard excess * w[i] > SpikeRemoval.threshold * noise else { continue }
      let noise = noise(at: i)
      guard excess > SpikeRemoval.threshold * noise + skew else { continue }
      for width in 1...SpikeRemoval.greatestWidth {
        for start in max(i - width + 1, 1)...i where start + width < count {
          if isHit(start..<(start + width), noise: noise) {
            return extended(start..<(start + width))
          }
        }
      }
    }
    return nil
  }

  /// Whether a run of channels is a hit.
  private func isHit(_ run: Range<Int>, noise: Float) -> Bool {
    let before = max(run.lowerBound - 2, 0)
    let after = min(run.upperBound + 1, count - 1)
    let left = d(before)
    let right = d(after)
    let step = 1 / Float(after - before)
    var height: Float = 0
    var least = Float.infinity
    var own: Float = 0
    for i in run {
      let t = Float(i - before) * step
      let above = d(i) - left - t * (right - left)
      height = max(height, above)
      least = min(least, above)
      own = max(own, abs(scale * (m[i] - m[before] - t * (m[after] - m[before]))))
    }
    let limit = SpikeRemoval.threshold * noise + skew + own
    guard height > limit, least > height / 2 else { return false }
    let fall = SpikeRemoval.sharpness * height
    return d(run.lowerBound) - d(run.lowerBound - 1) > fall
      && d(run.upperBound - 1) - d(run.upperBound) > fall
  }

  /// A hit with the channels beside it that it spread into.
  private func extended(_ run: Range<Int>) -> Range<Int> {
    let reach = 3
    let left = d(max(run.lowerBound - reach - 1, 0))
    let right = d(min(run.upperBound + reach, count - 1))
    var lower = run.lowerBound
    while lower > max(run.lowerBound - reach, 0),
      d(lower - 1) - max(left, right) > 3 * noise(at: lower - 1)
    {
      lower -= 1
    }
    var upper = run.upperBound
    while upper < min(run.upperBound + reach, count),
      d(upper) - max(left, right) > 3 * noise(at: upper)
    {
      upper += 1
    }
    return lower..<upper
  }

  /// Replaces channels of the spectrum that this is about.
  func repair(_ run: Range<Int>, in x: UnsafeMutablePointer<Float>) {
    let beforeCount = min(run.lowerBound, 2)
    let afterCount = min(count - run.upperBound, 2)
    var left: Float = 0
    for i in (run.lowerBound - beforeCount)..<run.lowerBound { left += d(i) / Float(beforeCount) }
    var right: Float = 0
    for i in run.upperBound..<(run.upperBound + afterCount) { right += d(i) / Float(afterCount) }
    if beforeCount == 0 { left = right }
    if afterCount == 0 { right = left }
    for i in run {
      let t = Float(i - run.lowerBound + 1) / Float(run.count + 1)
      x[i] = scale * m[i] + left + t * (right - left)
    }
  }
}
