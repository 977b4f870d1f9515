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
/// 3. An edge is where log counts rise above the straight line, in log energy, through the 15 % of
///    energy before by at least 4 % and eight standard errors on the mean of the next 10 eV (at
///    least 8 channels), at four in five of these channels. Its onset is where this ratio is highest.
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

  /// Decides on the mean spectrum of the channels of an axis (eV).
  static func decide(
    _ spectrum: [Double], axis: UniformAxis, elements: [String]
  ) -> Decision {
    let start = axis[0]
    guard start >= 40 else {
      return .leave(
        reason: "no background removed: the spectra start at \(decimal(start)) eV, below core "
          + "losses; crop them to start above 40 eV")
    }
    let head = spectrum.prefix(max(8, spectrum.count / 50))
    let level = head.reduce(0, +) / Double(head.count)
    let maximum = runningMeans(spectrum, of: 5).max() ?? 0
    guard maximum > 0 else {
      return .removedAlready(reason: "no background removed: the mean spectrum is not positive")
    }
    guard level >= 0.05 * maximum else {
      return .removedAlready(
        reason: "background already removed: the mean spectrum starts at "
          + "\(decimal(100 * level / maximum)) % of its maximum, where a background is highest")
    }
    let seen = onset(spectrum, axis: axis)
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

  /// The lowest energy at which an edge starts to rise; nil when none does.
  static func onset(_ spectrum: [Double], axis: UniformAxis) -> Double? {
    let line = LogarithmicLine(spectrum, axis: axis)
    let ahead = max(8, Int((10 / axis.scale).rounded(.up)))
    var channel = 0
    while channel + ahead <= axis.count {
      if line.rise(at: channel, ahead: ahead) >= 8 {
        let reach = channel...min(channel + ahead, axis.count - ahead)
        let best = reach.max { line.rise(at: $0, ahead: ahead) < line.rise(at: $1, ahead: ahead) }
        return best.map { axis[$0] }
      }
      channel += 1
    }
    return nil
  }

  private static func runningMeans(_ values: [Double], of count: Int) -> [Double] {
    guard values.count >= count else { return [] }
    return (0...(values.count - count)).map {
      values[$0..<($0 + count)].reduce(0, +) / Double(count)
    }
  }
}

/// Straight lines through log counts against log energy, from running sums; channels that are not
/// positive are left out.
private struct LogarithmicLine {
  private let x: [Double]
  private let y: [Double?]
  private let axis: UniformAxis
  /// Sums over the channels before each: 1, x, y, x², xy, y².
  private var sums: [SIMD8<Double>]

  init(_ spectrum: [Double], axis: UniformAxis) {
    // About the middle of the range, so that the sums of squares do not cancel.
    let middle = log(axis[axis.count / 2])
    let level = log(max(spectrum.reduce(0, +) / Double(spectrum.count), .leastNormalMagnitude))
    x = axis.coordinates.map { log($0) - middle }
    y = spectrum.map { $0 > 0 ? log($0) - level : nil }
    self.axis = axis
    sums = [.zero]
    for (x, y) in zip(x, y) {
      var next = sums[sums.count - 1]
      if let y { next += [1, x, y, x * x, x * y, y * y, 0, 0] }
      sums.append(next)
    }
  }

  /// How many standard errors the `ahead` channels from `channel` on lie above the line through
  /// those before; 0 when too few channels are before or too few lie above it, or by under 4 %.
  func rise(at channel: Int, ahead: Int) -> Double {
    let span = 0.15 * axis[channel]
    let first = max(0, Int(((axis[channel] - span - axis.offset) / axis.scale).rounded(.up)))
    let before = sums[channel] - sums[first]
    let after = sums[channel + ahead] - sums[channel]
    guard before[0] >= 10, axis[channel] - axis[first] >= 0.02 * axis[channel], after[0] >= 5 else {
      return 0
    }
    let xMean = before[1] / before[0]
    let yMean = before[2] / before[0]
    let xx = before[3] - before[0] * xMean * xMean
    let xy = before[4] - before[0] * xMean * yMean
    let yy = before[5] - before[0] * yMean * yMean
    guard xx > 0 else { return 0 }
    let slope = xy / xx
    let variance = max(yy - slope * xy, 0) / (before[0] - 2)
    let xAhead = after[1] / after[0]
    let excess = after[2] / after[0] - yMean - slope * (xAhead - xMean)
    let distance = xAhead - xMean
    let error = variance * (1 / after[0] + 1 / before[0] + distance * distance / xx)
    guard excess >= log(1.04) else { return 0 }
    let above = (channel..<(channel + ahead)).count { index in
      guard let value = y[index] else { return false }
      return value > yMean + slope * (x[index] - xMean)
    }
    guard Double(above) >= 0.8 * after[0] else { return 0 }
    // A noise-free spectrum has no error: rounding stands in for it.
    return excess / max(error.squareRoot(), 1e-9)
  }
}
