/// The marked values of an axis and what is written at them.
///
/// Steps are 1, 2 or 5 times a power of ten, after P. S. Heckbert, "Nice numbers for graph labels",
/// *Graphics Gems* (1990), p. 61. Labels are made from integers, so that no rounding error shows.
package struct Ticks: Sendable, Equatable {
  /// The marked values, rising.
  package let values: [Double]
  /// What is written at them: the value divided by 10^``exponent``.
  package let labels: [String]
  /// The power of ten by which all labels are to be multiplied; 0 for values of ordinary size.
  package let exponent: Int

  /// The finest round ticks of `scale` inside `range` that are at most `count`.
  package init(_ scale: Scale, _ range: ClosedRange<Double>, atMost count: Int) {
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite
        && range.lowerBound < range.upperBound && count >= 2, "\(count) ticks in \(range)")
    switch scale {
    case .linear: self.init(linear: range, atMost: count)
    case .logarithmic: self.init(logarithmic: range, atMost: count)
    }
  }

  private init(linear range: ClosedRange<Double>, atMost count: Int) {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    var decade = Int(decadic((upper - lower) / Double(count)).rounded(.down))
    while true {
      for mantissa in [1, 2, 5] {
        let step = Self.value(mantissa, decade)
        // A limit that is a multiple of the step but for rounding counts as one.
        let first = (lower / step - 1e-9).rounded(.up)
        let last = (upper / step + 1e-9).rounded(.down)
        guard last - first < Double(count) else { continue }
        let multiples = first <= last ? Array(Int(first)...Int(last)) : []
        values = multiples.map { Self.value($0 * mantissa, decade) }
        exponent = Self.exponent(values)
        let shift = decade - exponent
        labels = multiples.map { Self.label($0 * mantissa, decade: shift) }
        return
      }
      decade += 1
    }
  }

  /// Powers of ten; their twofold and fivefold too where the axis covers fewer than three powers.
  private init(logarithmic range: ClosedRange<Double>, atMost count: Int) {
    let first = Int(decadic(range.lowerBound).rounded(.down))
    let last = Int(decadic(range.upperBound).rounded(.up))
    let mantissas = last - first <= 3 ? [1, 2, 5] : [1]
    var chosen: [(mantissa: Int, decade: Int)] = []
    for decade in first...last {
      for mantissa in mantissas where range.contains(Self.value(mantissa, decade)) {
        chosen.append((mantissa, decade))
      }
    }
    let stride = (chosen.count + count - 1) / count
    if stride > 1 { chosen = chosen.enumerated().filter { $0.offset % stride == 0 }.map(\.element) }
    values = chosen.map { Self.value($0.mantissa, $0.decade) }
    let arePlain = chosen.allSatisfy { -3...4 ~= $0.decade }
    labels = chosen.map { tick in
      if arePlain { return Self.label(tick.mantissa, decade: tick.decade) }
      let power = "10" + Self.superscript(tick.decade)
      return tick.mantissa == 1 ? power : "\(tick.mantissa)·\(power)"
    }
    exponent = 0
  }

  /// The factor that labels are to be multiplied with, as `×10⁶`; empty for 1.
  package var factor: String { exponent == 0 ? "" : "×10" + Self.superscript(exponent) }

  /// `integer` · 10^`decade`, correctly rounded for powers that a `Double` holds exactly.
  private static func value(_ integer: Int, _ decade: Int) -> Double {
    decade < 0
      ? Double(integer) / power(10, Double(-decade)) : Double(integer) * power(10, Double(decade))
  }

  /// 0 where the largest value has at most five digits and at most three zeros behind the point,
  /// else the multiple of three that leaves one to three digits before the point.
  private static func exponent(_ values: [Double]) -> Int {
    let largest = values.map(abs).max() ?? 0
    guard largest > 0, !(0.001..<99_999.5 ~= largest) else { return 0 }
    return 3 * Int((decadic(largest) / 3 + 1e-9).rounded(.down))
  }

  /// `integer` · 10^`decade` in decimal figures.
  private static func label(_ integer: Int, decade: Int) -> String {
    let sign = integer < 0 ? "\u{2212}" : ""
    let digits = String(integer.magnitude)
    guard decade < 0 else {
      return sign + digits + (integer == 0 ? "" : String(repeating: "0", count: decade))
    }
    let padded = String(repeating: "0", count: max(0, 1 - decade - digits.count)) + digits
    return sign + padded.dropLast(-decade) + "." + padded.suffix(-decade)
  }

  private static func superscript(_ number: Int) -> String {
    let raised: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
      "8": "⁸", "9": "⁹",
    ]
    return String(String(number).map { raised[$0] ?? $0 })
  }
}
