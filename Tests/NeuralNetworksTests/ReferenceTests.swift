import Foundation
import LinearAlgebra
import NeuralNetworks
import TestSupport
import Testing

/// PyTorch's values; see Fixtures/make_reference.py.
private struct Reference: Decodable {
  struct LayerCase: Decodable {
    let x: [Float]
    let weight: [Float]
    let bias: [Float]?
    let outputWeight: [Float]
    let y: [Double]
    let xGradient: [Double]
    let weightGradient: [Double]
    let biasGradient: [Double]?
  }
  struct ResamplingCase: Decodable {
    /// Channels, length, output length.
    let shape: [Int]
    let x: [Float]
    let outputWeight: [Float]
    let y: [Double]
    let xGradient: [Double]
  }
  struct ConvolutionCase: Decodable {
    /// Channels, length, output channels, kernel, stride.
    let shape: [Int]
    let slope: Float
    let values: LayerCase
  }
  struct CrossEntropy: Decodable {
    struct Case: Decodable {
      let target: Float
      let weight: Float
      let loss: Double
      let gradient: [Double]
    }
    let logits: [Float]
    let cases: [Case]
  }
  struct Softmax: Decodable {
    struct Case: Decodable {
      let weights: [Float]?
      let loss: Double
      let gradient: [Double]
    }
    let logits: [Float]
    let classes: [Int]
    let cases: [Case]
    let probabilities: [Double]
  }
  struct AdamWPath: Decodable {
    let start: [Float]
    let curvature: [Float]
    let minimum: [Float]
    let rates: [Double]
    let decay: Double
    let beta1: Double
    let beta2: Double
    let path: [AdamPath.Point]
  }
  struct AdamPath: Decodable {
    struct Point: Decodable {
      let step: Int
      let weight: [Double]
    }
    let start: [Float]
    let curvature: [Float]
    let minimum: [Float]
    let rate: Double
    let beta1: Double
    let beta2: Double
    let path: [Point]
  }
  struct Training: Decodable {
    let x: [Float]
    let start: [[Float]]
    let losses: [Double]
    let end: [[Double]]
  }
  let denseIdentity: LayerCase
  let denseReLU: LayerCase
  let denseLeakyReLU: LayerCase
  let minibatch: LayerCase
  let crossEntropy: CrossEntropy
  let adam: AdamPath
  let network: Training
  let denseTanh: LayerCase
  let resamplings: [ResamplingCase]
  let convolutions: [ConvolutionCase]
  let softmax: Softmax
  let adamW: AdamWPath

  static func load() throws -> Reference {
    let url = try #require(
      Bundle.module.url(forResource: "reference", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }
}

@Suite("Layers, loss and optimiser against PyTorch")
struct ReferenceTests {
  private let reference: Reference

  init() throws { reference = try Reference.load() }

  /// Runs both passes and compares every element to `tolerance`.
  private func check(
    _ layer: any Layer, _ parameters: Parameters, _ expected: Reference.LayerCase, rows: Int,
    tolerance: Double = 2e-6
  ) {
    let x = Matrix(rows: rows, elements: expected.x)
    let g = Matrix(rows: rows, elements: expected.outputWeight)
    let y = Matrix(rows: rows, columns: g.columnCount)
    let xGradient = Matrix(rows: rows, columns: x.columnCount)
    layer.forward(x, into: y)
    layer.backward(g, into: xGradient, parameters: true)
    func compare(_ actual: Matrix, _ expected: [Double], _ what: String) {
      expectClose(
        actual.elements.map(Double.init), expected, relative: tolerance, absolute: tolerance, what)
    }
    compare(y, expected.y, "y")
    compare(xGradient, expected.xGradient, "x gradient")
    compare(parameters.tensors[0].gradient, expected.weightGradient, "weight gradient")
    if let bias = expected.biasGradient {
      compare(parameters.tensors[1].gradient, bias, "bias gradient")
    }
  }

  @Test("Dense with each activation")
  func dense() {
    let cases: [(Activation, Reference.LayerCase)] = [
      (.identity, reference.denseIdentity), (.relu, reference.denseReLU),
      (.leakyReLU(slope: 0.3), reference.denseLeakyReLU), (.tanh, reference.denseTanh),
    ]
    for (activation, expected) in cases {
      let parameters = Parameters()
      var stream = RandomStream(seed: 0)
      let layer = Dense(
        "d", inputs: 7, outputs: 4, activation: activation, in: parameters, stream: &stream)
      layer.weight.value.copy(from: expected.weight)
      layer.bias.value.copy(from: expected.bias ?? [])
      check(layer, parameters, expected, rows: 5)
    }
  }

  @Test("MinibatchDiscrimination: two groups, nineteen kernels")
  func minibatchDiscrimination() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 0)
    let layer = MinibatchDiscrimination(
      "m", inputs: 5, kernels: 19, dimensions: 3, groupSize: 6, rows: 12, in: parameters,
      stream: &stream)
    layer.weight.value.copy(from: reference.minibatch.weight)
    check(layer, parameters, reference.minibatch, rows: 12, tolerance: 4e-6)
  }

  @Test("Convolution: strides 1 to 3, kernels up to wider than the input")
  func convolution() {
    for expected in reference.convolutions {
      let parameters = Parameters()
      var stream = RandomStream(seed: 0)
      let shape = expected.shape
      let layer = Convolution(
        "c", channels: shape[0], length: shape[1], outputChannels: shape[2], kernel: shape[3],
        stride: shape[4], activation: .leakyReLU(slope: expected.slope), in: parameters,
        stream: &stream)
      layer.weight.value.copy(from: expected.values.weight)
      layer.bias.value.copy(from: expected.values.bias ?? [])
      check(layer, parameters, expected.values, rows: 4, tolerance: 4e-6)
    }
  }

  @Test("Resampling to more, fewer and as many points, and from one")
  func resampling() {
    for expected in reference.resamplings {
      let shape = expected.shape
      let layer = Resampling(channels: shape[0], length: shape[1], outputLength: shape[2])
      let y = Matrix(rows: 3, columns: shape[0] * shape[2])
      let xGradient = Matrix(rows: 3, columns: shape[0] * shape[1])
      layer.forward(Matrix(rows: 3, elements: expected.x), into: y)
      layer.backward(
        Matrix(rows: 3, elements: expected.outputWeight), into: xGradient, parameters: true)
      expectClose(y.elements.map(Double.init), expected.y, absolute: 1e-6, "y of \(shape)")
      expectClose(
        xGradient.elements.map(Double.init), expected.xGradient, absolute: 1e-6,
        "x gradient of \(shape)")
    }
  }

  @Test("Binary cross-entropy of logits from −200 to 200")
  func crossEntropy() {
    let expected = reference.crossEntropy
    let logits = Matrix(rows: expected.logits.count, elements: expected.logits)
    let gradient = Matrix(rows: expected.logits.count, columns: 1)
    for test in expected.cases {
      let loss = binaryCrossEntropy(
        logits: logits, target: test.target, weight: test.weight, gradient: gradient)
      expectClose(Double(loss), test.loss, relative: 1e-6, "loss at \(test.target)")
      expectClose(
        gradient.elements.map(Double.init), test.gradient, relative: 1e-6, absolute: 1e-9,
        "gradient at \(test.target)")
    }
  }

  @Test("Softmax and its cross-entropy: logits up to 200 apart, with and without class weights")
  func softmaxCrossEntropy() {
    let expected = reference.softmax
    let rows = expected.classes.count
    let logits = Matrix(rows: rows, elements: expected.logits)
    let gradient = Matrix(rows: rows, columns: logits.columnCount)
    for test in expected.cases {
      let loss = NeuralNetworks.softmaxCrossEntropy(
        logits: logits, classes: expected.classes, weights: test.weights, gradient: gradient)
      expectClose(Double(loss), test.loss, relative: 1e-6, "loss")
      // Logits of 200 are known to 1e-5, and so are their powers of e.
      expectClose(
        gradient.elements.map(Double.init), test.gradient, relative: 2e-6, absolute: 1e-8,
        "gradient")
    }
    softmax(logits)
    expectClose(
      logits.elements.map(Double.init), expected.probabilities, relative: 2e-6, absolute: 1e-12,
      "probabilities")
  }

  @Test("AdamW: a hundred steps with decay and changing rates on a quadratic bowl")
  func adamW() {
    let expected = reference.adamW
    let parameters = Parameters()
    let w = parameters.add("w", rows: 1, columns: expected.start.count)
    w.value.copy(from: expected.start)
    let adam = Adam(parameters, beta1: expected.beta1, beta2: expected.beta2)
    for (index, rate) in expected.rates.enumerated() {
      for j in expected.start.indices {
        w.gradient[0, j] = expected.curvature[j] * (w.value[0, j] - expected.minimum[j])
      }
      adam.step(learningRate: rate, weightDecay: expected.decay)
      if let point = expected.path.first(where: { $0.step == index + 1 }) {
        // Of 1 − β₂ = 0.001 Float keeps five digits: that much of the way, about 0.4, is uncertain.
        expectClose(
          w.value.elements.map(Double.init), point.weight, absolute: 1e-5, "step \(index + 1)")
      }
    }
  }

  @Test("Adam: a hundred steps on a quadratic bowl")
  func adam() {
    let expected = reference.adam
    let parameters = Parameters()
    let w = parameters.add("w", rows: 1, columns: expected.start.count)
    w.value.copy(from: expected.start)
    let adam = Adam(parameters, beta1: expected.beta1, beta2: expected.beta2)
    for step in 1...100 {
      for j in expected.start.indices {
        w.gradient[0, j] = expected.curvature[j] * (w.value[0, j] - expected.minimum[j])
      }
      adam.step(learningRate: expected.rate)
      if let point = expected.path.first(where: { $0.step == step }) {
        expectClose(
          w.value.elements.map(Double.init), point.weight, absolute: 1e-6, "step \(step)")
      }
    }
  }

  @Test("Thirty training steps of a small discriminator")
  func training() {
    let expected = reference.network
    let parameters = Parameters()
    var stream = RandomStream(seed: 0)
    let first = Dense(
      "first", inputs: 6, outputs: 5, activation: .relu, in: parameters, stream: &stream)
    let minibatch = MinibatchDiscrimination(
      "minibatch", inputs: 5, kernels: 3, dimensions: 2, groupSize: 8, rows: 8, in: parameters,
      stream: &stream)
    let last = Dense(
      "last", inputs: 8, outputs: 1, activation: .identity, in: parameters, stream: &stream)
    for (tensor, start) in zip(parameters.tensors, expected.start) {
      tensor.value.copy(from: start)
    }
    let adam = Adam(parameters, beta1: 0.5, beta2: 0.9)
    let x = Matrix(rows: 8, elements: expected.x)
    let features = Matrix(rows: 8, columns: 8)
    let featureGradient = Matrix(rows: 8, columns: 8)
    let logits = Matrix(rows: 8, columns: 1)
    let gradient = Matrix(rows: 8, columns: 1)
    var losses: [Double] = []
    for _ in expected.losses {
      first.forward(x, into: features.columns(0..<5))
      minibatch.forward(features.columns(0..<5), into: features)
      last.forward(features, into: logits)
      let real = binaryCrossEntropy(
        logits: logits.rows(0..<4), target: 0.9, weight: 1, gradient: gradient.rows(0..<4))
      let fake = binaryCrossEntropy(
        logits: logits.rows(4..<8), target: 0, weight: 1, gradient: gradient.rows(4..<8))
      last.backward(gradient, into: featureGradient, parameters: true)
      minibatch.backward(
        featureGradient, into: featureGradient.columns(0..<5), parameters: true)
      first.backward(featureGradient.columns(0..<5), into: nil, parameters: true)
      adam.step(learningRate: 1e-3)
      losses.append(Double(real + fake))
    }
    expectClose(losses, expected.losses, relative: 5e-6, "losses")
    for (tensor, end) in zip(parameters.tensors, expected.end) {
      expectClose(
        tensor.value.elements.map(Double.init), end, absolute: 1e-5, "\(tensor.name) at the end")
    }
  }
}
