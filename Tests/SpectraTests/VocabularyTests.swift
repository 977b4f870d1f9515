import Spectra
import Testing

/// Axes, headers, images, labels and blocks: the worked example is 2 × 3 spectra of 5 channels.
struct VocabularyTests {
  private let header = SignalHeader(
    title: "example",
    axes: [
      .navigation("y", count: 2, scale: 0.5, units: "nm"),
      .navigation("x", count: 3, offset: 7),
      .energyLoss(UniformAxis(offset: 460, scale: 0.25, count: 5)),
    ])

  private var image: SpectrumImage {
    SpectrumImage(header: header, values: (0..<30).map(Float.init))
  }

  @Test func `coordinates follow from offset and scale`() {
    let axis = UniformAxis(offset: 460, scale: 0.25, count: 5)
    #expect(axis[0] == 460 && axis[4] == 461)
    #expect(axis.coordinates == [460, 460.25, 460.5, 460.75, 461])
    #expect(axis.cropped(to: 1..<4) == UniformAxis(offset: 460.25, scale: 0.25, count: 3))
  }

  @Test func `every kind of axis knows its count`() {
    let function = Axis(
      name: nil, units: nil, isNavigation: false,
      calibration: .function(
        expression: "a * x", parameters: ["a": 2], x: UniformAxis(offset: 0, scale: 1, count: 9)))
    let points = Axis(
      name: nil, units: nil, isNavigation: false, calibration: .points([1, 2, 4, 8]))
    #expect(function.count == 9 && function.uniform == nil)
    #expect(points.count == 4 && points.uniform == nil)
    #expect(Axis.navigation("x", count: 3).uniform == UniformAxis(offset: 0, scale: 1, count: 3))
  }

  @Test func `a header tells navigation from signal`() {
    #expect(header.shape == [2, 3, 5])
    #expect(header.navigationShape == [2, 3])
    #expect(header.signalAxes.map(\.name) == ["Energy loss"])
    #expect(header.spectrumCount == 6 && header.channelCount == 5)
    #expect(header.energyAxis == UniformAxis(offset: 460, scale: 0.25, count: 5))
    #expect(header.navigationAxes.allSatisfy { !$0.isBinned } && header.axes[2].isBinned)
    let single = SignalHeader(title: "", axes: [header.axes[2]])
    #expect(single.spectrumCount == 1 && single.navigationShape.isEmpty)
    #expect(SignalHeader(title: "", axes: header.axes + [header.axes[2]]).energyAxis == nil)
  }

  @Test func `spectra lie one after the other, navigation row-major`() {
    // Spectrum 4 is y = 1, x = 1.
    #expect(Array(image.spectrum(4)) == [20, 21, 22, 23, 24])
    let block = image.read(2..<4)
    #expect(block.first == 2 && block.count == 2 && block.channels == 5)
    #expect(block.spectra == 2..<4)
    #expect(Array(block.spectrum(1)) == [15, 16, 17, 18, 19])
    #expect(image.preferredBlockCount == 6)
  }

  @Test(arguments: [1, 2, 4, 6]) func `an image filled block by block is the image`(size: Int) {
    var copy = SpectrumImage(filling: header)
    for first in stride(from: 0, to: 6, by: size) {
      copy.append(image.read(first..<min(first + size, 6)))
    }
    #expect(copy == image)
  }

  @Test func `a gap between blocks is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let axes = [
        Axis.navigation("x", count: 4), .energyLoss(UniformAxis(offset: 0, scale: 1, count: 1)),
      ]
      var image = SpectrumImage(filling: SignalHeader(title: "", axes: axes))
      image.append(Block(first: 1, count: 1, channels: 1, values: [1]))
    }
  }

  @Test func `labels count and list their spectra`() {
    let labels = Labels(
      classNames: ["core", "shell", "none"], values: [1, -1, 0, 1, 1, 0],
      axes: header.navigationAxes)
    #expect(labels.counts == [2, 3, 0])
    #expect(labels.spectra(ofClass: 1) == [0, 3, 4])
    #expect(labels.spectra(ofClass: 2).isEmpty)
  }

  @Test func `a label without a class name is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = Labels(classNames: ["core"], values: [0, 1], axes: [])
    }
  }

  @Test func `complex numbers do not fit a spectrum, all others do`() {
    let refused = ElementType.allCases.filter { !$0.isReal }
    #expect(refused == [.complex64, .complex128])
    #expect(ElementType(rawValue: "uint16") == .uint16)
  }
}
