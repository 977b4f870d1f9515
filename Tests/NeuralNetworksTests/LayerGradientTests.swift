import Foundation
import LinearAlgebra
import NeuralNetworks
import TestSupport
import Testing

@Suite("Layers against central differences in Double")
struct LayerGradientTests {
  /// f(x Wᵀ + b) in Double.
  private func dense(
    _ x: [Double], _ weight: [Double], _ bias: [Double], slope: Double
  ) -> [Double] {
    let outputs = bias.count
    let inputs = weight.count / outputs
    return (0..<x.count / inputs).flatMap { row in
      (0..<outputs).map { o in
        let v = (0..<inputs).reduce(bias[o]) { $0 + x[row * inputs + $1] * weight[o * inputs + $1] }
        return v > 0 ? v : slope * v
      }
    }
  }

  @Test(
    "Dense", arguments: [(Activation.identity, 1.0), (.relu, 0), (.leakyReLU(slope: 0.25), 0.25)])
  func denseLayer(activation: Activation, slope: Double) {
    let parameters = Parameters()
    var stream = RandomStream(seed: 3)
    let layer = Dense(
      "d", inputs: 7, outputs: 4, activation: activation, in: parameters, stream: &stream)
    layer.bias.value.copy(from: normalMatrix(1, 4, seed: 4))
    checkGradients(
      of: layer, parameters: parameters, input: normalMatrix(5, 7, seed: 5), outputs: 4
    ) { x, values in
      dense(x, values["d.weight"] ?? [], values["d.bias"] ?? [], slope: slope)
    }
  }

  @Test("Dense with tanh")
  func denseTanh() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 52)
    let layer = Dense(
      "d", inputs: 7, outputs: 4, activation: .tanh, in: parameters, stream: &stream)
    layer.bias.value.copy(from: normalMatrix(1, 4, seed: 53))
    checkGradients(
      of: layer, parameters: parameters, input: normalMatrix(5, 7, seed: 54), outputs: 4
    ) { x, values in
      dense(x, values["d.weight"] ?? [], values["d.bias"] ?? [], slope: 1).map { tanh($0) }
    }
  }

  @Test("Convolution", arguments: [(3, 1), (5, 2), (9, 3)])
  func convolution(kernel: Int, stride: Int) {
    let (channels, length, outputs) = (2, 7, 3)
    let parameters = Parameters()
    var stream = RandomStream(seed: 40)
    let layer = Convolution(
      "c", channels: channels, length: length, outputChannels: outputs, kernel: kernel,
      stride: stride, activation: .leakyReLU(slope: 0.25), in: parameters, stream: &stream)
    layer.bias.value.copy(from: normalMatrix(1, outputs, seed: 41))
    // A batch that is part of a wider matrix.
    let wide = normalMatrix(4, channels * length + 3, seed: 42)
    checkGradients(
      of: layer, parameters: parameters, input: wide.columns(1..<channels * length + 1),
      outputs: layer.outputCount
    ) { x, values in
      let w = values["c.weight"] ?? []
      let b = values["c.bias"] ?? []
      return (0..<4).flatMap { row in
        (0..<outputs).flatMap { o in
          Swift.stride(from: 0, to: length, by: stride).map { center -> Double in
            var v = b[o]
            for c in 0..<channels {
              for k in 0..<kernel where (0..<length).contains(center + k - kernel / 2) {
                v +=
                  w[(o * channels + c) * kernel + k]
                  * x[(row * channels + c) * length + center + k - kernel / 2]
              }
            }
            return v > 0 ? v : 0.25 * v
          }
        }
      }
    }
  }

  @Test("Resampling", arguments: [(6, 11), (11, 4), (1, 3)])
  func resampling(length: Int, outputLength: Int) {
    let layer = Resampling(channels: 2, length: length, outputLength: outputLength)
    checkGradients(
      of: layer, input: normalMatrix(3, 2 * length, seed: 45), outputs: layer.outputCount
    ) { x, _ in
      (0..<6).flatMap { channel in
        (0..<outputLength).map { j in
          let position = min(
            max((Double(j) + 0.5) * Double(length) / Double(outputLength) - 0.5, 0),
            Double(length - 1))
          let lower = Int(position)
          let upper = min(lower + 1, length - 1)
          let weight = position - Double(lower)
          return (1 - weight) * x[channel * length + lower] + weight * x[channel * length + upper]
        }
      }
    }
  }

  @Test("Translation moves all rows alike, either way")
  func translation() {
    var stream = RandomStream(seed: 46)
    let layer = Translation(reach: 2...4, count: 9)
    let ramp = Matrix(rows: 1, elements: (0..<9).map(Float.init))
    let moved = Matrix(rows: 1, columns: 9)
    layer.forward(ramp, into: moved)
    #expect(moved.elements == ramp.elements, "no shift before a draw")
    var shifts: Set<Int> = []
    for _ in 0..<60 {
      layer.draw(&stream)
      layer.forward(ramp, into: moved)
      let shift = 4 - Int(moved[0, 4])
      shifts.insert(shift)
      checkGradients(of: layer, input: normalMatrix(3, 9, seed: 47), outputs: 9) { x, _ in
        x.indices.map { x[$0 / 9 * 9 + min(max($0 % 9 - shift, 0), 8)] }
      }
    }
    #expect(shifts == [-4, -3, -2, 2, 3, 4])
  }

  @Test("CountNoise adds multiples of its scale")
  func countNoise() {
    var stream = RandomStream(seed: 48)
    let noise = CountNoise(mean: 0.5, scale: 0.25, count: 9, rows: 6)
    noise.draw(&stream)
    let added = Matrix(rows: 6, columns: 9)
    noise.forward(Matrix(rows: 6, columns: 9), into: added)
    let counts = added.elements.map { $0 * 4 }
    #expect(counts.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
    #expect(Set(counts).isSuperset(of: [0, 1]))
    checkGradients(of: noise, input: normalMatrix(6, 9, seed: 49), outputs: 9) { x, _ in
      zip(x, added.elements).map { $0 + Double($1) }
    }
  }

  @Test("Dropout keeps the mean, and nothing but the input when off")
  func dropout() {
    var stream = RandomStream(seed: 50)
    let layer = Dropout(rate: 0.75, count: 40, rows: 30)
    let ones = Matrix(rows: 30, columns: 40)
    ones.fill(1)
    let kept = Matrix(rows: 30, columns: 40)
    layer.draw(&stream)
    layer.forward(ones, into: kept)
    #expect(Set(kept.elements) == [0, 4])
    // 1,200 of standard deviation √3 around 1.
    let mean = kept.elements.reduce(0, +) / 1200
    #expect(abs(mean - 1) < 4 * Float(3.0 / 1200).squareRoot())
    let factors = kept.rows(0..<3).elements.map(Double.init)
    let x = normalMatrix(3, 40, seed: 51)
    checkGradients(of: layer, input: x, outputs: 40) { x, _ in zip(x, factors).map(*) }
    layer.isOn = false
    checkGradients(of: layer, input: x, outputs: 40) { x, _ in x }
  }

  @Test("Softmax cross-entropy with and without class weights", arguments: [nil, [0.5, 2, 1, 0]])
  func softmaxCrossEntropy(weights: [Float]?) {
    let logits = normalMatrix(6, 4, seed: 55)
    let classes = [0, 2, 1, 3, 0, 2]
    func loss(_ s: [Double]) -> Double {
      var (sum, total) = (0.0, 0.0)
      for (row, label) in classes.enumerated() {
        let weight = Double(weights?[label] ?? 1)
        let powers = s[row * 4..<row * 4 + 4].map { exp($0) }
        sum -= weight * log(powers[label] / powers.reduce(0, +))
        total += weight
      }
      return sum / total
    }
    let s = logits.elements.map(Double.init)
    let gradient = Matrix(rows: 6, columns: 4)
    let found = NeuralNetworks.softmaxCrossEntropy(
      logits: logits, classes: classes, weights: weights, gradient: gradient)
    expectClose(Double(found), loss(s), relative: 1e-6, "loss")
    let differences = s.indices.map { i in
      var (up, down) = (s, s)
      up[i] += 1e-5
      down[i] -= 1e-5
      return (loss(up) - loss(down)) / 2e-5
    }
    expectClose(
      gradient.elements.map(Double.init), differences, absolute: 1e-7, "gradient")
    // The gradient may take the logits' place.
    _ = NeuralNetworks.softmaxCrossEntropy(
      logits: logits, classes: classes, weights: weights, gradient: logits)
    #expect(logits.elements == gradient.elements)
  }

  @Test("Chain: dense, rolled, normalised, dense")
  func chain() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 43)
    let roll = Roll(reach: 2, count: 6)
    let chain = Chain(
      [
        Dense(
          "a", inputs: 4, outputs: 6, activation: .relu, in: parameters, stream: &stream),
        roll, MaxNormalisation(floor: 0.1, count: 6, rows: 8),
        Dense(
          "b", inputs: 6, outputs: 3, activation: .identity, in: parameters, stream: &stream),
      ], rows: 8)
    #expect(chain.outputCount == 3)
    var copy = stream
    chain.draw(&stream)
    let shift = copy.index(below: 5) - 2
    #expect(shift != 0)
    checkGradients(
      of: chain, parameters: parameters, input: normalMatrix(5, 4, seed: 44), outputs: 3
    ) { x, values in
      let h = dense(x, values["a.weight"] ?? [], values["a.bias"] ?? [], slope: 0)
      let rolled = h.indices.map { h[$0 / 6 * 6 + ($0 % 6 - shift + 6) % 6] }
      let norm = rolled.indices.map {
        rolled[$0] / max(0.1, h[$0 / 6 * 6..<$0 / 6 * 6 + 6].max() ?? 0)
      }
      return dense(norm, values["b.weight"] ?? [], values["b.bias"] ?? [], slope: 1)
    }
  }

  @Test(
    "MinibatchDiscrimination keeps groups apart",
    arguments: [(kernels: 3, group: 4), (19, 4), (2, 66)])
  func minibatchDiscrimination(kernels: Int, group: Int) {
    let inputs = 5
    let dimensions = 3
    let rows = group < 60 ? 2 * group : group
    let parameters = Parameters()
    var stream = RandomStream(seed: 6)
    let layer = MinibatchDiscrimination(
      "m", inputs: inputs, kernels: kernels, dimensions: dimensions, groupSize: group, rows: rows,
      in: parameters, stream: &stream)
    // With this seed no difference is so small that a step of the central differences changes its sign.
    checkGradients(
      of: layer, parameters: parameters, input: normalMatrix(rows, inputs, seed: 9),
      outputs: inputs + kernels
    ) { x, values in
      let t = values["m.weight"] ?? []
      let width = dimensions * kernels
      let m = (0..<rows * width).map { index in
        (0..<inputs).reduce(0) {
          $0 + x[index / width * inputs + $1] * t[index % width * inputs + $1]
        }
      }
      return (0..<rows).flatMap { i in
        x[i * inputs..<(i + 1) * inputs]
          + (0..<kernels).map { b in
            var sum = 0.0
            for j in 0..<rows where j != i && j / group == i / group {
              var distance = 0.0
              for d in 0..<dimensions {
                distance += abs(m[i * width + d * kernels + b] - m[j * width + d * kernels + b])
              }
              sum += exp(-distance)
            }
            return sum
          }
      }
    }
  }

  @Test(
    "CoefficientDense as map and Dense, DenseProjection as Dense and projection")
  func projections() {
    let basis = orthonormalBasis
    let mean = normalMatrix(1, 6, seed: 8)
    let rows = basis.elements.map(Double.init)
    func project(_ x: [Double], around center: [Double]) -> [Double] {
      (0..<x.count / 6).flatMap { row -> [Double] in
        let d = (0..<6).map { x[row * 6 + $0] - center[$0] }
        let c = (0..<2).map { k in (0..<6).reduce(0.0) { $0 + d[$1] * rows[k * 6 + $1] } }
        return (0..<6).map { center[$0] + c[0] * rows[$0] + c[1] * rows[6 + $0] }
      }
    }
    let parameters = Parameters()
    var stream = RandomStream(seed: 10)
    let layer = CoefficientDense(
      "p", basis: basis, outputs: 4, activation: .relu, in: parameters, stream: &stream)
    layer.bias.value.copy(from: normalMatrix(1, 4, seed: 11))
    checkGradients(
      of: layer, parameters: parameters, input: normalMatrix(5, 2, seed: 12), outputs: 4
    ) { c, values in
      let vectors = (0..<c.count / 2).flatMap { row -> [Double] in
        let (first, second) = (c[2 * row], c[2 * row + 1])
        return (0..<6).map { first * rows[$0] + second * rows[6 + $0] }
      }
      return dense(vectors, values["p.weight"] ?? [], values["p.bias"] ?? [], slope: 0)
    }

    let outward = Parameters()
    let last = DenseProjection(
      "q", inputs: 4, basis: basis, mean: mean, rows: 5, in: outward, stream: &stream)
    last.bias.value.copy(from: normalMatrix(1, 6, seed: 55))
    checkGradients(
      of: last, parameters: outward, input: normalMatrix(5, 4, seed: 56), outputs: 6
    ) { x, values in
      project(
        dense(x, values["q.weight"] ?? [], values["q.bias"] ?? [], slope: 1),
        around: mean.elements.map(Double.init))
    }
  }

  /// Two orthonormal rows of six, exact in Float.
  private var orthonormalBasis: Matrix {
    Matrix(
      rows: 2, elements: [0.5, 0.5, 0.5, 0.5, 0, 0, 0.5, -0.5, 0, 0, 0.5, -0.5])
  }

  @Test("GaussianNoise and Roll pass what they should")
  func movers() {
    let x = normalMatrix(4, 9, seed: 13)
    var stream = RandomStream(seed: 14)
    let noise = GaussianNoise(deviation: 0.5, count: 9, rows: 4)
    noise.draw(&stream)
    let zero = Matrix(rows: 4, columns: 9)
    let deviates = Matrix(rows: 4, columns: 9)
    noise.forward(zero, into: deviates)
    #expect(deviates.elements.contains { abs($0) > 0.3 })
    checkGradients(of: noise, input: x, outputs: 9) { x, _ in
      zip(x, deviates.elements).map { $0 + Double($1) }
    }

    let roll = Roll(reach: 3, count: 9)
    var shiftsSeen: Set<Int> = []
    for _ in 0..<60 {
      roll.draw(&stream)
      let impulse = Matrix(rows: 1, elements: [1, 0, 0, 0, 0, 0, 0, 0, 0])
      let moved = Matrix(rows: 1, columns: 9)
      roll.forward(impulse, into: moved)
      let shift = moved.elements.firstIndex(of: 1) ?? -1
      shiftsSeen.insert(shift)
      checkGradients(of: roll, input: x, outputs: 9) { x, _ in
        x.indices.map { x[$0 / 9 * 9 + ($0 % 9 - shift + 9) % 9] }
      }
    }
    #expect(shiftsSeen == [0, 1, 2, 3, 6, 7, 8])
  }

  @Test("PoissonNoise, amplitude differentiated or held", arguments: [true, false])
  func poissonNoise(differentiates: Bool) {
    let count = 70
    var stream = RandomStream(seed: 15)
    let noise = PoissonNoise(
      gain: 0.04, floor: 0.125, differentiatesAmplitude: differentiates, colour: [0.6, 0, -0.8],
      count: count, rows: 3)
    let background = (0..<count).map { 0.01 + 0.0005 * Double($0) }
    noise.background.copy(from: background.map(Float.init))
    var copy = stream
    noise.draw(&stream)
    // The deviates in Double, from the same white ones.
    let white = Matrix(rows: 3, columns: count + 2)
    copy.fillNormal(white)
    let deviates = (0..<3 * count).map { i in
      0.6 * Double(white[i / count, i % count]) - 0.8 * Double(white[i / count, i % count + 2])
    }
    let input = normalMatrix(3, count, seed: 16)
    let held = input.elements.enumerated().map {
      (0.04 * max(Double($0.element), 0.125) + background[$0.offset % count]).squareRoot()
    }
    checkGradients(of: noise, input: input, outputs: count) { x, _ in
      x.indices.map { i in
        let free = (0.04 * max(x[i], 0.125) + background[i % count]).squareRoot()
        return x[i] + (differentiates ? free : held[i]) * deviates[i]
      }
    }
  }

  @Test("FractionalShift by whole, fractional and wide amounts", arguments: [0.8, 3.5, 8.5])
  func fractionalShift(reach: Double) {
    var stream = RandomStream(seed: 17)
    let shift = FractionalShift(reach: reach, count: 9, rows: 6)
    shift.draw(&stream)
    // A ramp shows each row's shift between its clamped ends.
    let ramp = Matrix(rows: 6, elements: (0..<54).map { Float($0 % 9) })
    let moved = Matrix(rows: 6, columns: 9)
    shift.forward(ramp, into: moved)
    let shifts = (0..<6).map { row -> Double in
      for j in 0..<9 where moved[row, j] > 0 && moved[row, j] < 8 {
        return Double(j) - Double(moved[row, j])
      }
      return .nan
    }
    #expect(shifts.allSatisfy { abs($0) <= reach })
    #expect(shifts.contains { $0 > 0.2 } && shifts.contains { $0 < -0.2 })
    checkGradients(of: shift, input: normalMatrix(6, 9, seed: 18), outputs: 9, tolerance: 3e-6) {
      x, _ in
      x.indices.map { i in
        let position = min(max(Double(i % 9) - shifts[i / 9], 0), 8)
        let lower = min(Int(position), 7)
        let weight = position - Double(lower)
        return (1 - weight) * x[i / 9 * 9 + lower] + weight * x[i / 9 * 9 + lower + 1]
      }
    }
  }

  @Test("MaxNormalisation above and below its floor")
  func maxNormalisation() {
    let input = normalMatrix(5, 9, seed: 19)
    input.rows(2..<3).multiply(by: 0.01)
    input.rows(4..<5).fill(-0.5)
    input[4, 3] = -0.25
    let layer = MaxNormalisation(floor: 0.1, count: 9, rows: 5)
    checkGradients(of: layer, input: input, outputs: 9) { x, _ in
      x.indices.map { i in
        x[i] / max(x[i / 9 * 9..<i / 9 * 9 + 9].max() ?? 0, 0.1)
      }
    }
    let output = Matrix(rows: 5, columns: 9)
    layer.forward(input, into: output)
    for row in [0, 1, 3] { #expect(output.rows(row..<row + 1).elements.max() == 1) }
    #expect(output[4, 3] == -2.5)
  }
}
