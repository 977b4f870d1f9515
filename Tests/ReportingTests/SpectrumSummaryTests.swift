import Reporting
import TestSupport
import Testing

struct SpectrumSummaryTests {
  @Test func `mean and sample standard deviation of every channel`() {
    // Channel 0 holds 1, 3, 8: mean 4, deviation √((9 + 1 + 16)/2). Channel 1 holds 2, 2, 2.
    let summary = SpectrumSummary([1, 2, 3, 2, 8, 2], channels: 2, examples: 2)
    #expect(summary.count == 3)
    #expect(summary.mean == [4, 2])
    expectClose(summary.deviation, [Double(13).squareRoot(), 0], relative: 1e-15)
    expectClose(summary.upper, [4 + Double(13).squareRoot(), 2], relative: 1e-15)
    expectClose(summary.lower, [4 - Double(13).squareRoot(), 2], relative: 1e-15)
    #expect(summary.examples == [[1, 2], [8, 2]])
  }

  @Test func `one spectrum has no spread, a value that is none makes no number`() {
    #expect(SpectrumSummary([1, 2], channels: 2, examples: 5).deviation == [0, 0])
    let broken = SpectrumSummary([1, .nan, 1, 4], channels: 2, examples: 0)
    #expect(broken.mean[0] == 1 && broken.mean[1].isNaN)
  }

  @Test func `chosen spectra are spread over the set`() {
    #expect(SpectrumSummary.evenlySpread(3, of: 11) == [0, 5, 10])
    #expect(SpectrumSummary.evenlySpread(75, of: 20) == Array(0..<20))
    #expect(SpectrumSummary.evenlySpread(75, of: 125).count == 75)
    #expect(Set(SpectrumSummary.evenlySpread(75, of: 76)).count == 75)
    #expect(SpectrumSummary.evenlySpread(1, of: 9) == [0])
    #expect(SpectrumSummary.evenlySpread(0, of: 9).isEmpty)
  }
}
