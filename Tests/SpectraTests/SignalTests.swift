import Spectra
import Testing

@Suite struct SignalTests {
  private let header = SignalHeader(
    title: "image",
    axes: [
      .navigation("y", count: 2, units: "nm"), .navigation("x", count: 3, units: "nm"),
      .energyLoss(UniformAxis(offset: 620, scale: 0.5, count: 5)),
    ])

  @Test func headerCountsSpectraAndChannels() {
    #expect(header.shape == [2, 3, 5])
    #expect(header.navigationShape == [2, 3])
    #expect(header.spectrumCount == 6)
    #expect(header.channelCount == 5)
    #expect(header.energyAxis == UniformAxis(offset: 620, scale: 0.5, count: 5))
  }

  @Test func aSingleSpectrumHasNoNavigationShape() {
    let single = SignalHeader(
      title: "one", axes: [.energyLoss(UniformAxis(offset: 0, scale: 1, count: 4))])
    #expect(single.navigationShape.isEmpty)
    #expect(single.spectrumCount == 1)
  }

  @Test(arguments: [1, 2, 4, 6])
  func blocksPutTogetherGiveTheImage(_ size: Int) {
    let image = SpectrumImage(header: header, values: (0..<30).map(Float.init))
    var copy = SpectrumImage(filling: header)
    for first in stride(from: 0, to: 6, by: size) {
      copy.append(image.read(first..<min(first + size, 6)))
    }
    #expect(copy == image)
    #expect(Array(copy.spectrum(4)) == [20, 21, 22, 23, 24])
  }

  @Test func labelsCountTheirClasses() {
    let labels = Labels(
      classNames: ["core", "shell"], values: [0, 1, -1, 1, 1, 0], axes: header.navigationAxes)
    #expect(labels.counts == [2, 3])
    #expect(labels.spectra(ofClass: 1) == [1, 3, 4])
  }

  @Test func croppingAnAxisKeepsItsEnergies() {
    let axis = UniformAxis(offset: 620, scale: 0.5, count: 100)
    let cropped = axis.cropped(to: 10..<30)
    #expect(cropped == UniformAxis(offset: 625, scale: 0.5, count: 20))
    #expect(cropped.coordinates.last == axis[29])
  }
}
