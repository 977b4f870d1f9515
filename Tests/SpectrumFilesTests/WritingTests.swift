import Foundation
import Spectra
import SpectrumFiles
import TestSupport
import Testing

/// What is written is read again: header, data, labels, metadata of every kind.
struct WritingTests {
  private static let header = SignalHeader(
    title: "a synthetic/image",
    axes: [
      .navigation("y", count: 4, scale: 0.5, units: "nm"), .navigation("x", count: 3, offset: 7),
      .energyLoss(UniformAxis(offset: 460, scale: 0.25, count: 6)),
    ],
    metadata: MetadataTree([
      "General": .tree(MetadataTree(["title": .string("a synthetic/image")])),
      "Signal": .tree(MetadataTree(["signal_type": .string("EELS")])),
    ]))

  private static var image: SpectrumImage {
    SpectrumImage(header: header, values: (0..<72).map { Float($0) * 0.1 })
  }

  private static let labels = Labels(
    classNames: ["core", "Schale é"], values: [0, 1, -1, 1, 0, 0, 1, 1, 0, -1, 0, 1],
    axes: header.navigationAxes)

  @Test(arguments: [1, 2, 5, 12]) func `an image with labels comes back`(size: Int) throws {
    try Fixture.withPath("a.hspy") { path in
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(Self.header)
      for first in stride(from: 0, to: 12, by: size) {
        try sink.append(Self.image.read(first..<min(first + size, 12)))
      }
      #expect(sink.isComplete)
      try writer.addLabels(Self.labels, title: "the classes")
      try writer.commit()
      #expect(writer.warnings.isEmpty)

      let file = try SpectrumFile(reading: path)
      #expect(file.format.version == "3.3" && file.warnings.isEmpty)
      #expect(file.signals.map(\.name) == ["a_synthetic_image", "the_classes"])
      let spectra = try file.spectra()
      #expect(spectra.header == Self.header)
      #expect(try Fixture.all(spectra) == Self.image.values)
      #expect(spectra.chunkShape == [4, 3, 6])
      #expect(spectra.filters == ["shuffle", "gzip", "fletcher32"])
      #expect(try file.labels(for: spectra) == Self.labels)
      #expect(try file.labels() == Self.labels)
    }
  }

  @Test func `the number of spectra in a block does not change a byte`() throws {
    func bytes(_ size: Int) throws -> Data {
      try Fixture.withPath("a.hspy") { path in
        var header = Self.header
        header.axes[0] = .navigation("y", count: 90)
        header.axes[2] = .energyLoss(UniformAxis(offset: 460, scale: 0.25, count: 2048))
        let image = SpectrumImage(
          header: header, values: (0..<(90 * 3 * 2048)).map { Float($0 % 991) })
        let writer = try SpectrumFileWriter(writing: path)
        let sink = try writer.addSpectra(header)
        for first in stride(from: 0, to: 270, by: size) {
          try sink.append(image.read(first..<min(first + size, 270)))
        }
        try writer.commit()
        let signal = try SpectrumFile(reading: path).spectra()
        #expect(signal.chunkShape == [40, 3, 2048])
        #expect(try Fixture.all(signal) == image.values)
        return try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    let whole = try bytes(270)
    for size in [1, 119, 120, 121] { #expect(try bytes(size) == whole) }
  }

  @Test func `loadings do not depend on how they come`() throws {
    let header = SignalHeader(
      title: "t",
      axes: [
        .navigation("y", count: 900), .navigation("x", count: 700),
        .energyLoss(UniformAxis(offset: 0, scale: 1, count: 2)),
      ])
    func bytes(_ size: Int) throws -> Data {
      try Fixture.withPath("a.hspy") { path in
        let writer = try SpectrumFileWriter(writing: path)
        let sink = try writer.addSpectra(header, compression: .none)
        let results = try writer.addLearningResults(to: sink)
        let count = header.spectrumCount
        try sink.append(
          Block(
            first: 0, count: count, channels: 2, values: Array(repeating: 1, count: 2 * count)))
        for first in stride(from: 0, to: count, by: size) {
          let spectra = first..<min(first + size, count)
          try results.append(
            Block(
              first: first, count: spectra.count, channels: 3,
              values: spectra.flatMap { [$0 == 77 ? .nan : Float($0), 2, 3] }))
        }
        try results.finish(
          LearningResults(
            factors: [1, 0, 0, 1, 1, 1], count: 3, explainedVariance: [3, 2, 1],
            explainedVarianceRatio: [0.5, 0.3, 0.1, 0.01],
            channelWeights: [1, 2]))
        try writer.commit()
        let file = try SpectrumFile(reading: path)
        #expect(file.signals.count == 1)
        return try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    let whole = try bytes(header.spectrumCount)
    #expect(try bytes(256) == whole)
    #expect(try bytes(100_000) == whole)
  }

  @Test(arguments: [[1, 1, 600], [1, 30, 20], [600]])
  func `an image whose first axes have length 1 is not one block`(shape: [Int]) throws {
    try Fixture.withPath("a.hspy") { path in
      var header = Self.header
      header.axes =
        shape.map { .navigation("n\($0)", count: $0) }
        + [.energyLoss(UniformAxis(offset: 460, scale: 0.25, count: 12_000))]
      let image = SpectrumImage(header: header, values: (0..<7_200_000).map { Float($0 % 991) })
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(header)
      for first in stride(from: 0, to: 600, by: 7) {
        try sink.append(image.read(first..<min(first + 7, 600)))
      }
      try writer.commit()
      let signal = try SpectrumFile(reading: path).spectra()
      #expect(signal.preferredBlockCount < 400)
      var values: [Float] = []
      for first in stride(from: 0, to: 600, by: signal.preferredBlockCount) {
        values += try signal.read(first..<min(first + signal.preferredBlockCount, 600)).values
      }
      #expect(values == image.values)
    }
  }

  // MARK: Headers

  @Test func `lists, single spectra and three navigation axes`() throws {
    let energy = Axis.energyLoss(UniformAxis(offset: -5, scale: 0.1, count: 7))
    let shapes: [[Axis]] = [
      [energy], [.navigation("spectrum", count: 5), energy],
      [.navigation("z", count: 2), .navigation("y", count: 3), .navigation("x", count: 2), energy],
    ]
    for axes in shapes {
      let header = SignalHeader(title: "s", axes: axes)
      let signal = try roundTrip(header)
      #expect(signal.header.axes == axes)
    }
  }

  @Test func `axes without names or units, and not uniform ones`() throws {
    let points = Axis(
      name: nil, units: "eV", isNavigation: false, isBinned: true,
      calibration: .points([1, 2, 4, 8.5]))
    let function = Axis(
      name: "E", units: nil, isNavigation: false,
      calibration: .function(
        expression: "a * x**2 + b", parameters: ["a": 2, "b": -0.5],
        x: UniformAxis(offset: 1, scale: 0.1, count: 4)))
    for axis in [points, function] {
      var unnamed = Axis.navigation("n", count: 3)
      unnamed.name = nil
      let signal = try roundTrip(SignalHeader(title: "", axes: [unnamed, axis]))
      #expect(signal.header.axes == [unnamed, axis])
      #expect(signal.name == "spectra" && signal.header.title.isEmpty)
    }
  }

  @Test(arguments: ElementType.allCases.filter(\.isReal))
  func `numbers keep their type`(type: ElementType) throws {
    var header = Self.header
    header.elementType = type
    let values = (0..<72).map { Float(type == .bool ? $0 % 2 : $0) }
    let signal = try roundTrip(header, values)
    #expect(signal.header.elementType == type)
  }

  @Test func `Float64 keeps its digits`() throws {
    try Fixture.withPath("a.hspy") { path in
      var header = Self.header
      header.elementType = .float64
      let values = (0..<72).map { 1 / Double($0 + 3) }
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(header)
      try sink.append(doubles: Array(values[..<18]))
      try sink.append(doubles: Array(values[18...]))
      try writer.commit()
      #expect(try SpectrumFile(reading: path).spectra().readDoubles(0..<12) == values)
    }
  }

  @Test(arguments: [
    (ElementType.uint8, Float(256)), (.int16, 0.5), (.uint16, -1), (.int8, .nan), (.float16, 1e5),
  ])
  func `a number that does not fit is refused`(type: ElementType, value: Float) throws {
    try Fixture.withPath("a.hspy") { path in
      var header = Self.header
      header.elementType = type
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(header)
      let block = Block(
        first: 0, count: 1, channels: 6, values: [0, 1, value, 3, 4, 5])
      let error = #expect(throws: SpectrumFileError.self) { try sink.append(block) }
      #expect(error?.kind == .unsupported && error?.message.contains(type.rawValue) == true)
    }
  }

  // MARK: Metadata

  private static let kinds = MetadataTree([
    "bool": .bool(true), "bytes": .bytes([97, 0, 98]), "cplx": .complex(real: 1, imaginary: -2),
    "empty list": .list([]), "empty tuple": .tuple([]), "int": .integer(1 << 62 + 1),
    "none": .none, "real": .real(0.1), "text": .string("é µm"),
    "array": .array(shape: [2, 2], values: [0.1, 2, 3, 4]),
    "integers": .integerArray(shape: [3], values: [1 << 60 + 1, 2, -3]),
    "list of bool": .list([.bool(true), .bool(false)]),
    "list of int": .list([.integer(3), .integer(4)]),
    "list of text": .list([.string("a"), .string("bé")]),
    "long": .list((0..<12).map { $0 % 2 == 0 ? .integer(Int64($0)) : .string("\($0)") }),
    "mixed": .tuple([.integer(1), .real(2.5), .none, .list([.integer(1)]), .tuple([.real(2)])]),
    "tree": .tree(MetadataTree(["a": .integer(1), "b": .tree(MetadataTree())])),
    "trees": .list([.tree(MetadataTree(["a": .integer(1)])), .tree(MetadataTree())]),
  ])

  @Test func `every kind of metadata comes back`() throws {
    var header = Self.header
    header.metadata["Test"] = .tree(Self.kinds)
    header.originalMetadata = Self.kinds
    let signal = try roundTrip(header)
    #expect(Self.sorted(signal.header.metadata) == Self.sorted(header.metadata))
    #expect(Self.sorted(signal.header.originalMetadata) == Self.sorted(header.originalMetadata))
  }

  @Test(arguments: [
    "hyperspy250_all_metadata_kinds", "more_metadata", "hyperspy250_markers", "version_1.0",
    "version_2.1", "labels", "dual_hspy_nexus",
  ]) func `metadata are carried over`(name: String) throws {
    try Fixture.withPath("a.hspy") { path in
      let source = try SpectrumFile(reading: Fixture.path("\(name).hspy")).spectra()
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(source.header, carrying: source)
      try sink.append(source.read(0..<source.header.spectrumCount))
      try writer.commit()
      #expect(writer.warnings.isEmpty)
      let copy = try SpectrumFile(reading: path).spectra()
      var expected = source.header.metadata
      // In files of today the axes say it.
      if name == "version_2.1" {
        #expect(expected[path: ["Signal", "binned"]] != nil)
        expected[path: ["Signal", "binned"]] = nil
      }
      let isSame = Self.sorted(copy.header.metadata) == Self.sorted(expected)
      // NaN is not equal to itself; what is carried says so in the interoperability tests.
      #expect(isSame || name == "more_metadata")
      #expect(copy.header.originalMetadata == source.header.originalMetadata)
      #expect(copy.header.axes == source.header.axes)
      #expect(try Fixture.all(copy) == Fixture.all(source))
    }
  }

  @Test func `what the header says otherwise is changed, added and removed`() throws {
    try Fixture.withPath("a.hspy") { path in
      let source = try SpectrumFile(
        reading: Fixture.path("hyperspy250_all_metadata_kinds.hspy")
      ).spectra()
      var header = source.header
      header.title = "another"
      header.metadata[path: ["General", "title"]] = .string("another")
      header.metadata[path: ["Test", "int"]] = .list([.integer(1)])
      header.metadata[path: ["Test", "listlist"]] = .real(0.5)
      header.metadata[path: ["Test", "emptylist"]] = nil
      header.metadata[path: ["Test", "sig"]] = nil
      header.metadata[path: ["eels_dag", "steps"]] = .list([.string("crop")])
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(header, carrying: source)
      try sink.append(source.read(0..<30))
      try writer.commit()
      let copy = try SpectrumFile(reading: path).spectra()
      #expect(copy.header.title == "another" && copy.name == "another")
      #expect(Self.sorted(copy.header.metadata) == Self.sorted(header.metadata))
    }
  }

  @Test func `what only its own file can carry is named`() throws {
    try Fixture.withPath("a.hspy") { path in
      let source = try SpectrumFile(
        reading: Fixture.path("hyperspy250_all_metadata_kinds.hspy")
      ).spectra()
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(source.header)
      try sink.append(source.read(0..<30))
      try writer.commit()
      #expect(writer.warnings.count == 2)
      #expect(writer.warnings.contains { $0.contains("Test/sig (signal)") })
      #expect(writer.warnings.contains { $0.contains("Test/strarr") })
    }
  }

  private static func sorted(_ tree: MetadataTree) -> MetadataTree {
    var result = MetadataTree()
    for (key, value) in tree.members.sorted(by: { $0.key < $1.key }) { result[key] = sorted(value) }
    return result
  }

  private static func sorted(_ value: MetadataValue) -> MetadataValue {
    switch value {
    case .tree(let tree): .tree(sorted(tree))
    case .list(let members): .list(members.map(sorted))
    case .tuple(let members): .tuple(members.map(sorted))
    default: value
    }
  }

  // MARK: Maps and labels

  @Test func `maps are neither spectra nor labels`() throws {
    try Fixture.withPath("a.hspy") { path in
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(Self.header)
      try sink.append(Self.image.read(0..<12))
      let flags = (0..<12).map { Int32($0 * 1_000_003) }
      try writer.addMap(title: "quality", values: flags, axes: Self.header.navigationAxes)
      try writer.addMap(
        title: "quality", values: [Float](repeating: .nan, count: 12),
        axes: Self.header.navigationAxes,
        metadata: MetadataTree(["Signal": .tree(MetadataTree(["quantity": .string("thickness")]))]))
      try writer.commit()
      let file = try SpectrumFile(reading: path)
      #expect(file.signals.map(\.name) == ["a_synthetic_image", "quality", "quality_2"])
      #expect(try file.labels(for: file.spectra()) == nil)
      let quality = file.signals[1]
      #expect(quality.header.elementType == .int32 && quality.header.signalAxes.isEmpty)
      #expect(try quality.readDoubles(0..<12) == flags.map(Double.init))
      #expect(file.signals[2].header.metadata.string("Signal", "quantity") == "thickness")
      #expect(try Fixture.all(file.signals[2]).allSatisfy(\.isNaN))
    }
  }

  @Test func `labels alone, and of a single spectrum`() throws {
    try Fixture.withPath("labels.hspy") { path in
      let writer = try SpectrumFileWriter(writing: path)
      try writer.addLabels(
        Labels(classNames: ["one"], values: [0], axes: []), title: "labels")
      try writer.commit()
      let labels = try SpectrumFile(reading: path).labels()
      #expect(labels.values == [0] && labels.axes.map(\.count) == [1])
      let single = SignalHeader(title: "s", axes: [Self.header.axes[2]])
      #expect(try SpectrumFile(reading: path).labels(fitting: single).axes.isEmpty)
    }
  }

  @Test(arguments: [([0, 1, 2, 0], "only 2 class names"), ([0, -2, 1, 0], "from -2 to 1")])
  func `numbers that are no labels say so`(values: [Float], part: String) throws {
    try Fixture.withPath("a.hspy") { path in
      let names = MetadataTree(["class_names": .list([.string("a"), .string("b")])])
      let header = SignalHeader(
        title: "labels", signalType: "", axes: [.navigation("x", count: 4)], elementType: .int16,
        metadata: MetadataTree(["Sample": .tree(names)]))
      let writer = try SpectrumFileWriter(writing: path)
      try writer.addSpectra(header).append(Block(first: 0, count: 4, channels: 1, values: values))
      try writer.commit()
      let file = try SpectrumFile(reading: path)
      let error = #expect(throws: SpectrumFileError.self) { try file.labels() }
      #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
  }

  // MARK: Atomicity

  @Test func `nothing changes before the commit`() throws {
    try Fixture.withPath("a.hspy") { path in
      let old = Data("the only copy".utf8)
      try old.write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      let writer = try SpectrumFileWriter(writing: path)
      let sink = try writer.addSpectra(Self.header)
      try sink.append(Self.image.read(0..<12))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == old)
      let neighbours = try Fixture.neighbours(of: path)
      #expect(neighbours.count == 2)
      #expect(neighbours.first?.hasPrefix(".a.hspy.partial-") == true)
      #expect(neighbours.first?.contains("-\(getpid())-") == true)
      try writer.commit()
      #expect(try Fixture.neighbours(of: path) == ["a.hspy"])
      #expect(try SpectrumFile(reading: path).spectra().header == Self.header)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
      #expect(mode as? Int == 0o640)
    }
  }

  @Test func `what a killed process left goes, what may be at work stays`() throws {
    try Fixture.withPath("a.hspy") { path in
      let writer = try SpectrumFileWriter(writing: path)
      let own = try #require(try Fixture.neighbours(of: path).first)
      let gone = Process()
      gone.executableURL = URL(fileURLWithPath: "/bin/sh")
      gone.arguments = ["-c", "exit 0"]
      try gone.run()
      gone.waitUntilExit()
      let left = own.replacing("-\(getpid())-", with: "-\(gone.processIdentifier)-")
      let parts = own.split(separator: "-")
      let elsewhere = "\(parts[0])-\(parts[1])x-\(gone.processIdentifier)-1"
      let others = [elsewhere, left.replacing(".a.", with: ".b."), "\(left)-1", "a.hspy.partial"]
      let folder = (path as NSString).deletingLastPathComponent
      for name in others + [left] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let second = try SpectrumFileWriter(writing: path)
      let names = Set(try Fixture.neighbours(of: path))
      #expect(!names.contains(left) && names.isSuperset(of: others + [own]))
      #expect(names.count == others.count + 2)
      second.discard()
      writer.discard()
    }
  }

  @Test func `discarding and forgetting leave nothing`() throws {
    try Fixture.withPath("a.hspy") { path in
      let discarded = try SpectrumFileWriter(writing: path)
      _ = try discarded.addSpectra(Self.header)
      #expect(try Fixture.neighbours(of: path).count == 1)
      discarded.discard()
      #expect(try Fixture.neighbours(of: path).isEmpty)
      do {
        let forgotten = try SpectrumFileWriter(writing: path)
        let sink = try forgotten.addSpectra(Self.header)
        try sink.append(Self.image.read(0..<3))
      }
      #expect(try Fixture.neighbours(of: path).isEmpty)
    }
  }

  @Test func `an unfinished signal is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("unfinished.hspy")
      let writer = try SpectrumFileWriter(writing: path.path)
      defer { writer.discard() }
      _ = try writer.addSpectra(Self.header)
      SpectrumFileWriter.removeTemporaryFiles()
      try writer.commit()
    }
  }

  @Test func `a symbolic link stays one`() throws {
    try Fixture.withPath("a.hspy") { path in
      let link = path + ".link"
      try Data().write(to: URL(fileURLWithPath: path))
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      let writer = try SpectrumFileWriter(writing: link)
      try writer.addSpectra(Self.header).append(Self.image.read(0..<12))
      try writer.commit()
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
      #expect(try SpectrumFile(reading: path).signals.count == 1)
    }
  }

  @Test func `a folder that is not there, or stands in the file's place, says so`() throws {
    try Fixture.withPath("a.hspy") { path in
      let missing = #expect(throws: SpectrumFileError.self) {
        try SpectrumFileWriter(writing: path + "/x/y.hspy")
      }
      #expect(missing?.kind == .cannotWrite, "\(missing?.message ?? "")")
      let folder = (path as NSString).deletingLastPathComponent
      let named = #expect(throws: SpectrumFileError.self) {
        try SpectrumFileWriter(writing: folder)
      }
      #expect(named?.kind == .cannotWrite, "\(named?.message ?? "")")
    }
  }

  @Test func `a protected file and what is no file are not replaced`() throws {
    try Fixture.withPath("a.hspy") { path in
      try Data("the only copy".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
      #expect(mkfifo(path + ".pipe", 0o600) == 0)
      for (name, part) in [(path, "write-protected"), (path + ".pipe", "ordinary"), ("", "empty")] {
        let error = #expect(throws: SpectrumFileError.self) {
          try SpectrumFileWriter(writing: name)
        }
        #expect(error?.kind == .cannotWrite && error?.message.contains(part) == true)
      }
      #expect(try Fixture.neighbours(of: path) == ["a.hspy", "a.hspy.pipe"])
    }
  }

  @Test func `a signal handler can remove the temporary files`() async {
    await #expect(processExitsWith: .success) {
      try Fixture.withPath("a.hspy") { path in
        SpectrumFileWriter.removeTemporaryFiles()
        let writers = try (0..<3).map { try SpectrumFileWriter(writing: path + "\($0)") }
        try #require(try Fixture.neighbours(of: path).count == 3)
        SpectrumFileWriter.removeTemporaryFiles()
        try #require(try Fixture.neighbours(of: path).isEmpty)
        for writer in writers { writer.discard() }
      }
    }
  }

  @Test func `a file that outgrows its limit leaves the old one`() async {
    await #expect(processExitsWith: .success) {
      try Fixture.withPath("a.hspy") { path in
        let old = Data("the only copy".utf8)
        try old.write(to: URL(fileURLWithPath: path))
        // As on a full disk: writing beyond 50 kB fails.
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        var header = Self.header
        header.axes[2] = .energyLoss(UniformAxis(offset: 0, scale: 1, count: 20_000))
        let noise = (0..<240_000).map { Float(($0 &* 2_654_435_761) % 1_000_003) }
        let error = #expect(throws: SpectrumFileError.self) {
          let writer = try SpectrumFileWriter(writing: path)
          try writer.addSpectra(header).append(
            Block(first: 0, count: 12, channels: 20_000, values: noise))
          try writer.commit()
        }
        try #require(error?.kind == .noSpace || error?.kind == .cannotWrite)
        try #require(try Data(contentsOf: URL(fileURLWithPath: path)) == old)
        try #require(try Fixture.neighbours(of: path) == ["a.hspy"])
      }
    }
  }

  // MARK: Digests

  @Test func `digests are those of FIPS 180`() throws {
    try Fixture.withPath("a") { path in
      let url = URL(fileURLWithPath: path)
      try Data().write(to: url)
      #expect(
        try FileDigest.sha256(ofFile: path)
          == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
      try Data("abc".utf8).write(to: url)
      #expect(
        try FileDigest.sha256(ofFile: path)
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      try Data(repeating: 0x61, count: 1_000_000).write(to: url)
      #expect(
        try FileDigest.sha256(ofFile: path)
          == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
      let error = #expect(throws: SpectrumFileError.self) {
        try FileDigest.sha256(ofFile: path + "x")
      }
      #expect(error?.kind == .missing)
    }
  }

  /// Writes a signal and reads it again.
  private func roundTrip(_ header: SignalHeader, _ values: [Float]? = nil) throws -> StoredSignal {
    try Fixture.withPath("a.hspy") { path in
      let count = header.spectrumCount * header.channelCount
      let image = SpectrumImage(header: header, values: values ?? (0..<count).map(Float.init))
      let writer = try SpectrumFileWriter(writing: path)
      try writer.addSpectra(header).append(image.read(0..<header.spectrumCount))
      try writer.commit()
      let signal = try #require(try SpectrumFile(reading: path).signals.first)
      #expect(try Fixture.all(signal) == image.values)
      return signal
    }
  }
}
