import Spectra
import Testing

@Suite struct EnergyWindowTests {
  let axis = UniformAxis(offset: 460, scale: 0.25, count: 1360)

  @Test func readsTwoNumbers() throws {
    let window = try #require(EnergyWindow("465:525.5"))
    #expect(window.lower == 465)
    #expect(window.upper == 525.5)
    #expect(window.description == "465:525.5")
  }

  @Test(arguments: ["", "465", "465:", ":525", "525:465", "465:465", "a:b", "1:2:3", "nan:5"])
  func refusesWhatIsNoWindow(_ text: String) {
    #expect(EnergyWindow(text) == nil)
  }

  @Test func selectsChannelsUpToNotIncludingTheUpperLimit() throws {
    // 465 eV is channel (465 − 460) / 0.25 = 20, 470 eV channel 40.
    let window = try #require(EnergyWindow(lower: 465, upper: 470))
    #expect(window.channels(of: axis) == 20..<40)
  }

  @Test func isClippedToTheAxis() throws {
    let window = try #require(EnergyWindow(lower: 0, upper: 10_000))
    #expect(window.channels(of: axis) == 0..<1360)
  }

  @Test func worksOnADescendingAxis() throws {
    let descending = UniformAxis(offset: 100, scale: -1, count: 50)
    let window = try #require(EnergyWindow(lower: 80, upper: 90))
    #expect(window.channels(of: descending) == 10..<20)
  }
}
