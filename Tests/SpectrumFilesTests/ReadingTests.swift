import Foundation
import HDF5
import Spectra
import SpectrumFiles
import TestSupport
import Testing

/// Every file in Fixtures, against what HyperSpy 2.5 reads in it.
struct ReadingTests {
  private static let names = [
    "axis_orders", "dual_hspy_nexus", "dual_with_cluster_labels_and_class_names", "filters",
    "hyperspy250_all_metadata_kinds", "hyperspy250_dataaxis", "hyperspy250_decomposition_cluster",
    "hyperspy250_funcaxis", "hyperspy250_labels", "hyperspy250_markers", "hyperspy250_model",
    "hyperspy250_ragged", "labels", "labels_of_another_shape", "labels_without_names",
    "more_metadata", "number_types", "several_spectra_and_labels", "version_1.0", "version_1.1",
    "version_2.1", "version_4.0",
  ]

  @Test func `HyperSpy's findings cover all files`() throws {
    #expect(try Set(Fixture.expected().keys) == Set(Self.names.map { "\($0).hspy" }))
  }

  @Test(arguments: names) func `signals are those of hs.load, in its order`(name: String) throws {
    let file = try SpectrumFile(reading: Fixture.path("\(name).hspy"))
    let expected = try #require(try Fixture.expected()["\(name).hspy"])
    try #require(file.signals.count == expected.count)
    for (signal, truth) in zip(file.signals, expected) {
      let header = signal.header
      let what = Comment(rawValue: "\(name): \(signal.name)")
      #expect(header.title == truth.title, what)
      #expect((header.signalType == "EELS") == (truth.kind == "EELSSpectrum"), what)
      let kinds = ["Signal1D": 1, "EELSSpectrum": 1, "ComplexSignal1D": 1, "Signal2D": 2]
      #expect(header.signalAxes.count == kinds[truth.kind] ?? 0, what)
      let ordered =
        truth.axes.filter(\.navigate) + truth.axes.filter { !$0.navigate }
      try #require(header.axes.count == ordered.count, what)
      for (axis, other) in zip(header.axes, ordered) {
        #expect(axis.name == other.name && axis.units == other.units, what)
        #expect(axis.isNavigation == other.navigate && axis.isBinned == other.binned, what)
        #expect(axis.count == other.size, what)
        if let coordinates = axis.coordinates {
          expectClose(coordinates, other.values, relative: 1e-15, absolute: 1e-300, "\(what)")
        } else {
          Issue.record("\(what) has an axis without coordinates")
        }
      }
      let type = ["bool", "rgba", "object"].contains(truth.dtype) ? nil : truth.dtype
      if let type { #expect(header.elementType.rawValue == type, what) }
    }
  }

  @Test(arguments: names) func `metadata are HyperSpy's`(name: String) throws {
    let file = try SpectrumFile(reading: Fixture.path("\(name).hspy"))
    let expected = try #require(try Fixture.expected()["\(name).hspy"])
    for (signal, truth) in zip(file.signals, expected) {
      let metadata = truth.metadata.differences(from: .tree(signal.header.metadata))
      #expect(metadata.isEmpty, "\(signal.name): \(metadata.joined(separator: "\n"))")
      let original = truth.originalMetadata.differences(
        from: .tree(signal.header.originalMetadata))
      #expect(original.isEmpty, "\(signal.name): \(original.joined(separator: "\n"))")
    }
  }

  @Test(arguments: names) func `data are HyperSpy's`(name: String) throws {
    let file = try SpectrumFile(reading: Fixture.path("\(name).hspy"))
    let expected = try #require(try Fixture.expected()["\(name).hspy"])
    for (signal, truth) in zip(file.signals, expected) {
      guard let digest = truth.digest else {
        #expect(signal.unreadable != nil, "\(signal.name)")
        continue
      }
      let values = try signal.readDoubles(0..<signal.header.spectrumCount)
      let weighted = values.enumerated().map { Double(($0 + 1) % 97) * $1 }
      expectClose(values.reduce(0, +), digest[0], relative: 1e-12, signal.name)
      expectClose(weighted.reduce(0, +), digest[1], relative: 1e-12, signal.name)
      let floats = try Fixture.all(signal)
      #expect(floats == values.map(Float.init), "\(signal.name)")
    }
  }

  @Test(arguments: [1, 2, 3, 5, 7, 11, 24])
  func `blocks of any size are the whole`(size: Int) throws {
    let file = try SpectrumFile(reading: Fixture.path("axis_orders.hspy"))
    for signal in file.signals {
      let whole = try Fixture.all(signal)
      var blocks: [Float] = []
      for first in stride(from: 0, to: signal.header.spectrumCount, by: size) {
        let range = first..<min(first + size, signal.header.spectrumCount)
        let block = try signal.read(range)
        #expect(block.spectra == range && block.channels == signal.header.channelCount)
        blocks += block.values
      }
      #expect(blocks == whole, "\(signal.name)")
    }
  }

  @Test func `an energy axis that comes first in the file comes last here`() throws {
    let file = try SpectrumFile(reading: Fixture.path("axis_orders.hspy"))
    let signal = try #require(file.signals.first { $0.name == "energy first" })
    #expect(signal.header.shape == [2, 3, 5] && signal.chunkShape == [2, 2, 2])
    #expect(signal.header.axes.map(\.name) == ["b", "c", "a"])
    #expect(signal.header.energyAxis == UniformAxis(offset: 0, scale: 0.5, count: 5))
  }

  @Test func `preferred blocks are whole rows of chunks`() throws {
    let file = try SpectrumFile(reading: Fixture.path("axis_orders.hspy"))
    for signal in file.signals {
      let row = signal.header.navigationShape.dropFirst().reduce(1, *)
      let count = signal.preferredBlockCount
      #expect(count % row == 0 && count >= 1 && count <= signal.header.spectrumCount)
    }
  }

  @Test func `any number of threads reads the same spectra`() throws {
    for name in ["axis_orders.hspy", "hyperspy250_all_metadata_kinds.hspy"] {
      let path = try Fixture.path(name)
      let files = try [1, 4].map { try SpectrumFile(reading: path, threads: $0) }
      for (one, several) in zip(files[0].signals, files[1].signals) where one.unreadable == nil {
        let count = one.header.spectrumCount
        for spectra in [0..<count, (count / 3)..<(count - count / 4)] {
          let (block, same) = (try one.read(spectra), try several.read(spectra))
          #expect(block.values.map(\.bitPattern) == same.values.map(\.bitPattern), "\(one.name)")
        }
      }
    }
  }

  @Test func `storage is described`() throws {
    let file = try SpectrumFile(reading: Fixture.path("hyperspy250_all_metadata_kinds.hspy"))
    let signal = try file.spectra()
    #expect(file.format.version == "3.3" && file.warnings.isEmpty)
    #expect(signal.chunkShape == [6, 5, 128] && signal.filters == ["shuffle", "gzip"])
    #expect(signal.byteCount == 6 * 5 * 128 * 4)
    #expect(signal.storedBytes > 0 && signal.storedBytes < 6 * 5 * 128 * 4)
  }

  @Test func `a newer version is read with a warning`() throws {
    let file = try SpectrumFile(reading: Fixture.path("version_4.0.hspy"))
    #expect(file.format.version == "4.0")
    #expect(file.warnings.count == 1 && file.warnings.first?.contains("4.0") == true)
  }

  @Test func `what is no array of real numbers is listed, and refused when read`() throws {
    let file = try SpectrumFile(reading: Fixture.path("number_types.hspy"))
    let unreadable = file.signals.filter { $0.unreadable != nil }
    #expect(unreadable.map(\.name) == ["complex", "rgba"])
    for signal in unreadable {
      let error = #expect(throws: SpectrumFileError.self) { try signal.read(0..<1) }
      #expect(error?.kind == .unsupported, "\(error?.message ?? "")")
    }
  }

  // MARK: Choosing

  @Test func `the spectra of a file are found`() throws {
    func spectra(_ name: String) throws -> String {
      try SpectrumFile(reading: Fixture.path(name)).spectra().name
    }
    #expect(try spectra("dual_hspy_nexus.hspy") == "synthetic_Mn")
    #expect(try spectra("labels.hspy") == "a spectra")
    #expect(try spectra("version_1.0.hspy") == "old")
    #expect(try spectra("hyperspy250_dataaxis.hspy") == "__unnamed__")
  }

  @Test func `counts with class names are spectra still`() throws {
    try Fixture.withPath("a.hspy") { path in
      let names = MetadataTree(["class_names": .list([.string("a")])])
      let header = SignalHeader(
        title: "counts",
        axes: [
          .navigation("x", count: 2), .energyLoss(UniformAxis(offset: 0, scale: 1, count: 3)),
        ], elementType: .uint16, metadata: MetadataTree(["Sample": .tree(names)]))
      let writer = try SpectrumFileWriter(writing: path)
      let values: [Float] = [0, 1, 2, 3, 4, 65535]
      try writer.addSpectra(header).append(Block(first: 0, count: 2, channels: 3, values: values))
      try writer.commit()
      let file = try SpectrumFile(reading: path)
      #expect(try file.spectra().name == "counts")
      #expect(throws: SpectrumFileError.self) { try file.labels() }
    }
  }

  @Test func `a declared size that is not stored is not believed`() throws {
    try Fixture.withPath("a.hspy") { path in
      let file = try File(creating: path)
      let group = try file.root.createGroup("Experiments").createGroup("huge")
      for name in ["metadata", "original_metadata", "axis-0", "axis-1"] {
        _ = try group.createGroup(name)
      }
      _ = try group.createDataset(
        "data", type: .float32, shape: [1 << 28, 1024], chunk: [16, 1024], deflate: 4)
      try file.close()
      let signal = try #require(try SpectrumFile(reading: path).signals.first)
      #expect(signal.byteCount == 1 << 40)
      let error = #expect(throws: SpectrumFileError.self) { try signal.read(0..<1) }
      #expect(error?.message.contains("not believed") == true)
    }
  }

  @Test(arguments: [
    ("several_spectra_and_labels.hspy", "a spectra, b spectra"),
    ("hyperspy250_labels.hspy", "labels, 6 × 5"), ("labels_without_names.hspy", "phases"),
    ("hyperspy250_ragged.hspy", "ragged"),
  ]) func `several or no spectra are named`(name: String, part: String) throws {
    let file = try SpectrumFile(reading: Fixture.path(name))
    let error = #expect(throws: SpectrumFileError.self) { try file.spectra() }
    #expect(error?.kind == .ambiguous && error?.message.contains(part) == true)
  }

  // MARK: Labels

  @Test func `labels have names, and -1 stays unlabelled`() throws {
    let file = try SpectrumFile(reading: Fixture.path("labels.hspy"))
    let labels = try #require(try file.labels(for: file.spectra()))
    #expect(labels.classNames == ["core", "shell", "none"])
    #expect(labels.axes.map(\.count) == [3, 4] && labels.values.count == 12)
    #expect(labels.values.contains(-1) && labels.values.reduce(0, +) == 8)
    #expect(try file.labels() == labels)
  }

  @Test func `a label image of another file serves`() throws {
    let spectra = try SpectrumFile(reading: Fixture.path("labels.hspy")).spectra()
    let file = try SpectrumFile(reading: Fixture.path("labels_without_names.hspy"))
    let labels = try file.labels(fitting: spectra.header)
    #expect(labels.classNames == ["class 0", "class 1", "class 2"])
    #expect(labels.axes == spectra.header.navigationAxes)
    #expect(try file.labels().values == labels.values)
    #expect(try file.labels().axes.allSatisfy { $0.isNavigation })
  }

  @Test func `labels of another shape are an error that names both`() throws {
    let file = try SpectrumFile(reading: Fixture.path("labels_of_another_shape.hspy"))
    let spectra = try file.spectra()
    for isOwn in [true, false] {
      let error = #expect(throws: SpectrumFileError.self) {
        _ = try isOwn ? file.labels(for: spectra) : file.labels(fitting: spectra.header)
      }
      #expect(error?.kind == .wrongShape)
      #expect(error?.message.contains("4 × 3") == true && error?.message.contains("3 × 4") == true)
    }
  }

  @Test func `several labels are named, none is nil`() throws {
    let file = try SpectrumFile(reading: Fixture.path("several_spectra_and_labels.hspy"))
    let error = #expect(throws: SpectrumFileError.self) { try file.labels(for: file.signals[1]) }
    #expect(error?.kind == .ambiguous && error?.message.contains("a labels, b labels") == true)
    let other = try SpectrumFile(reading: Fixture.path("version_1.0.hspy"))
    #expect(try other.labels(for: other.spectra()) == nil)
    #expect(throws: SpectrumFileError.self) { try other.labels() }
  }

  // MARK: NeXus

  @Test func `HyperSpy's own NeXus file has its metadata and axes`() throws {
    let file = try SpectrumFile(reading: Fixture.path("rosettasciio015_written.nxs"))
    #expect(file.format == .nexus(version: "") && file.warnings.isEmpty)
    let signal = try file.spectra()
    #expect(signal.header.title == "t" && signal.header.signalType == "EELS")
    #expect(signal.header.axes.map(\.name) == ["y", "x", "Energy loss"])
    #expect(signal.header.axes.map(\.isNavigation) == [true, true, false])
    let metadata = signal.header.metadata
    #expect(metadata.number("Acquisition_instrument", "TEM", "beam_energy") == 200)
    #expect(try Fixture.all(signal).count == 4 * 5 * 64)
  }

  // MARK: Errors

  @Test(arguments: [
    ("absent.hspy", SpectrumFileError.Kind.missing, "no such file"),
    ("not_hdf5.hspy", .notHDF5, "not an HDF5 file"), ("truncated.hspy", .truncated, "truncated"),
    ("hdf5_only.h5", .notHSPY, "no NXdata"),
    ("no_signal.hspy", .notHSPY, "no group in /Experiments holds data"),
    ("", .cannotRead, "folder"),
  ]) func `a file that is none says so`(
    name: String, kind: SpectrumFileError.Kind, part: String
  ) throws {
    let path = try Fixture.path(name)
    let error = #expect(throws: SpectrumFileError.self) { try SpectrumFile(reading: path) }
    #expect(error?.kind == kind && error?.message.contains(part) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(path) == true && error?.path == path)
  }
}
