internal import Evaluation
internal import LinearAlgebra

/// How far one class is shifted along the energy axis against another.
///
/// The mean spectra are compared as b[j] ≈ c·a[j − s]: c by least squares and s, within ± `reach`
/// channels, where the squared distance D(s) is smallest. The share of the difference that the shift
/// explains is 1 − D(s)/D(0): near 1 for classes that differ by a shift alone, near 0 for those that
/// differ in shape.
package struct ClassShift {
  /// s, channels.
  package let shift: Double
  /// 1 − D(s)/D(0).
  package let share: Double

  /// Compares two mean spectra, L channels each.
  package init(from a: [Double], to b: [Double], reach: Double) {
    let step = 0.05
    let count = Int((reach / step).rounded(.up))
    var best = (shift: 0.0, distance: Self.distance(from: a, to: b, shift: 0))
    let unshifted = best.distance
    for index in -count...count {
      let shift = Double(index) * step
      let distance = Self.distance(from: a, to: b, shift: shift)
      if distance < best.distance { best = (shift, distance) }
    }
    shift = best.shift
    share = unshifted > 0 ? 1 - best.distance / unshifted : 0
  }

  /// The widest shift that keeps a class on its own side of every other, channels: half of the shift
  /// between them if that is all that tells them apart, |s| / (2 share), more if it is only a part.
  ///
  /// Infinite for a class alone and for classes that no shift brings closer.
  static func limits(of sets: [TrainingSet], reach: Double) -> [Double] {
    let means = sets.map { meanSpectrum(of: $0.spectra) }
    return means.indices.map { i in
      means.indices.reduce(.infinity) { limit, j in
        if i == j { return limit }
        let between = ClassShift(from: means[i], to: means[j], reach: reach)
        return between.share > 0 ? min(limit, abs(between.shift) / (2 * between.share)) : limit
      }
    }
  }

  /// The limits of the shifts that a design may take.
  static func limits(of sets: [TrainingSet], design: DAGDesign) -> [Double] {
    // Twice the widest, so that classes further apart set no limit.
    limits(of: sets, reach: 2 * design.largestShift + 1)
  }

  /// min over c of Σ (b[j] − c·a[j − s])², a linearly interpolated and its ends repeated.
  private static func distance(from a: [Double], to b: [Double], shift: Double) -> Double {
    let last = a.count - 1
    let whole = (-shift).rounded(.down)
    let weight = -shift - whole
    var (aa, ab, bb) = (0.0, 0.0, 0.0)
    for j in 0...last {
      let lower = j + Int(whole)
      let x =
        (1 - weight) * a[min(max(lower, 0), last)] + weight * a[min(max(lower + 1, 0), last)]
      aa += x * x
      ab += x * b[j]
      bb += b[j] * b[j]
    }
    return aa > 0 ? bb - ab * ab / aa : bb
  }
}
