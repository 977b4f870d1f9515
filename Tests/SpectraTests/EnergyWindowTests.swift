import Foundation
import Spectra
import Testing

struct EnergyWindowTests {
  private struct Case: Decodable {
    var offset: Double
    var scale: Double
    var count: Int
    var lower: Double
    var upper: Double
    var first: Int
    var end: Int
  }

  @Test func `selects the channels that HyperSpy's isig selects`() throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/isig", withExtension: "json"))
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    #expect(cases.count == 35)
    for item in cases {
      let axis = UniformAxis(offset: item.offset, scale: item.scale, count: item.count)
      let window = try #require(EnergyWindow(lower: item.lower, upper: item.upper))
      #expect(window.channels(of: axis) == item.first..<item.end, "\(window) of \(axis)")
    }
  }

  @Test func `is clipped to the axis`() throws {
    let axis = UniformAxis(offset: 460, scale: 0.25, count: 40)
    #expect(EnergyWindow("400:465")?.channels(of: axis) == 0..<20)
    #expect(EnergyWindow("465:900")?.channels(of: axis) == 20..<40)
    #expect(EnergyWindow("100:200")?.channels(of: axis).isEmpty == true)
    #expect(EnergyWindow("500:600")?.channels(of: axis).isEmpty == true)
    #expect(EnergyWindow("-inf:600") == nil)
  }

  @Test func `falling axes give rising channels`() {
    let axis = UniformAxis(offset: 470, scale: -0.5, count: 21)
    #expect(EnergyWindow("461:465")?.channels(of: axis) == 10..<18)
  }

  @Test(arguments: ["", "5", "5:", ":5", "7:5", "5:5", "a:b", "1:2:3", "nan:5", "1;2"])
  func `refuses what is not A:B with A below B`(text: String) {
    #expect(EnergyWindow(text) == nil)
  }

  @Test(arguments: ["590:620", "-5:0.25", "460.5:1e+20"])
  func `its description is read back as the same window`(text: String) {
    #expect(EnergyWindow(text)?.description == text)
  }
}
