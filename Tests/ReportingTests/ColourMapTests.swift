import Foundation
import Reporting
import TestSupport
import Testing

struct ColourMapTests {
  @Test func `is viridis as Matplotlib has it`() throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/viridis", withExtension: "json"))
    let reference = try JSONDecoder().decode([[Double]].self, from: Data(contentsOf: file))
    #expect(reference.count == 256)
    for (index, expected) in reference.enumerated() {
      let colour = ColourMap.colour(Double(index) / 255)
      expectClose(
        [colour.red, colour.green, colour.blue], expected, absolute: 0.02, "colour \(index)")
    }
  }

  @Test func `luminance rises all the way`() {
    let luminances = (0...2000).map { ColourMap.colour(Double($0) / 2000).luminance }
    #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 < $1 })
    #expect(luminances[0] < 0.02 && luminances[2000] > 0.75)
  }

  @Test func `luminance of the primary colours`() {
    expectClose(Colour.white.luminance, 1, absolute: 1e-12)
    expectClose(Colour(0, 1, 0).luminance, 0.7152, absolute: 1e-12)
    // Half the signal is 21.4 % of the light.
    expectClose(Colour(0.5, 0.5, 0.5).luminance, 0.2140, absolute: 1e-4)
  }

  @Test func `beyond the ends and not a number`() {
    #expect(ColourMap.colour(-3) == ColourMap.colour(0))
    #expect(ColourMap.colour(.infinity) == ColourMap.colour(1))
    #expect(ColourMap.colour(.nan) == .grey)
    #expect(Colour(1, 0.5, 0).packed == 0xFF8000)
  }
}
