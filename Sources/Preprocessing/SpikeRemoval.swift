internal import CKernels
public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

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
/// under 2.6 channels; |h_m| protects narrower ones up to twice their strength in the mean, and so
/// it does pixels that are always hot.
///
/// Hits scatter evenly over the channels, features and flickering pixels repeat. With n_c the number
/// of surveyed spectra with a hit no more than two channels from channel c and λ the sum of n_c over
/// the number of open channels, c and the channels beside it are closed, so that no hit is looked
/// for there, where n_c ≥ 3, n_c > λ and
///
///     n_c · ln(n_c/λ) − n_c + λ > ln(10·N).
///
/// This is Chernoff's bound of the Poisson distribution: of all N channels, chance closes 0.1 at
/// most. After that m, p and g are learnt again from the spectra without hits, until hits and
/// closed channels stay the same. Hits in open channels are believed when they lie in no more than
/// 20 % of the surveyed spectra (or in one); else there is no removal.
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
/// threefold: none of 10⁴ spectra is changed; 3.0 channels: at most 4. Such lines 0.5 to 2.6 channels
/// wide, at places that differ by up to four channels: none of 10⁴ other spectra is changed after
/// a survey of 2,048, with 1,000 and 10⁴ counts a channel; with 10 counts, where few of the lines
/// look like hits, at most 7. A survey of 100 spectra may miss features that rarely look like hits:
/// 169 of 10⁴ are changed with 10⁴ counts and lines 2.6 channels wide, 508 with 10 counts and lines of
/// 0.5. Of hits of 50 standard deviations in 6, 15 and 18 % of 2,048 surveyed spectra all are found,
/// and none of the other spectra is changed; of 300 sets of spectra, 15 % of them hit, one had
/// channels closed by chance (13 of 30,469 hits were left there).
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
  /// The largest share of surveyed spectra in which scattered hits are believed.
  static let largestShare = 0.2
  /// The number of channels that chance may be expected to close in a survey.
  private static let closedByChance = 0.1
  /// The fewest spectra in which hits repeat at a channel.
  private static let fewestRepeats = 3
  private static let rounds = 16

  /// The mean of the surveyed spectra without hits.
  public let reference: [Float]
  /// The number of surveyed spectra that hold a hit.
  public private(set) var surveyedSpikes = 0
  /// 1/p; 0 in closed channels.
  private var weights: [Float]
  /// The number of channels that are searched.
  private var openCount: Int
  private let referenceSum: Double
  /// g.
  package let gain: Float

  /// The channels where what looks like hits repeats in the surveyed spectra; they hold no hits.
  public var closedChannels: [Int] { weights.indices.filter { weights[$0] == 0 } }

  /// Learns mean, noise profile and closed channels from some rows (finite, not constant) of
  /// surveyed spectra.
  ///
  /// Returns nil when more than 20 % of them (and more than one) hold what looks like a hit elsewhere
  /// than in closed channels.
  public init?(surveyed: Matrix, rows: [Int]) {
    var model = SpikeRemoval(learning: surveyed, rows)
    var clean = rows
    for _ in 0..<Self.rounds {
      let hits = rows.map { model.hits(in: surveyed.row($0)) }
      let repeated = model.channelsOfRepeats(hits)
      if !repeated.isEmpty {
        model.close(repeated)
        continue
      }
      let remaining = rows.indices.filter { hits[$0].isEmpty }.map { rows[$0] }
      model.surveyedSpikes = rows.count - remaining.count
      guard Double(model.surveyedSpikes) <= max(1, Self.largestShare * Double(rows.count)) else {
        return nil
      }
      if remaining == clean || remaining.count < 2 { break }
      // Hits raise the mean and the noise that they are measured by.
      clean = remaining
      let closed = model.closedChannels
      let spikes = model.surveyedSpikes
      model = SpikeRemoval(learning: surveyed, clean)
      model.close(closed)
      model.surveyedSpikes = spikes
    }
    self = model
  }

  private init(learning surveyed: Matrix, _ rows: [Int]) {
    reference = Self.mean(surveyed, rows)
    referenceSum = Double(reference.reduce(0) { $0 + Double($1) })
    let noise = Self.noise(surveyed, rows, reference, referenceSum)
    weights = noise.profile.map { 1 / $0 }
    openCount = max(weights.count - 4, 0)
    gain = noise.gain
  }

  private mutating func close(_ channels: [Int]) {
    for channel in channels { weights[channel] = 0 }
    openCount = weights.dropFirst(2).dropLast(2).count { $0 != 0 }
  }

  /// All hits of a spectrum, which is left as it is.
  private func hits(in spectrum: UnsafePointer<Float>) -> [Range<Int>] {
    guard isSpiked(spectrum) else { return [] }
    var hits: [Range<Int>] = []
    var copy = Array(UnsafeBufferPointer(start: spectrum, count: reference.count))
    copy.withUnsafeMutableBufferPointer { buffer in
      _ = repair(buffer.baseAddress.unsafelyUnwrapped) { hits.append($0) }
    }
    return hits
  }

  /// The open channels near which the spectra's hits repeat, and their neighbours.
  private func channelsOfRepeats(_ hits: [[Range<Int>]]) -> [Int] {
    let count = weights.count
    var spectra = [Int](repeating: 0, count: count)
    var latest = [Int](repeating: -1, count: count)
    for (index, runs) in hits.enumerated() {
      for run in runs {
        for channel in max(run.lowerBound - 2, 0)..<min(run.upperBound + 2, count)
        where latest[channel] != index {
          latest[channel] = index
          spectra[channel] += 1
        }
      }
    }
    let open = weights.count { $0 != 0 }
    let expected = Double(spectra.reduce(0, +)) / Double(max(open, 1))
    let limit = log(Double(count) / Self.closedByChance)
    var channels: [Int] = []
    for channel in spectra.indices where spectra[channel] >= Self.fewestRepeats {
      let found = Double(spectra[channel])
      guard found > expected, found * log(found / expected) - found + expected > limit else {
        continue
      }
      channels += max(channel - 1, 0)...min(channel + 1, count - 1)
    }
    return channels.filter { weights[$0] != 0 }
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
        statistic.noise = Float(1.2533 * sum / Double(max(openCount, 1)))
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

  /// σ_i, infinite in closed channels.
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
    guard run.allSatisfy({ w[$0] != 0 }) else { return false }
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
