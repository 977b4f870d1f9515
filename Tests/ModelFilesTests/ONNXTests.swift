import Foundation
import LinearAlgebra
import ModelFiles
import SpectrumFiles
import Testing

@Suite("ONNX files")
struct ONNXTests {
  private func model(_ graph: OperatorGraph, documentation: String = "d") -> ONNXModel {
    ONNXModel(
      graph: graph, name: "g", documentation: documentation, texts: ["k": "v"],
      producer: ("p", "1"))
  }

  /// Hexadecimal numbers and texts in quotes.
  private func bytes(_ text: String) -> [UInt8] {
    text.split(whereSeparator: \.isWhitespace).flatMap { word in
      word.hasPrefix("'")
        ? Array(word.dropFirst().dropLast().utf8) : [UInt8(word, radix: 16) ?? 0]
    }
  }

  @Test("y = 2 z, byte by byte as onnx.proto and the wire format have it")
  func workedExample() {
    var graph = OperatorGraph()
    let z = graph.input("z", count: 1)
    let two = graph.constant(2)
    let product = graph.apply("Mul", [z, two])
    graph.setOutput(product, columns: 1, named: "y")
    let expected = bytes(
      """
      08 08  12 01 'p'  1A 01 '1'  32 01 'd'
      3A 78
        0A 1C  0A 01 'z' 0A 08 'constant' 12 03 'mul' 1A 03 'mul' 22 03 'Mul'
        0A 15  0A 03 'mul' 12 01 'y' 1A 01 'y' 22 08 'Identity'
        12 01 'g'
        2A 12  10 01 42 08 'constant' 4A 04 00 00 00 40
        5A 14  0A 01 'z' 12 0F 0A 0D 08 01 12 09 0A 03 12 01 'N' 0A 02 08 01
        62 14  0A 01 'y' 12 0F 0A 0D 08 01 12 09 0A 03 12 01 'N' 0A 02 08 01
      42 04  0A 00 10 11
      72 06  0A 01 'k' 12 01 'v'
      """)
    #expect(model(graph).bytes == expected)
  }

  @Test("Attributes of each kind, whole numbers, negative ones, and lengths of several bytes")
  func kinds() {
    var graph = OperatorGraph()
    let z = graph.input("z", count: 300)
    let shape = graph.constant(integers: [-1, 3])
    _ = graph.apply("Reshape", [z, shape])
    _ = graph.apply("Conv", [z], ["strides": .integers([2, -1])])
    _ = graph.apply("LeakyRelu", [z], ["alpha": .number(0.5)])
    _ = graph.apply("Gemm", [z], ["transB": .integer(1)])
    let all = model(graph, documentation: String(repeating: "x", count: 300)).bytes
    for part in [
      "32 AC 02 'xxx'",
      // 300 columns.
      "0A 03 12 01 'N' 0A 03 08 AC 02",
      // Two whole numbers, in 16 bytes.
      """
      08 02 10 07 42 08 'constant' 4A 10
      FF FF FF FF FF FF FF FF 03 00 00 00 00 00 00 00
      """,
      "2A 19 0A 07 'strides' 40 02 40 FF FF FF FF FF FF FF FF FF 01 A0 01 07",
      "2A 0F 0A 05 'alpha' 15 00 00 00 3F A0 01 01",
      "2A 0D 0A 06 'transB' 18 01 A0 01 02",
    ] {
      #expect(all.firstRange(of: bytes(part)) != nil, "\(part)")
    }
  }

  @Test("Names are given once, deviates stand where noise is on")
  func names() {
    var graph = OperatorGraph()
    let first = graph.deviates("noise", count: 2)
    let second = graph.deviates("noise", count: 3)
    graph.deviatePrefix = "hidden_"
    let hidden = graph.deviates("noise", count: 4)
    graph.deviatePrefix = nil
    #expect(graph.deviates("noise", count: 5) == nil)
    #expect([first, second, hidden].map { $0?.name } == ["noise", "noise_2", "hidden_noise"])
    #expect(graph.inputs.map(\.columns) == [2, 3, 4])
  }

  @Test("The same model gives the same bytes; an old file stays until the new one is whole")
  func atomic() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "onnx-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a.onnx")
    try Data([1]).write(to: path)
    let writer = try ModelFileWriter(writing: path.path())
    #expect(try Data(contentsOf: path) == Data([1]))
    var graph = OperatorGraph()
    let z = graph.input("z", count: 1)
    graph.setOutput(z, columns: 1, named: "y")
    try writer.write(model(graph))
    #expect(try Array(Data(contentsOf: path)) == model(graph).bytes)
    let error = #expect(throws: SpectrumFileError.self) {
      try ModelFileWriter(writing: folder.appending(path: "no/a.onnx").path())
    }
    #expect(error?.kind == .cannotWrite)
  }
}
