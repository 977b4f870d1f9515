import Reporting
import TestSupport
import Testing

struct TicksTests {
  @Test func `worked examples of the tick rule`() {
    // The step is the smallest of 1, 2, 5, 10, … that leaves at most so many ticks.
    let unit = Ticks(.linear, 0...1, atMost: 6)
    #expect(unit.labels == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(unit.values == [0, 0.2, 0.4, 0.6, 0.8, 1])
    #expect(Ticks(.linear, 0...1, atMost: 5).labels == ["0.0", "0.5", "1.0"])
    #expect(Ticks(.linear, 0...1, atMost: 11).values.count == 11)
    #expect(
      Ticks(.linear, 614.875...684.875, atMost: 8).values == [620, 630, 640, 650, 660, 670, 680])
    #expect(Ticks(.linear, -3...4, atMost: 4).labels == ["\u{2212}2", "0", "2", "4"])
    #expect(
      Ticks(.linear, -0.06 ... -0.01, atMost: 3).labels == [
        "\u{2212}0.06", "\u{2212}0.04", "\u{2212}0.02",
      ])
    // Limits that are multiples of the step but for rounding are marked.
    #expect(
      Ticks(.linear, (0.1 + 0.2)...0.5, atMost: 5).labels == [
        "0.30", "0.35", "0.40", "0.45", "0.50",
      ])
  }

  @Test func `large and small values share one power of ten`() {
    let counts = Ticks(.linear, 0...2_400_000, atMost: 6)
    #expect(counts.labels == ["0.0", "0.5", "1.0", "1.5", "2.0"])
    #expect(counts.factor == "×10⁶")
    let rates = Ticks(.linear, 0...0.000_35, atMost: 5)
    #expect(rates.labels == ["0", "100", "200", "300"])
    #expect(rates.factor == "×10⁻⁶")
    #expect(Ticks(.linear, 0...90_000, atMost: 10).factor.isEmpty)
    #expect(
      Ticks(.linear, 0...0.0015, atMost: 4).labels == ["0.0000", "0.0005", "0.0010", "0.0015"])
  }

  @Test func `logarithmic ticks are powers of ten and what lies between`() {
    #expect(Ticks(.logarithmic, 0.4...30, atMost: 10).labels == ["0.5", "1", "2", "5", "10", "20"])
    let wide = Ticks(.logarithmic, 1e-6...1e6, atMost: 20)
    #expect(wide.labels.first == "10⁻⁶")
    #expect(wide.labels.last == "10⁶")
    #expect(wide.labels[6] == "10⁰")
    #expect(wide.values.count == 13)
    #expect(Ticks(.logarithmic, 1e-6...1e6, atMost: 5).values.count <= 5)
  }

  @Test(arguments: [
    0.0...1.0, -1e-7...3e-7, 614.9...684.9, 1e8...1.000_001e8, -7...1e6, 0.03...0.031,
  ])
  func `labels say the values, evenly spaced, in the range, as fine as allowed`(
    range: ClosedRange<Double>
  ) {
    for count in 2...20 {
      let ticks = Ticks(.linear, range, atMost: count)
      #expect(ticks.values.count <= count)
      // The next finer step, at least 2.5 times smaller or half as large, would have been too many.
      #expect(ticks.values.count >= (count - 2) / 5)
      var factor = 1.0
      for _ in 0..<abs(ticks.exponent) { factor *= ticks.exponent > 0 ? 10 : 0.1 }
      for (value, label) in zip(ticks.values, ticks.labels) {
        let read = Double(label.replacing("\u{2212}", with: "-"))
        expectClose((read ?? .nan) * factor, value, relative: 1e-12, "\(label)")
      }
      for (low, high) in zip(ticks.values, ticks.values.dropFirst()) {
        expectClose(
          high - low, ticks.values[1] - ticks.values[0], relative: 1e-6, "\(ticks.values)")
      }
    }
  }
}
