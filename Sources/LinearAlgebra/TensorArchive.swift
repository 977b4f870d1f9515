internal import Synchronization

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Values of any kind as texts and tensors: the content of a file of networks.
///
/// ``encode(_:as:)`` writes a value as JSON text under a key. What is a ``Tensor`` or ``Archived`` in it
/// becomes a tensor `key/name`, and the text holds that name in its place.
public struct TensorArchive: Sendable, Equatable {
  /// The texts by key.
  public private(set) var texts: [String: String]
  /// The tensors by name.
  public private(set) var tensors: [String: Tensor]

  /// Creates an archive of what a file held, or an empty one.
  public init(texts: [String: String] = [:], tensors: [Tensor] = []) {
    self.texts = texts
    self.tensors = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Adds a value under a key of its own.
  public mutating func encode(
    _ value: some Encodable, as key: String
  ) throws(TensorArchiveError) {
    let shelf = Shelf(key: key, tensors: [:])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.userInfo[Shelf.key] = shelf
    guard texts[key] == nil else {
      throw TensorArchiveError("two entries would be named “\(key)”")
    }
    do {
      texts[key] = String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw TensorArchiveError("entry “\(key)” cannot be written as text (\(error))")
    }
    tensors.merge(shelf.content) { first, _ in first }
  }

  /// The value that was added under a key.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from key: String
  ) throws(TensorArchiveError) -> Value {
    guard let text = texts[key] else { throw TensorArchiveError("entry “\(key)” is missing") }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    decoder.userInfo[Shelf.key] = Shelf(key: key, tensors: tensors)
    do {
      return try decoder.decode(type, from: Data(text.utf8))
    } catch DecodingError.keyNotFound(let missing, _) {
      throw TensorArchiveError("entry “\(key)” lacks “\(missing.stringValue)”")
    } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
      DecodingError.valueNotFound(_, let context)
    {
      throw TensorArchiveError("entry “\(key)”: \(context.debugDescription)")
    } catch {
      throw TensorArchiveError("entry “\(key)”: \(error)")
    }
  }
}

/// Why a value cannot be put into an archive, or is not found there as expected.
public struct TensorArchiveError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, without the file's name.
  public let description: String

  /// Creates an error.
  public init(_ description: String) { self.description = description }
}

/// The tensors of the archive at work, for the values that find their coder's `userInfo`.
private final class Shelf: Sendable {
  static let key = CodingUserInfoKey(rawValue: "tensors").unsafelyUnwrapped
  private let prefix: String
  private let tensors: Mutex<[String: Tensor]>

  init(key: String, tensors: [String: Tensor]) {
    prefix = key + "/"
    self.tensors = Mutex(tensors)
  }

  var content: [String: Tensor] { tensors.withLock { $0 } }

  /// Keeps a tensor and gives the name to write in its place.
  func keep(_ tensor: Tensor, _ path: [any CodingKey]) throws -> String {
    let name = prefix + tensor.name
    let isNew = tensors.withLock { tensors in
      tensors.updateValue(
        Tensor(name: name, shape: tensor.shape, elements: tensor.elements), forKey: name) == nil
    }
    guard isNew else {
      throw EncodingError.invalidValue(
        name, .init(codingPath: path, debugDescription: "two tensors are named \(name)"))
    }
    return name
  }

  /// The tensor of a name in the text, its own name without the key.
  func tensor(named name: String, _ path: [any CodingKey]) throws -> Tensor {
    guard name.hasPrefix(prefix), let tensor = tensors.withLock({ $0[name] }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: path, debugDescription: "the tensor \(name) is missing"))
    }
    return Tensor(
      name: String(name.dropFirst(prefix.count)), shape: tensor.shape, elements: tensor.elements)
  }
}

extension Tensor: Codable {
  /// Keeps the tensor in the archive, and its name in the text.
  public func encode(to encoder: any Encoder) throws {
    guard let shelf = encoder.userInfo[Shelf.key] as? Shelf else {
      throw EncodingError.invalidValue(
        name, .init(codingPath: encoder.codingPath, debugDescription: "a tensor needs an archive"))
    }
    var container = encoder.singleValueContainer()
    try container.encode(shelf.keep(self, encoder.codingPath))
  }

  /// Finds the tensor that the text names.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    guard let shelf = decoder.userInfo[Shelf.key] as? Shelf else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a tensor needs an archive"))
    }
    self = try shelf.tensor(named: name, decoder.codingPath)
  }
}

extension Archived: Codable {
  /// Keeps the array as a tensor named by its path.
  public func encode(to encoder: any Encoder) throws {
    let name = encoder.codingPath.map(\.stringValue).joined(separator: ".")
    try Tensor(name: name, shape: [wrappedValue.count], elements: wrappedValue).encode(to: encoder)
  }

  /// Finds the array's tensor.
  public init(from decoder: any Decoder) throws {
    wrappedValue = try Tensor(from: decoder).elements
  }
}
