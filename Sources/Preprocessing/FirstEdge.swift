internal import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The choice of a background window before the first edge of a mean spectrum.
///
/// Rules, in order:
/// 1. A spectrum that starts below 40 eV holds plasmons, not a power law: leave it.
/// 2. A spectrum whose start (the mean of its first 2 % of channels, at least 8) lies below 5 % of
///    its maximum (of 5-channel means) has no background left, for a power law is highest at the
///    start: leave it.
/// 3. An edge is where the counts rise above the power law before them (``LogarithmicLine``).
/// 4. When the elements are known, their tabulated onsets count as edges too, so that a weak edge is
///    not overlooked.
/// 5. The window ends 8 eV (at least 3 channels) before the lowest onset, seen or tabulated: room for
///    pre-peaks, shifts and, in noise, an onset seen late. It is as long as a fifth of the onset
///    energy where there is room, and at least 10 channels and 2 % of it; without this room, leave
///    the spectrum.
/// 6. A fit there whose exponent is not physical is no background: leave it.
struct FirstEdge {
  /// What was decided, and one line about why.
  enum Decision: Equatable {
    /// Fit in this window.
    case window(EnergyWindow, reason: String)
    /// Leave the spectra alone: there is no background in them any more.
    case removedAlready(reason: String)
    /// Leave the spectra alone: there is nothing to fit.
    case leave(reason: String)
  }

  /// Below, spectra hold plasmons and the zero loss, eV.
  static let lowestEnergy = 40.0

  /// Whether a mean spectrum starts too low to have a background in it (rule 2).
  static func isWithoutBackground(_ spectrum: [Double]) -> Bool {
    let (level, maximum) = levels(spectrum)
    return level < 0.05 * maximum || maximum <= 0
  }

  /// The level at the start and the highest one.
  private static func levels(_ spectrum: [Double]) -> (start: Double, maximum: Double) {
    let head = spectrum.prefix(max(8, spectrum.count / 50))
    return (
      head.reduce(0, +) / Double(head.count), runningMeans(spectrum, of: 5).max() ?? 0
    )
  }

  /// Decides on the mean spectrum of the channels of an axis (eV).
  static func decide(
    _ spectrum: [Double], axis: UniformAxis, elements: [String]
  ) -> Decision {
    let start = axis[0]
    guard start >= lowestEnergy else {
      return .leave(
        reason: "no background removed: the spectra start at \(decimal(start)) eV, below core "
          + "losses; crop them to start above 40 eV")
    }
    let (level, maximum) = levels(spectrum)
    guard maximum > 0 else {
      return .removedAlready(reason: "no background removed: the mean spectrum is not positive")
    }
    guard level >= 0.05 * maximum else {
      return .removedAlready(
        reason: "background already removed: the mean spectrum starts at "
          + "\(decimal(100 * level / maximum)) % of its maximum, where a background is highest")
    }
    let seen = LogarithmicLine(spectrum, axis: axis).onset(from: 0).map { axis[$0] }
    let known = elements.flatMap(EdgeOnsets.edges(of:))
      .filter { $0.energy > start && $0.energy < axis[axis.count - 1] }
      .min { $0.energy < $1.energy }
    guard let first = [seen, known?.energy].compactMap({ $0 }).min() else {
      return .leave(reason: "no background removed: the mean spectrum shows no edge")
    }
    let end = first - max(8, 3 * axis.scale)
    let edge = name(seen: seen, known: known)
    let lower = max(start, end - 0.2 * first)
    guard let window = EnergyWindow(lower: lower, upper: end),
      window.channels(of: axis).count >= 10, end - lower >= 0.02 * first
    else {
      return .leave(
        reason: "no background removed: the spectra start at \(decimal(start)) eV, too close to "
          + "\(edge) for a fit before it")
    }
    guard let fit = TwoAreaFit(window: window, axis: axis)?.background(of: spectrum),
      PowerLawBackground.physicalExponents.contains(fit.exponent)
    else {
      return .removedAlready(
        reason: "no background removed: the mean spectrum does not fall as a power law before "
          + "\(edge); it may have been removed already")
    }
    return .window(window, reason: "fitted at \(window) eV, before \(edge)")
  }

  private static func name(seen: Double?, known: EdgeOnsets.Edge?) -> String {
    switch (seen, known) {
    case (let seen?, let known?) where abs(seen - known.energy) <= 10:
      "\(known), seen to rise at \(decimal(seen)) eV"
    case (let seen?, let known?) where known.energy < seen:
      "\(known) of the listed elements (the first rise seen is at \(decimal(seen)) eV)"
    case (let seen?, _): "the first edge, seen to rise at \(decimal(seen)) eV"
    case (nil, let known?): "\(known) of the listed elements (no rise is seen)"
    case (nil, nil): "the first edge"
    }
  }

  private static func runningMeans(_ values: [Double], of count: Int) -> [Double] {
    guard values.count >= count else { return [] }
    return (0...(values.count - count)).map {
      values[$0..<($0 + count)].reduce(0, +) / Double(count)
    }
  }
}
