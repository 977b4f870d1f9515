/// A function of matrices written as operators, for other programs to compute.
///
/// The operators are those of ONNX by their names there (https://onnx.ai/onnx/operators, version 17 of
/// the set). The first axis of every value that is not a constant are the examples. Inputs are normal
/// deviates of mean 0 and variance 1, all of them: who fills them from a random generator gets the
/// function's random values, and zeros switch a noise off.
public struct OperatorGraph: Sendable, Equatable {
  /// A number or an array, known by its name.
  public struct Value: Sendable, Hashable {
    /// The name.
    public let name: String
  }

  /// A choice that belongs to an operator.
  public enum Attribute: Sendable, Equatable {
    case integer(Int)
    case integers([Int])
    case number(Float)
  }

  /// One operator at work.
  public struct Operation: Sendable, Equatable {
    /// The operator, for example `Gemm`.
    public let kind: String
    /// What it takes, in the operator's order.
    public let inputs: [Value]
    /// What it makes.
    public let output: Value
    /// Its choices by name.
    public let attributes: [String: Attribute]
  }

  /// The numbers of a constant, in row-major order.
  public enum Elements: Sendable, Equatable {
    case numbers([Float])
    case integers([Int])
  }

  /// A value that is always the same.
  public struct Constant: Sendable, Equatable {
    /// Its name.
    public let value: Value
    /// The sizes of its axes, slowest first; none for a single number.
    public let shape: [Int]
    /// Its numbers.
    public let elements: Elements
  }

  /// A matrix that goes in or comes out: examples × columns.
  public struct Port: Sendable, Equatable {
    /// Its name.
    public let value: Value
    /// The number of columns.
    public let columns: Int
  }

  /// What goes in.
  public private(set) var inputs: [Port] = []
  /// What comes out.
  public private(set) var output: Port?
  /// The constants.
  public private(set) var constants: [Constant] = []
  /// The operators, each after those that it needs.
  public private(set) var operations: [Operation] = []
  /// With what the names of further ``deviates(_:count:)`` begin; nil where noise is off.
  public var deviatePrefix: String? = ""
  private var names: Set<String> = []

  /// Creates a graph of nothing.
  public init() {}

  /// Adds an input of normal deviates, examples × count.
  public mutating func input(_ name: String, count: Int) -> Value {
    let value = value(named: name)
    inputs.append(Port(value: value, columns: count))
    return value
  }

  /// Adds an input for the deviates of a noise, examples × count; nil where noise is off.
  public mutating func deviates(_ name: String, count: Int) -> Value? {
    deviatePrefix.map { input($0 + name, count: count) }
  }

  /// Applies an operator.
  public mutating func apply(
    _ kind: String, _ inputs: [Value], _ attributes: [String: Attribute] = [:]
  ) -> Value {
    let output = value(named: kind.lowercased())
    operations.append(
      Operation(kind: kind, inputs: inputs, output: output, attributes: attributes))
    return output
  }

  /// Adds a constant array; `shape` must fit the number of elements.
  public mutating func constant(
    _ elements: [Float], shape: [Int], named name: String = "constant"
  ) -> Value {
    add(.numbers(elements), count: elements.count, shape: shape, named: name)
  }

  /// Adds a constant matrix.
  public mutating func constant(_ matrix: Matrix, named name: String = "constant") -> Value {
    constant(matrix.elements, shape: [matrix.rowCount, matrix.columnCount], named: name)
  }

  /// Adds a constant number.
  public mutating func constant(_ number: Float) -> Value { constant([number], shape: []) }

  /// Adds a constant whole number.
  public mutating func constant(integer: Int) -> Value {
    add(.integers([integer]), count: 1, shape: [], named: "constant")
  }

  /// Adds a constant array of whole numbers along one axis.
  public mutating func constant(integers: [Int]) -> Value {
    add(.integers(integers), count: integers.count, shape: [integers.count], named: "constant")
  }

  /// Makes a value what comes out, examples × columns; once.
  public mutating func setOutput(_ value: Value, columns: Int, named name: String) {
    precondition(output == nil, "a second output, \(name)")
    let port = Port(value: self.value(named: name), columns: columns)
    operations.append(
      Operation(kind: "Identity", inputs: [value], output: port.value, attributes: [:]))
    output = port
  }

  private mutating func add(
    _ elements: Elements, count: Int, shape: [Int], named name: String
  ) -> Value {
    precondition(shape.reduce(1, *) == count, "\(count) elements of shape \(shape)")
    let value = value(named: name)
    constants.append(Constant(value: value, shape: shape, elements: elements))
    return value
  }

  /// A value of its own: the name, or with the first number that makes it new.
  private mutating func value(named name: String) -> Value {
    var own = name
    var number = 1
    while !names.insert(own).inserted {
      number += 1
      own = "\(name)_\(number)"
    }
    return Value(name: own)
  }
}
