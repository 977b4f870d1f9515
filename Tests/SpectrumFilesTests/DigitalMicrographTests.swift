import Foundation
import Spectra
import SpectrumFiles
import Testing

/// DigitalMicrograph files.
///
/// The fixtures are written by Tests/Interop/digital_micrograph.py, where
/// HyperSpy reads them, too.
@Suite struct DigitalMicrographTests {
  @Test(arguments: ["small.dm3", "small.dm4", "small_big_endian.dm3"])
  func spectrumImage(_ name: String) throws {
    let file = try SpectrumFile(reading: Fixture.path(name))
    #expect(file.format == .digitalMicrograph(version: name.hasSuffix("4") ? 4 : 3))
    #expect(file.warnings.isEmpty && file.signals.count == 1, "the thumbnail is no signal")
    let signal = try file.spectra()
    #expect(signal.header.shape == [3, 4, 20] && signal.header.elementType == .int16)
    #expect(signal.header.title == "small" && signal.header.signalType == "EELS")
    #expect(
      signal.header.axes == [
        .navigation("y", count: 3, scale: 0.5, offset: -1, units: "nm"),
        .navigation("x", count: 4, scale: 0.5, units: "nm"),
        .energyLoss(UniformAxis(offset: 350, scale: 0.25, count: 20)),
      ])
    // The number at energy e of pixel (y, x) is 1000 y + 100 x + e.
    for range in [0..<12, 0..<1, 3..<7, 5..<12] {
      let values = try signal.read(range).values
      let expected = range.flatMap { pixel in
        (0..<20).map { Float(1000 * (pixel / 4) + 100 * (pixel % 4) + $0) }
      }
      #expect(values == expected, "spectra \(range)")
      #expect(try signal.readDoubles(range) == expected.map(Double.init))
    }
  }

  @Test func metadata() throws {
    let signal = try SpectrumFile(reading: Fixture.path("small.dm3")).spectra()
    let metadata = signal.header.metadata
    #expect(metadata.number("Acquisition_instrument", "TEM", "beam_energy") == 200)
    #expect(metadata.number("Acquisition_instrument", "TEM", "convergence_angle") == 30)
    let detector = ["Acquisition_instrument", "TEM", "Detector", "EELS"]
    #expect(metadata[path: detector + ["collection_angle"]] == .real(33))
    #expect(metadata[path: detector + ["exposure"]] == .real(1.5), "three frames of half a second")
    #expect(metadata[path: detector + ["frame_number"]] == .integer(3))
    #expect(metadata.string("General", "date") == "2019-12-14")
    #expect(metadata.string("General", "time") == "15:14:24")
    #expect(metadata.string("Signal", "quantity") == "Intensity (Counts)")
  }

  @Test func tags() throws {
    let tags = try SpectrumFile(reading: Fixture.path("small.dm3")).spectra().header
      .originalMetadata
    #expect(
      tags["ApplicationBounds"]
        == .tuple([.integer(0), .integer(0), .integer(1065), .integer(1916)]))
    #expect(tags["Numbers"] == .list([.real(0.5), .real(-1.5), .real(2)]))
    #expect(tags["Empty"] == .list([]))
    #expect(tags["v12 of Å"] == .string("α–β"), "without the dot of v1.2")
    let colours = tags[path: ["DocumentObjectList", "TagGroup0", "Colours"]]
    #expect(
      colours
        == .list([
          .tuple([.integer(0), .integer(0), .integer(0)]),
          .tuple([.integer(257), .integer(-257), .integer(1)]),
        ]))
    let image = ["ImageList", "TagGroup0"]
    #expect(tags[path: image + ["UniqueID", "Data3"]] == .integer(4_294_967_295))
    let data = tags[path: image + ["ImageData", "Data", "size_bytes"]]
    #expect(data == .integer(480))
  }

  @Test func everythingIsWrittenOn() throws {
    let source = try SpectrumFile(reading: Fixture.path("small.dm4")).spectra()
    try Fixture.withPath("copy.hspy") { path in
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(source.header, carrying: source)
      try sink.append(source.read(0..<12))
      try writer.commit()
      #expect(writer.warnings.isEmpty)
      let copy = try SpectrumFile(reading: path).spectra()
      #expect(copy.header.axes == source.header.axes)
      #expect(try Fixture.all(copy) == Fixture.all(source))
      #expect(copy.header.metadata[path: ["General", "date"]] == .string("2019-12-14"))
      #expect(
        copy.header.originalMetadata[path: ["ImageList", "TagGroup0", "ImageTags"]]?.sorted
          == source.header.originalMetadata[path: ["ImageList", "TagGroup0", "ImageTags"]]?.sorted)
    }
  }

  /// Files with some bytes changed are read or refused in words, and at once; nothing crashes.
  @Test(arguments: ["small.dm3", "small.dm4", "small_big_endian.dm3"])
  func mutants(_ name: String) throws {
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: Fixture.path(name))))
    var state = name.utf8.reduce(7 as UInt64) { $0 &* 31 &+ UInt64($1) }
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var refused = 0
    var read = 0
    try Fixture.withPath("mutant.dm") { path in
      for round in 0..<400 {
        var bytes = whole
        switch round % 4 {
        case 0:
          bytes[random(bytes.count)] ^= 1 << random(8)
        case 1:
          for _ in 0..<(1 + random(8)) { bytes[random(bytes.count)] = UInt8(random(256)) }
        case 2:
          // Big-endian lengths: a whole number of 4 bytes becomes an extreme one.
          let place = random(bytes.count - 4)
          let extreme: [[UInt8]] = [[0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 1, 0, 0]]
          bytes.replaceSubrange(place..<place + 4, with: extreme[random(3)])
        default:
          bytes.removeLast(random(bytes.count - 16))
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do throws(SpectrumFileError) {
          let file = try SpectrumFile(reading: path)
          for signal in file.signals where signal.unreadable == nil {
            _ = try signal.read(0..<signal.header.spectrumCount)
          }
          read += 1
        } catch {
          #expect(error.description.hasPrefix(path) || error.description.contains(path))
          #expect(error.kind != .cannotRead, "\(error)")
          refused += 1
        }
      }
    }
    #expect(refused > 100 && read > 100, "\(refused) refused, \(read) read")
  }

  @Test func datesAreThoseOfTheCalendar() throws {
    // Through the one public door: a file whose date cannot be has none.
    let whole = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("small.dm3")))
    let text = Array("12/14/2019".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
    let place = try #require(whole.firstRange(of: Data(text)))
    let cases: [(String, String?)] = [
      ("02/29/2019", nil), ("02/29/2020", "2020-02-29"), ("13/13/2019", nil),
      ("2019-06-05", "2019-06-05"), ("05.06.2019", "2019-05-06"), ("25.06.2019", "2019-06-25"),
      ("5 Jun 2019", "2019-06-05"), ("yesterday!", nil),
    ]
    try Fixture.withPath("dated.dm3") { path in
      for (written, expected) in cases {
        let padded = written + String(repeating: " ", count: 10 - written.count)
        var bytes = whole
        bytes.replaceSubrange(
          place, with: padded.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        try bytes.write(to: URL(fileURLWithPath: path))
        let metadata = try SpectrumFile(reading: path).spectra().header.metadata
        #expect(metadata.string("General", "date") == expected, "\(written)")
      }
    }
  }
}

extension MetadataValue {
  /// The value with the members of its trees by name, for comparisons: HDF5 does not keep their order.
  fileprivate var sorted: MetadataValue {
    guard case .tree(let tree) = self else { return self }
    var result = MetadataTree()
    for (key, value) in tree.members.sorted(by: { $0.key < $1.key }) { result[key] = value.sorted }
    return .tree(result)
  }
}
