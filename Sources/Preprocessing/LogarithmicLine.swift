internal import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Straight lines through log counts against log energy, and where the counts rise above them.
///
/// The lines come from running sums; channels that are not positive are left out.
///
/// An edge is where log counts rise above the straight line, in log energy, through the 15 % of energy
/// before by at least 4 % and eight standard errors on the mean of the next 10 eV (at least 8
/// channels), at four in five of these channels. Its onset is where this ratio is highest.
struct LogarithmicLine {
  /// The least rise of an edge, standard errors.
  static let significance = 8.0

  private let x: [Double]
  private let y: [Double?]
  private let axis: UniformAxis
  /// The number of channels that must rise together.
  let ahead: Int
  /// Sums over the channels before each: 1, x, y, x², xy, y².
  private var sums: [SIMD8<Double>]

  init(_ spectrum: [Double], axis: UniformAxis) {
    // About the middle of the range, so that the sums of squares do not cancel.
    let middle = log(axis[axis.count / 2])
    let level = log(max(spectrum.reduce(0, +) / Double(spectrum.count), .leastNormalMagnitude))
    x = axis.coordinates.map { log($0) - middle }
    y = spectrum.map { $0 > 0 ? log($0) - level : nil }
    self.axis = axis
    ahead = max(8, Int((10 / axis.scale).rounded(.up)))
    sums = [.zero]
    for (x, y) in zip(x, y) {
      var next = sums[sums.count - 1]
      if let y { next += [1, x, y, x * x, x * y, y * y, 0, 0] }
      sums.append(next)
    }
  }

  /// The first channel from `first` on at which an edge starts to rise; nil when none does.
  ///
  /// Nothing before `start` enters a line.
  func onset(from start: Int, searchFrom first: Int = 0) -> Int? {
    var channel = max(start, first)
    while channel + ahead <= axis.count {
      if rise(at: channel, from: start) >= Self.significance {
        let reach = channel...min(channel + ahead, axis.count - ahead)
        return reach.max { rise(at: $0, from: start) < rise(at: $1, from: start) }
      }
      channel += 1
    }
    return nil
  }

  /// How many standard errors the `ahead` channels from `channel` on lie above the line through
  /// those before; 0 when too few channels are before or too few lie above it, or by under 4 %.
  func rise(at channel: Int, from start: Int) -> Double {
    guard let line = line(before: channel, from: start) else { return 0 }
    let after = sums[channel + ahead] - sums[channel]
    guard after[0] >= 5 else { return 0 }
    let xAhead = after[1] / after[0]
    let excess = after[2] / after[0] - line.value(at: xAhead)
    let distance = xAhead - line.x
    let error = line.variance * (1 / after[0] + 1 / line.count + distance * distance / line.xx)
    guard excess >= log(1.04) else { return 0 }
    let above = (channel..<(channel + ahead)).count { index in
      guard let value = y[index] else { return false }
      return value > line.value(at: x[index])
    }
    guard Double(above) >= 0.8 * after[0] else { return 0 }
    // A noise-free spectrum has no error: rounding stands in for it.
    return excess / max(error.squareRoot(), 1e-9)
  }

  /// Counts divided by the line before a channel, over the `ahead` channels from there on, as means of
  /// three channels; 0 where there are no counts.
  func ratios(from channel: Int, lineFrom start: Int) -> [Double] {
    guard let line = line(before: channel, from: start) else { return [] }
    return (channel..<min(channel + ahead, axis.count)).map { middle in
      let near = max(middle - 1, 0)...min(middle + 1, axis.count - 1)
      let sum = near.reduce(0) { sum, index in
        sum + (y[index].map { exp($0 - line.value(at: x[index])) } ?? 0)
      }
      return sum / Double(near.count)
    }
  }

  /// True when a rise is that of an edge even behind another's fine structure: the counts after it are
  /// higher than those just before, not only than the line, and in the `ahead` channels thereafter
  /// they are still 4 % above the line.
  func persists(at channel: Int, from start: Int) -> Bool {
    guard channel + 2 * ahead <= axis.count, let line = line(before: channel, from: start) else {
      return false
    }
    let before = sums[channel] - sums[max(channel - ahead / 2, 0)]
    let after = sums[channel + ahead] - sums[channel]
    let later = sums[channel + 2 * ahead] - sums[channel + ahead]
    guard before[0] > 0, after[0] > 0, later[0] > 0 else { return false }
    let excess = later[2] / later[0] - line.value(at: later[1] / later[0])
    return after[2] / after[0] > before[2] / before[0] && excess >= log(1.04)
  }

  private struct Line {
    var count: Double
    var x: Double
    var y: Double
    var xx: Double
    var slope: Double
    var variance: Double

    func value(at place: Double) -> Double { y + slope * (place - x) }
  }

  private func line(before channel: Int, from start: Int) -> Line? {
    let span = 0.15 * axis[channel]
    let first = max(
      start, Int(((axis[channel] - span - axis.offset) / axis.scale).rounded(.up)))
    guard first < channel else { return nil }
    let before = sums[channel] - sums[first]
    guard before[0] >= 10, axis[channel] - axis[first] >= 0.02 * axis[channel] else { return nil }
    let xMean = before[1] / before[0]
    let yMean = before[2] / before[0]
    let xx = before[3] - before[0] * xMean * xMean
    let xy = before[4] - before[0] * xMean * yMean
    let yy = before[5] - before[0] * yMean * yMean
    guard xx > 0 else { return nil }
    let slope = xy / xx
    return Line(
      count: before[0], x: xMean, y: yMean, xx: xx, slope: slope,
      variance: max(yy - slope * xy, 0) / (before[0] - 2))
  }
}
