import Foundation
import HDF5
import Spectra
import SpectrumFiles
import Testing

/// Files go to NeXus and come back; Tests/Interop/test_convert.py looks at the same in HyperSpy.
struct ConversionTests {
  private static func convert(
    _ path: String, to output: String, signal: String? = nil, threads: Int = 1
  ) throws -> FileConversion {
    let file = try SpectrumFile(reading: path, threads: threads, signal: signal)
    return try FileConversion(
      file, writing: output, onlySpectra: signal != nil, creator: "test", threads: threads)
  }

  @Test(arguments: ["hyperspy250_all_metadata_kinds", "more_metadata", "version_1.0", "labels"])
  func `what is read from NeXus is what was read from HSPY`(name: String) throws {
    try Fixture.withPath("a.nxs") { path in
      let source = try Fixture.path("\(name).hspy")
      let conversion = try Self.convert(source, to: path)
      #expect(conversion.losses.isEmpty && conversion.format == .nexus(version: ""))
      let (before, after) = (try SpectrumFile(reading: source), try SpectrumFile(reading: path))
      #expect(after.signals.map(\.name) == before.signals.map(\.name))
      for (a, b) in zip(before.signals, after.signals) {
        // NaN differs from itself; the description does not.
        #expect("\(a.header)" == "\(b.header)")
        if a.unreadable == nil {
          let (left, right) = (try Fixture.all(a), try Fixture.all(b))
          #expect(left == right)
        }
      }
    }
  }

  @Test func `names come back, whatever they look like`() throws {
    let names = [
      "plain", "axis-0", "0", "_u2d_", "_u", "a_u", "a_uff_-", "-u", "with space", "µ", "中",
      "dotted.name", "_", "__", "u", "_list_2_x", "NX_class", "😀", "a_u5f_u2d_b", "a-b",
    ]
    try Fixture.withPath("a.hspy") { path in
      var tree = MetadataTree()
      for (index, name) in names.enumerated() {
        tree[name] = .integer(Int64(index))
        tree["g" + name] = .tree(MetadataTree())
        tree[path: ["b" + name, name]] = .array(shape: [2], values: [1, Double(index)])
      }
      let header = SignalHeader(
        title: "t", axes: [.energyLoss(UniformAxis(offset: 0, scale: 1, count: 2))],
        originalMetadata: tree)
      let writer = try SpectrumFileWriter(writing: path)
      try writer.addSpectra(header).append(
        Block(first: 0, count: 1, channels: 2, values: [1, 2]))
      try writer.commit()
      _ = try Self.convert(path, to: path + ".nxs")
      _ = try Self.convert(path + ".nxs", to: path + ".h5")
      var expected = try SpectrumFile(reading: path).spectra().header.originalMetadata
      for ending in [".nxs", ".h5"] {
        let found = try SpectrumFile(reading: path + ending).spectra().header.originalMetadata
        #expect(Set(found.members.map(\.key)) == Set(expected.members.map(\.key)))
        for (key, value) in expected.members { #expect(found[key] == value, "\(key)") }
      }
      expected[names[0]] = nil
      let nexus = try File(opening: path + ".nxs").root.group("entry/hyperspy/original_metadata")
      let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
      for name in try nexus.members.map(\.name) + nexus.attributes().map(\.name) {
        #expect(name.allSatisfy(allowed.contains) && name.first?.isNumber == false, "\(name)")
      }
    }
  }

  @Test func `the number of threads does not change a byte`() throws {
    try Fixture.withPath("a.h5") { path in
      let file = try File(creating: path)
      let group = try file.root.createGroup("data")
      try group.setFixedAttribute("NX_class", "NXdata")
      try group.setFixedAttribute("signal", "counts")
      let data = try group.createDataset("counts", type: .float32, shape: [90, 3, 2048])
      try data.write((0..<(90 * 3 * 2048)).map { Float($0 % 991) })
      try file.close()
      let digests = try [1, 2, 5].map { threads in
        _ = try Self.convert(path, to: path + ".hspy", threads: threads)
        return try FileDigest.sha256(ofFile: path + ".hspy")
      }
      #expect(Set(digests).count == 1)
      let signal = try SpectrumFile(reading: path + ".hspy").spectra()
      #expect(signal.chunkShape == [40, 3, 2048] && signal.filters.contains("fletcher32"))
    }
  }

  @Test func `nothing is written when the input cannot be read to its end`() throws {
    try Fixture.withPath("a.nxs") { path in
      #expect(throws: SpectrumFileError.self) {
        try Self.convert(Fixture.path("truncated.hspy"), to: path)
      }
      let neighbours = try Fixture.neighbours(of: path)
      #expect(neighbours.isEmpty)
    }
  }
}
