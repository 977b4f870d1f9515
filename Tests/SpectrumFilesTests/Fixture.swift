import Foundation
import Spectra
import SpectrumFiles
import Testing

/// The files beside the tests, and what HyperSpy finds in them.
enum Fixture {
  /// The path of a file.
  static func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return folder.appendingPathComponent(name).path
  }

  /// A path in an empty folder of its own; `body` gets it, and the folder goes afterwards.
  static func withPath<Result>(
    _ name: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.appendingPathComponent(name).path)
  }

  /// The names of the files in the folder of a path.
  static func neighbours(of path: String) throws -> [String] {
    let folder = (path as NSString).deletingLastPathComponent
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// What HyperSpy found in every file; see Fixtures/make_files.py.
  static func expected() throws -> [String: [ExpectedSignal]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path("expected.json")))
    return try JSONDecoder().decode([String: [ExpectedSignal]].self, from: data)
  }

  /// All spectra of a signal, read at once.
  static func all(_ signal: StoredSignal) throws -> [Float] {
    try signal.read(0..<signal.header.spectrumCount).values
  }
}

/// What HyperSpy says about a signal.
struct ExpectedSignal: Decodable {
  struct ExpectedAxis: Decodable {
    var name: String?
    var units: String?
    var navigate: Bool
    var binned: Bool
    var size: Int
    var values: [Double]
  }

  var title: String
  var kind: String
  var axes: [ExpectedAxis]
  var dtype: String
  var metadata: Tagged
  var originalMetadata: Tagged
  var digest: [Double]?

  private enum CodingKeys: String, CodingKey {
    case title
    case kind
    case axes
    case dtype
    case metadata
    case originalMetadata = "original_metadata"
    case digest
  }
}

/// A Python value with its kind.
indirect enum Tagged: Decodable {
  case value(MetadataValue)
  case dictionary([String: Tagged])
  case list([Tagged])
  case tuple([Tagged])
  case opaque

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let tags = try decoder.container(keyedBy: Key.self)
    func get<Value: Decodable>(_ tag: String, _ type: Value.Type) throws -> Value? {
      try tags.decodeIfPresent(type, forKey: Key(stringValue: tag))
    }
    if let tree = try get("d", [String: Tagged].self) {
      self = .dictionary(tree)
    } else if let members = try get("l", [Tagged].self) {
      self = .list(members)
    } else if let members = try get("t", [Tagged].self) {
      self = .tuple(members)
    } else if let text = try get("s", String.self) {
      self = .value(.string(text))
    } else if let truth = try get("b", Bool.self) {
      self = .value(.bool(truth))
    } else if let number = try get("i", String.self) {
      self = .value(.integer(try #require(Int64(number))))
    } else if let number = try get("r", String.self) {
      self = .value(.real(try #require(Double(number))))
    } else if let parts = try get("c", [Double].self) {
      self = .value(.complex(real: parts[0], imaginary: parts[1]))
    } else if let bytes = try get("x", [UInt8].self) {
      self = .value(.bytes(bytes))
    } else if let shape = try get("ai", [Int].self) {
      let numbers = try #require(try get("v", [String].self)).map { try #require(Int64($0)) }
      self = .value(.integerArray(shape: shape, values: numbers))
    } else if let shape = try get("ar", [Int].self) {
      let numbers = try #require(try get("v", [String].self)).map { try #require(Double($0)) }
      self = .value(.array(shape: shape, values: numbers))
    } else if try get("n", Int.self) != nil {
      self = .value(.none)
    } else {
      self = .opaque
    }
  }

  /// Where a value of ours differs from HyperSpy's; empty when it does not.
  func differences(from ours: MetadataValue?, at path: String = "") -> [String] {
    switch (self, ours) {
    case (.opaque, .opaque?): return []
    case (.value(.real(let left)), .real(let right)?) where left.isNaN && right.isNaN: return []
    case (.value(let left), let right?) where left == right: return []
    case (.dictionary(let left), .tree(let right)?):
      let keys = Set(left.keys).union(right.members.map(\.key)).sorted()
      return keys.flatMap { key -> [String] in
        guard let value = left[key] else { return ["\(path)/\(key) is not in HyperSpy's"] }
        return value.differences(from: right[key], at: "\(path)/\(key)")
      }
    case (.list(let left), .list(let right)?), (.tuple(let left), .tuple(let right)?):
      if left.count != right.count { return ["\(path): \(left.count) and \(right.count) members"] }
      return zip(left, right).enumerated().flatMap { index, pair in
        pair.0.differences(from: pair.1, at: "\(path)/\(index)")
      }
    default: return ["\(path): HyperSpy has \(self), we have \(String(describing: ours))"]
    }
  }
}
