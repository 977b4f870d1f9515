import Spectra
import SpectrumFiles

/// What `info` says about a file; its JSON form is described by `Schemas/info.schema.json`.
struct FileReport: Codable {
  /// One axis.
  struct AxisReport: Codable {
    var name: String?
    var units: String?
    /// `navigation` or `signal`.
    var role: String
    /// `uniform`, `points` or `function`.
    var kind: String
    var size: Int
    /// The coordinates of the first and the last channel; absent for a function.
    var first: Double?
    var last: Double?
    /// The distance of neighbouring channels; absent where it is not one number.
    var scale: Double?
    var isBinned: Bool
  }

  /// One class of a label array.
  struct ClassReport: Codable {
    var name: String
    var spectra: Int
  }

  /// One signal.
  struct SignalReport: Codable {
    var name: String
    var title: String
    /// HyperSpy's signal type, for example `EELS`.
    var signalType: String
    /// The sizes in array order.
    var shape: [Int]
    var elementType: String
    var axes: [AxisReport]
    /// The shape of the file's chunks; absent when the data are stored in one piece.
    var chunks: [Int]?
    var filters: [String]
    var bytes: UInt64
    var storedBytes: UInt64
    /// The classes, for a label array.
    var classes: [ClassReport]?
    /// The number of spectra without a class, for a label array.
    var unlabelled: Int?
    var metadata: JSONValue
    var originalMetadata: JSONValue
    /// The provenance record (`Schemas/provenance.schema.json`), where there is one.
    var provenance: JSONValue?
  }

  /// The file's name as it was given.
  var file: String
  /// The format and its version, for example `HSPY 3.3`.
  var format: String
  var bytes: UInt64
  var signals: [SignalReport]
  var warnings: [String]

  /// Reads what there is to say.
  init(_ file: SpectrumFile) throws {
    self.file = file.path
    format = "\(file.format)"
    bytes = FilePath.size(file.path)
    var warnings = file.warnings
    signals = try file.signals.map { signal in
      try SignalReport(signal, labels: Self.labels(signal, &warnings))
    }
    self.warnings = warnings
  }

  /// The labels in a label array; an array that could be one and is none is worth a warning.
  private static func labels(_ signal: StoredSignal, _ warnings: inout [String]) throws -> Labels? {
    guard signal.isLabelArray else { return nil }
    do {
      return try signal.labels(axes: signal.header.axes)
    } catch let error where [.unsupported, .wrongShape].contains(error.kind) {
      warnings.append(error.description)
      return nil
    }
  }
}

extension FileReport.SignalReport {
  init(_ signal: StoredSignal, labels: Labels?) {
    let header = signal.header
    self.init(
      name: signal.name, title: header.title, signalType: header.signalType, shape: header.shape,
      elementType: header.elementType.rawValue, axes: header.axes.map(FileReport.AxisReport.init),
      chunks: signal.chunkShape, filters: signal.filters, bytes: UInt64(signal.byteCount),
      storedBytes: signal.storedBytes,
      classes: labels.map { labels in
        zip(labels.classNames, labels.counts).map { .init(name: $0, spectra: $1) }
      },
      unlabelled: labels.map { $0.values.count { $0 < 0 } },
      metadata: JSONValue(header.metadata), originalMetadata: JSONValue(header.originalMetadata),
      provenance: Provenance.record(in: header.metadata))
  }
}

extension FileReport.AxisReport {
  init(_ axis: Axis) {
    self.init(
      name: axis.name, units: axis.units, role: axis.isNavigation ? "navigation" : "signal",
      kind: "uniform", size: axis.count, isBinned: axis.isBinned)
    switch axis.calibration {
    case .uniform(let uniform):
      scale = uniform.scale
      first = uniform.offset
      last = uniform[max(uniform.count - 1, 0)]
    case .points(let points):
      kind = "points"
      // JSON has no word for NaN.
      first = points.first.flatMap { $0.isFinite ? $0 : nil }
      last = points.last.flatMap { $0.isFinite ? $0 : nil }
    case .function:
      kind = "function"
    }
  }
}

extension JSONValue {
  /// A metadata tree as JSON: what JSON has no word for (complex numbers, bytes, nested signals)
  /// becomes a text that describes it.
  init(_ tree: MetadataTree) {
    self = .object(
      Dictionary(
        tree.members.map { ($0.key, JSONValue($0.value)) }, uniquingKeysWith: { _, last in last }))
  }

  private init(_ value: MetadataValue) {
    switch value {
    case .tree(let tree): self.init(tree)
    case .string(let text): self = .string(text)
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .real(let value): self = value.isFinite ? .number(value) : .string("\(value)")
    case .complex(let real, let imaginary): self = .string("\(real) + \(imaginary)i")
    case .none: self = .null
    case .bytes(let bytes): self = .string("\(bytes.count) bytes")
    case .list(let members), .tuple(let members): self = .array(members.map(JSONValue.init))
    case .array(let shape, let values):
      self =
        shape.count == 1 && values.count <= 64
        ? .array(values.map { $0.isFinite ? .number($0) : .string("\($0)") })
        : .string("array of \(shape.map(String.init).joined(separator: " × "))")
    case .integerArray(let shape, let values):
      self =
        shape.count == 1 && values.count <= 64
        ? .array(values.map(JSONValue.integer))
        : .string("array of \(shape.map(String.init).joined(separator: " × "))")
    case .opaque(let description): self = .string(description)
    }
  }
}
