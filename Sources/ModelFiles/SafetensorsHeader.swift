internal import LinearAlgebra

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

#if !_endian(little)
#error("safetensors files hold the bytes of numbers as a little-endian processor has them")
#endif

/// The JSON header of a safetensors file.
struct SafetensorsHeader {
  /// The texts.
  let texts: [String: String]
  private let entries: [String: Entry]

  /// A tensor and where it lies.
  struct Place {
    let name: String
    let shape: [Int]
    fileprivate let bytes: Range<Int>
  }

  /// What contradicts itself, in words.
  struct Fault: Error {
    let description: String
  }

  /// One tensor's entry.
  private struct Entry: Codable {
    var dtype = "F32"
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype
      case shape
      case offsets = "data_offsets"
    }
  }

  /// The whole header as it stands in the file.
  private struct Form: Codable {
    var texts: [String: String]
    var entries: [String: Entry]

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
      static let texts = Name(stringValue: "__metadata__")
    }

    init(texts: [String: String], entries: [String: Entry]) {
      self.texts = texts
      self.entries = entries
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      texts = try container.decodeIfPresent([String: String].self, forKey: .texts) ?? [:]
      entries = [:]
      for name in container.allKeys where name.stringValue != Name.texts.stringValue {
        entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      try container.encode(texts, forKey: .texts)
      for (name, entry) in entries {
        try container.encode(entry, forKey: Name(stringValue: name))
      }
    }
  }

  /// Reads a header; nil when it is none.
  init?(json: [UInt8]) {
    guard let form = try? JSONDecoder().decode(Form.self, from: Data(json)) else { return nil }
    texts = form.texts
    entries = form.entries
  }

  /// The header of tensors that follow each other.
  static func json(texts: [String: String], tensors: [Tensor]) -> [UInt8] {
    var form = Form(texts: texts, entries: [:])
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.elements.count * MemoryLayout<Float>.size
      form.entries[tensor.name] = Entry(shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(form) else {
      preconditionFailure("a header of texts and whole numbers is JSON")
    }
    return Array(data)
  }

  /// The tensors in the order in which they lie in `count` bytes, which they must fill without gaps or
  /// overlaps.
  func places(of count: Int) -> Result<[Place], Fault> {
    var places: [Place] = []
    for (name, entry) in entries {
      guard entry.dtype == "F32" else {
        return .failure(Fault(description: "\(name) is of type \(entry.dtype), not F32"))
      }
      var bytes = MemoryLayout<Float>.size
      var isPossible = entry.offsets.count == 2
      for size in entry.shape {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
        isPossible = isPossible && size >= 0 && !overflow
        bytes = product
      }
      guard isPossible, entry.offsets[0] >= 0, entry.offsets[1] <= count,
        entry.offsets[0] <= entry.offsets[1],
        entry.offsets[1] - entry.offsets[0] == bytes
      else {
        return .failure(
          Fault(
            description: "\(name) of shape \(entry.shape) cannot lie at \(entry.offsets) of "
              + "\(count) bytes"))
      }
      let place = entry.offsets[0]..<entry.offsets[1]
      places.append(Place(name: name, shape: entry.shape, bytes: place))
    }
    places.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    var end = 0
    for place in places {
      guard place.bytes.lowerBound == end else {
        return .failure(Fault(description: "\(place.name) does not follow the tensor before it"))
      }
      end = place.bytes.upperBound
    }
    guard end == count else {
      return .failure(Fault(description: "\(count - end) bytes belong to no tensor"))
    }
    return .success(places)
  }
}
