import LinearAlgebra
import NeuralNetworks
import TestSupport
import Testing

/// Checks a layer against the same formula written in Double, naively.
///
/// The layer's output must equal the formula's, and its gradients of L = Σ r·y (r random) must equal
/// the central differences of the formula, whose own error (h = 1e-5: about 1e-9) is far below the
/// rounding of Float. `tolerance`, for outputs and gradients alike, is relative to the largest
/// element: a few Float roundings, 6e-8 each. `formula` takes the input in row order and the
/// parameters by name, and gives the output in row order.
func checkGradients(
  of layer: any Layer, parameters: Parameters = Parameters(), input: Matrix, outputs: Int,
  tolerance: Double = 1e-6, sourceLocation: SourceLocation = #_sourceLocation,
  formula: ([Double], [String: [Double]]) -> [Double]
) {
  var stream = RandomStream(seed: 77)
  let rows = input.rowCount
  let output = Matrix(rows: rows, columns: outputs)
  let weights = Matrix(rows: rows, columns: outputs)
  stream.fillNormal(weights)
  let r = weights.elements.map(Double.init)
  let x = input.elements.map(Double.init)
  let values = Dictionary(
    uniqueKeysWithValues: parameters.tensors.map { ($0.name, $0.value.elements.map(Double.init)) })

  layer.forward(input, into: output)
  expectClose(
    output.elements, formula(x, values), tolerance, "output", sourceLocation: sourceLocation)
  let inputGradient = Matrix(rows: rows, columns: input.columnCount)
  let outputGradient = Matrix(rows: rows, columns: outputs)
  outputGradient.copy(from: weights)
  layer.backward(outputGradient, into: inputGradient, parameters: true)

  func loss(_ x: [Double], _ values: [String: [Double]]) -> Double {
    zip(r, formula(x, values)).reduce(0) { $0 + $1.0 * $1.1 }
  }
  let step = 1e-5
  let byInput = x.indices.map { i in
    var up = x
    var down = x
    up[i] += step
    down[i] -= step
    return (loss(up, values) - loss(down, values)) / (2 * step)
  }
  expectClose(
    inputGradient.elements, byInput, tolerance, "input", sourceLocation: sourceLocation)
  for tensor in parameters.tensors {
    let value = values[tensor.name] ?? []
    let byParameter = value.indices.map { i in
      var up = values
      var down = values
      up[tensor.name]?[i] += step
      down[tensor.name]?[i] -= step
      return (loss(x, up) - loss(x, down)) / (2 * step)
    }
    expectClose(
      tensor.gradient.elements, byParameter, tolerance, tensor.name,
      sourceLocation: sourceLocation)
  }
}

/// Expects agreement to `tolerance` of the largest expected magnitude.
private func expectClose(
  _ actual: [Float], _ expected: [Double], _ tolerance: Double, _ what: String,
  sourceLocation: SourceLocation
) {
  let largest = expected.map(abs).max() ?? 0
  expectClose(
    actual.map(Double.init), expected, absolute: tolerance * largest, what,
    sourceLocation: sourceLocation)
}

/// A matrix of normal deviates.
func normalMatrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
  var stream = RandomStream(seed: seed)
  let matrix = Matrix(rows: rows, columns: columns)
  stream.fillNormal(matrix)
  return matrix
}
