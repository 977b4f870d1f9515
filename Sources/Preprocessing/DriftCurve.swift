#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The drift of the energy scale as a smooth function of the scan: what the shifts of neighbouring
/// spectra have in common.
///
/// Drift of high voltage and spectrometer is slow, chemical shifts change from pixel to pixel with
/// the specimen. Undoing the curve alone leaves the differences between neighbours, chemical
/// shifts among them, as they are; aligning every spectrum by its own shift would erase them. What
/// remains is pixel-to-pixel jitter, and in the curve is what composition has in common over the
/// curve's span (with scan lines across all phases little). Measured: phases 1.5 eV apart in stripes
/// across the scan lines differ by 1.5 eV afterwards, while own shifts leave nothing of it. In the
/// particles of the simulated image 0.05 eV remain of the drift, which is its jitter; the curve
/// changes the difference of core and shell by 0.01 to 0.02 eV, own shifts by 0.03 to 0.04 eV.
///
/// The curve is LOESS (Cleveland, J. Am. Stat. Assoc. 74 (1979) 829, doi
/// 10.1080/01621459.1979.10481038): straight lines through the nearest `span` of the known shifts,
/// tricube weights times 1/(σ_τ² + 0.5²) (half a channel stands for jitter and chemistry), four
/// rounds with bisquare weights against outliers, the first of them from running medians. It is
/// evaluated at up to 257 places, straight between them, and constant beyond the first and the last
/// known shift.
public struct DriftCurve: Sendable, Equatable {
  /// The share of the known shifts that a place of the curve rests on.
  public static let span = 0.15
  /// The fewest known shifts that make a curve.
  public static let leastCount = 32

  /// The number of spectra.
  public let spectrumCount: Int
  /// The number of shifts that were known.
  public let knownCount: Int
  /// The drift at evenly spaced places from the first to the last spectrum, channels.
  private let values: [Double]

  /// Draws the curve through the shifts of all spectra in the order of the scan.
  ///
  /// Returns nil when fewer than ``leastCount`` shifts are known.
  public init?(_ shifts: [EnergyShift], span: Double = DriftCurve.span) {
    let known = shifts.indices.filter { shifts[$0].isKnown }
    guard known.count >= Self.leastCount else { return nil }
    spectrumCount = shifts.count
    knownCount = known.count
    let times = known.map(Double.init)
    let y = known.map { Double(shifts[$0].channels) }
    let weights = known.map { 1 / (Double(shifts[$0].error * shifts[$0].error) + 0.25) }
    let near = min(max(Int(span * Double(known.count)), Self.leastCount / 2), known.count)
    let places = min(shifts.count, 257)
    let step = Double(shifts.count - 1) / Double(places - 1)
    let coordinates = (0..<places).map { Double($0) * step }
    var curve = Self.medians(times, y, near: near, places: coordinates)
    for _ in 0..<4 {
      let residuals = zip(times, y).map { abs($1 - Self.value(curve, at: $0 / step)) }
      let middle = residuals.sorted()[residuals.count / 2]
      let robust = residuals.map {
        let u = min($0 / max(6 * middle, 1e-6), 1)
        return (1 - u * u) * (1 - u * u)
      }
      curve = Self.lines(
        times, y, zip(weights, robust).map { $0 * $1 }, near: near, places: coordinates)
    }
    values = curve
  }

  /// The drift of a spectrum, channels: what ``EnergyShift/apply(_:to:count:into:)`` undoes.
  public subscript(spectrum: Int) -> Double {
    precondition(
      spectrum >= 0 && spectrum < spectrumCount, "spectrum \(spectrum) of \(spectrumCount)")
    let step = Double(spectrumCount - 1) / Double(values.count - 1)
    return Self.value(values, at: Double(spectrum) / step)
  }

  private static func value(_ curve: [Double], at position: Double) -> Double {
    let base = min(max(Int(position), 0), max(curve.count - 2, 0))
    guard curve.count > 1 else { return curve[0] }
    return curve[base] + (position - Double(base)) * (curve[base + 1] - curve[base])
  }

  /// Where the nearest points of places in rising order start.
  private struct Neighbours {
    var first = 0

    mutating func move(to place: Double, _ x: [Double], near: Int) -> Range<Int> {
      while first + near < x.count, x[first + near] - place < place - x[first] { first += 1 }
      return first..<(first + near)
    }
  }

  /// Medians of up to 101 of the nearest points.
  private static func medians(
    _ x: [Double], _ y: [Double], near: Int, places: [Double]
  ) -> [Double] {
    var neighbours = Neighbours()
    return places.map { place in
      let points = neighbours.move(to: place, x, near: near)
      let few = stride(from: points.lowerBound, to: points.upperBound, by: (near + 100) / 101)
      let sorted = few.map { y[$0] }.sorted()
      return sorted[sorted.count / 2]
    }
  }

  /// Weighted straight lines through the nearest points, evaluated at places in rising order.
  private static func lines(
    _ x: [Double], _ y: [Double], _ weights: [Double], near: Int, places: [Double]
  ) -> [Double] {
    var neighbours = Neighbours()
    return places.map { anywhere in
      // Beyond the first and last known shifts nothing is extrapolated.
      let place = min(max(anywhere, x[0]), x[x.count - 1])
      let points = neighbours.move(to: place, x, near: near)
      // A little wider than the farthest, so that it counts too.
      let reach = max(place - x[points.lowerBound], x[points.upperBound - 1] - place, 1) * 1.001
      var (s, sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for i in points {
        let distance = x[i] - place
        let u = abs(distance) / reach
        let tricube = 1 - u * u * u
        let w = weights[i] * tricube * tricube * tricube
        s += w
        sx += w * distance
        sy += w * y[i]
        sxx += w * distance * distance
        sxy += w * distance * y[i]
      }
      let determinant = s * sxx - sx * sx
      if determinant > 1e-9 * s * sxx { return (sy * sxx - sx * sxy) / determinant }
      return s > 0 ? sy / s : 0
    }
  }
}
