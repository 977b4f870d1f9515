import Foundation
import LinearAlgebra
import ModelFiles
import SpectrumFiles
import Testing

@Suite("Safetensors files")
struct SafetensorsTests {
  /// A folder that goes with the test.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "safetensors-\(UUID())")
    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }
    func path(_ name: String) -> String { url.appending(path: name).path() }
  }

  private struct Content: Codable, Equatable {
    var number = 0.1
    var infinite = -Double.infinity
    @Archived var values: [Float] = [1, -2.5, 3e-38]
    var weights = [
      Tensor(name: "layer.weight", shape: [2, 3], elements: [1, 2, 3, 4, 5, 6]),
      Tensor(name: "layer.bias", shape: [0], elements: []),
    ]
  }

  private let folder: Folder
  private let path: String

  init() throws {
    folder = try Folder()
    path = folder.path("a.safetensors")
  }

  private func written() throws -> [UInt8] {
    var archive = TensorArchive()
    try archive.encode(Content(), as: "Mn²⁺/\"x\"")
    try archive.encode(["a", "b"], as: "names")
    try ModelFileWriter(writing: path).write(archive)
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  private func refusal(_ bytes: [UInt8]) throws -> String? {
    let path = folder.path("b.safetensors")
    try Data(bytes).write(to: URL(filePath: path))
    do throws(SpectrumFileError) {
      _ = try SafetensorsFile.read(path)
      return nil
    } catch {
      #expect(error.kind == .damaged && error.description.hasPrefix(path), "\(error)")
      return error.description
    }
  }

  @Test("A value comes back from its file, twice the same bytes")
  func roundTrip() throws {
    let bytes = try written()
    let archive = try SafetensorsFile.read(path)
    #expect(try archive.decode(Content.self, from: "Mn²⁺/\"x\"") == Content())
    #expect(try archive.decode([String].self, from: "names") == ["a", "b"])
    #expect(archive.tensors.keys.sorted().first == "Mn²⁺/\"x\"/layer.bias")
    #expect(archive.tensors["Mn²⁺/\"x\"/values"]?.shape == [3])
    #expect(try written() == bytes)
    #expect(
      throws: TensorArchiveError("entry “else” is missing"),
      performing: { try archive.decode(Content.self, from: "else") })
  }

  @Test("The layout of the format, byte by byte")
  func layout() throws {
    var archive = TensorArchive()
    try archive.encode([Tensor(name: "b", shape: [1, 2], elements: [1, -2])], as: "t")
    try ModelFileWriter(writing: path).write(archive)
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let length = Int(bytes[0]) + 256 * Int(bytes[1])
    #expect(bytes[2..<8].allSatisfy { $0 == 0 } && length % 8 == 0)
    let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    let digits = try #require(header.firstRange(of: /[0-9a-f]{64}/))
    let expected =
      #"{"__metadata__":{"eels_dag.sha256":"\#(header[digits])","t":"[\"t/b\"]"},"#
      + #""t/b":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}}"#
    #expect(header.trimmingCharacters(in: .whitespaces) == expected)
    #expect(Array(bytes[(8 + length)...]) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
  }

  @Test("Any changed byte, any missing or added byte is refused with a sentence")
  func damage() throws {
    let bytes = try written()
    #expect(try refusal(bytes) == nil)
    for index in bytes.indices {
      for flip: UInt8 in [1, 0x80] {
        var damaged = bytes
        damaged[index] ^= flip
        #expect(try refusal(damaged) != nil, "byte \(index) changed by \(flip)")
      }
    }
    for count in bytes.indices { #expect(try refusal(Array(bytes[..<count])) != nil) }
    #expect(try refusal(bytes + [0])?.contains("1 bytes belong to no tensor") == true)
  }

  @Test("Headers that lie are refused before memory is asked for")
  func lies() throws {
    func file(_ header: String, _ data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
      let length = length ?? UInt64(header.utf8.count)
      return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
        + Array(header.utf8) + data
    }
    let digest = "{\"eels_dag.sha256\":\"" + String(repeating: "0", count: 64) + "\"}"
    func tensor(_ entry: String) -> String { "{\"__metadata__\":\(digest),\"x\":\(entry)}" }
    let cases: [(bytes: [UInt8], words: String)] = [
      (file("{}", length: .max), "its header would have \(UInt64.max) bytes"),
      (file("{}", length: 99_999_999), "cut off within its header"),
      (file("[]"), "its header is not what the format asks for"),
      (file(String(repeating: "[", count: 100_000)), "its header is not what the format asks for"),
      (file("{\"x\":{\"shape\":[1]}}"), "its header is not what the format asks for"),
      (file("{}"), "has no digest"),
      (
        file(tensor(#"{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}"#)),
        "cannot lie at"
      ),
      (
        file(tensor(#"{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}"#), [0, 0, 0, 0]),
        "cannot lie"
      ),
      (
        file(tensor(#"{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#), [0, 0, 0, 0]),
        "cannot lie"
      ),
      (
        file(tensor(#"{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#), [0, 0, 0, 0]),
        "cannot lie"
      ),
      (
        file(tensor(#"{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}"#), [0, 0, 0, 0]),
        "cannot lie"
      ),
      (file(tensor(#"{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}"#), [0, 0, 0, 0]), "BF16"),
      (
        file(
          tensor(#"{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#), [0, 0, 0, 0, 0, 0, 0, 0]),
        "does not follow"
      ),
      (
        file(tensor(#"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#), [0, 0, 0, 0]), "SHA-256"
      ),
    ]
    for (bytes, words) in cases {
      let sentence = try refusal(bytes) ?? ""
      #expect(sentence.contains(words), "\(sentence)")
    }
  }

  @Test("A number that is not finite is refused; a missing file is missing")
  func notFinite() throws {
    var archive = TensorArchive()
    try archive.encode([Tensor(name: "b", shape: [1], elements: [.nan])], as: "t")
    try ModelFileWriter(writing: path).write(archive)
    let error = #expect(throws: SpectrumFileError.self) { try SafetensorsFile.read(path) }
    #expect(error?.description.contains("a number in t/b that is not finite") == true)
    let missing = #expect(throws: SpectrumFileError.self) {
      try SafetensorsFile.read(folder.path("none"))
    }
    #expect(missing?.kind == .missing)
  }

  @Test("An old file stays until the new one is whole")
  func atomic() throws {
    let old = try written()
    let writer = try ModelFileWriter(writing: path)
    #expect(Array(try Data(contentsOf: URL(filePath: path))) == old)
    try writer.write(TensorArchive())
    #expect(try SafetensorsFile.read(path) == TensorArchive())
    let error = #expect(throws: SpectrumFileError.self) {
      try ModelFileWriter(writing: folder.path("no/folder.safetensors"))
    }
    #expect(error?.kind == .cannotWrite)
  }
}
