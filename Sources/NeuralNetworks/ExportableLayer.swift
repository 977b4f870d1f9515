public import LinearAlgebra

/// A layer that other programs can compute.
public protocol ExportableLayer: Layer {
  /// Appends the layer's operators for the input x, examples × columns, and returns its output.
  ///
  /// The random numbers that it would draw become inputs of the graph, where noise is on.
  func append(to graph: inout OperatorGraph, _ x: OperatorGraph.Value) -> OperatorGraph.Value
}

extension Layer {
  /// The layer as one that has operators; a network that is exported consists of such layers.
  var exportable: any ExportableLayer {
    guard let layer = self as? any ExportableLayer else {
      preconditionFailure("\(type(of: self)) has no operators")
    }
    return layer
  }
}

extension OperatorGraph {
  /// Φ(z), uniform in 0 … 1 for normal deviates z: ½ + ½ erf(z/√2).
  mutating func probability(of deviates: Value) -> Value {
    let scaled = apply("Mul", [deviates, constant(Float(0.5).squareRoot())])
    let half = constant(0.5)
    return apply("Add", [apply("Mul", [apply("Erf", [scaled]), half]), half])
  }

  /// The same numbers as whole numbers.
  mutating func whole(_ value: Value) -> Value {
    // 7 is the type INT64 of the file format.
    apply("Cast", [value], ["to": .integer(7)])
  }

  /// The same numbers in another shape; −1 stands for the examples.
  mutating func reshaped(_ value: Value, _ shape: [Int]) -> Value {
    apply("Reshape", [value, constant(integers: shape)])
  }
}
