public import LinearAlgebra

/// A graph of operators with what is known about it, in the ONNX format.
///
/// The format is `onnx.proto` of https://github.com/onnx/onnx, read by ONNX Runtime, PyTorch and others;
/// this is version 8 of it with version 17 of the operators. Numbers are Float32, and the number of
/// examples is the free dimension `N`.
public struct ONNXModel: Sendable {
  /// The graph.
  public var graph: OperatorGraph
  /// Its name.
  public var name: String
  /// What it does, for people.
  public var documentation: String
  /// Further texts by key; `metadata_props` of the format.
  public var texts: [String: String]
  /// The program that wrote it.
  public var producer: (name: String, version: String)

  /// Creates a model.
  public init(
    graph: OperatorGraph, name: String, documentation: String, texts: [String: String],
    producer: (name: String, version: String)
  ) {
    self.graph = graph
    self.name = name
    self.documentation = documentation
    self.texts = texts
    self.producer = producer
  }

  /// The file's bytes; the same model gives the same ones.
  public var bytes: [UInt8] {
    // The numbers of the fields are those of onnx.proto.
    var model = ProtocolBuffer()
    model.add(1, 8)
    model.add(2, producer.name)
    model.add(3, producer.version)
    model.add(6, documentation)
    model.add(7) { message in
      for operation in graph.operations { message.add(1) { put(operation, in: &$0) } }
      message.add(2, name)
      for constant in graph.constants { message.add(5) { put(constant, in: &$0) } }
      for input in graph.inputs { message.add(11) { put(input, in: &$0) } }
      if let output = graph.output { message.add(12) { put(output, in: &$0) } }
    }
    model.add(8) {
      $0.add(1, "")
      $0.add(2, 17)
    }
    for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
      model.add(14) {
        $0.add(1, key)
        $0.add(2, text)
      }
    }
    return model.bytes
  }

  private func put(_ operation: OperatorGraph.Operation, in message: inout ProtocolBuffer) {
    for input in operation.inputs { message.add(1, input.name) }
    message.add(2, operation.output.name)
    message.add(3, operation.output.name)
    message.add(4, operation.kind)
    for (name, attribute) in operation.attributes.sorted(by: { $0.key < $1.key }) {
      message.add(5) {
        $0.add(1, name)
        switch attribute {
        case .number(let value):
          $0.add(2, value)
          $0.add(20, 1)
        case .integer(let value):
          $0.add(3, value)
          $0.add(20, 2)
        case .integers(let values):
          for value in values { $0.add(8, value) }
          $0.add(20, 7)
        }
      }
    }
  }

  private func put(_ constant: OperatorGraph.Constant, in message: inout ProtocolBuffer) {
    for size in constant.shape { message.add(1, size) }
    switch constant.elements {
    case .numbers(let numbers):
      message.add(2, ElementType.float)
      message.add(8, constant.value.name)
      message.add(9, numbers.withUnsafeBytes(Array.init))
    case .integers(let integers):
      message.add(2, ElementType.integer)
      message.add(8, constant.value.name)
      message.add(9, integers.map(Int64.init).withUnsafeBytes(Array.init))
    }
  }

  private func put(_ port: OperatorGraph.Port, in message: inout ProtocolBuffer) {
    message.add(1, port.value.name)
    message.add(2) { type in
      type.add(1) { tensor in
        tensor.add(1, ElementType.float)
        tensor.add(2) { shape in
          shape.add(1) { $0.add(2, "N") }
          shape.add(1) { $0.add(1, port.columns) }
        }
      }
    }
  }

  /// The format's names of element types.
  private enum ElementType {
    static let float = 1
    static let integer = 7
  }
}
