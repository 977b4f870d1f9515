import LinearAlgebra
import NeuralNetworks
import Testing

@Suite("A fixed affine map, and layers side by side, against central differences in Double")
struct AffineMapAndParallelTests {
  /// x Aᵀ + b of one row.
  private func affine(_ x: ArraySlice<Double>, _ a: [Double], _ b: [Double]) -> [Double] {
    b.indices.map { o in
      zip(x, a[o * x.count..<(o + 1) * x.count]).reduce(b[o]) { $0 + $1.0 * $1.1 }
    }
  }

  @Test("AffineMap")
  func affineMap() {
    let matrix = normalMatrix(3, 5, seed: 61)
    let offset = normalMatrix(1, 3, seed: 62)
    let (a, b) = (matrix.elements.map(Double.init), offset.elements.map(Double.init))
    checkGradients(
      of: AffineMap(matrix, offset: offset), input: normalMatrix(4, 5, seed: 63), outputs: 3
    ) { x, _ in
      (0..<4).flatMap { affine(x[$0 * 5..<($0 + 1) * 5], a, b) }
    }
  }

  @Test("Parallel layers see the same input, and their gradients add up")
  func parallel() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 64)
    let names = ["one", "two", "three"]
    let layers = names.enumerated().map { index, name in
      Dense(
        name, inputs: 5, outputs: index + 2, activation: .identity, in: parameters,
        stream: &stream)
    }
    let layer = Parallel(layers, inputs: 5, rows: 6)
    #expect(layer.outputCount == 9)
    checkGradients(
      of: layer, parameters: parameters, input: normalMatrix(4, 5, seed: 65), outputs: 9
    ) { x, values in
      (0..<4).flatMap { row in
        names.flatMap { name in
          affine(
            x[row * 5..<(row + 1) * 5], values["\(name).weight"] ?? [],
            values["\(name).bias"] ?? [])
        }
      }
    }
  }

  @Test("Parallel draws for its random layers, one after the other")
  func draws() {
    let layers = [
      GaussianNoise(deviation: 1, count: 3, rows: 2),
      GaussianNoise(deviation: 1, count: 3, rows: 2),
    ]
    let layer = Parallel(layers, inputs: 3, rows: 2)
    var stream = RandomStream(seed: 66)
    layer.draw(&stream)
    let zero = Matrix(rows: 2, columns: 3)
    let both = Matrix(rows: 2, columns: 6)
    layer.forward(zero, into: both)
    stream = RandomStream(seed: 66)
    for (index, columns) in [0..<3, 3..<6].enumerated() {
      layers[index].draw(&stream)
      let own = Matrix(rows: 2, columns: 3)
      layers[index].forward(zero, into: own)
      #expect(both.columns(columns).elements == own.elements)
    }
  }
}
