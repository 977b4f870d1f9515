internal import CKernels
internal import LinearAlgebra

/// Whether a single channel of a spectrum stands out as no edge can: an X-ray or cosmic-ray hit.
///
/// With d the spectrum less the mean spectrum scaled to the same sum, and
/// e_i = d_i − (d_{i−2} + d_{i+2})/2, the spectrum holds a spike when for some channel
///
///     e_i > 20 · 1.25 · mean |e|   and   d_i − max(d_{i−1}, d_{i+1}) > e_i / 2.
///
/// 1.25 · mean |e| is the standard deviation of normal noise; without a spike, white noise gives a
/// largest e_i of about 4 to 7 of them, noise that is correlated along the spectrum up to 16. The
/// second condition asks for a single channel: the spectrometer's resolution spreads every true
/// feature. Where that is finer than a channel, true features look like spikes in many spectra:
/// when more than 2 % of the surveyed ones do, the search is given up, and that is said.
struct SpikeStatistic {
  static let threshold = 20.0
  /// The largest share of spectra in which spikes are believed.
  static let largestShare = 0.02

  /// True when the `count` channels from `x` on hold a spike; `reference` is the mean spectrum.
  static func isMet(
    _ x: UnsafePointer<Float>, reference: UnsafePointer<Float>, scale: Float, count: Int
  ) -> Bool {
    guard count > 4 else { return false }
    var greatest: Float = 0
    let sum = ck_outlier(x, reference, scale, count, &greatest)
    let noise = 1.2533 * sum / Double(count - 4)
    guard noise > 0, Double(greatest) > threshold * noise else { return false }
    func difference(_ i: Int) -> Float { x[i] - scale * reference[i] }
    for i in 2..<(count - 2) {
      let excess = difference(i) - (difference(i - 2) + difference(i + 2)) / 2
      guard Double(excess) > threshold * noise else { continue }
      let beside = difference(i) - max(difference(i - 1), difference(i + 1))
      if beside > excess / 2 { return true }
    }
    return false
  }
}
