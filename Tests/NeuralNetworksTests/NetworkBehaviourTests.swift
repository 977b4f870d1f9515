import LinearAlgebra
import NeuralNetworks
import TestSupport
import Testing

@Suite("What networks rely on")
struct NetworkBehaviourTests {
  @Test("Minibatch discrimination is alive on wide layers only when calibrated")
  func minibatchIsAlive() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 21)
    let inputs = 2048
    let layer = MinibatchDiscrimination(
      "m", inputs: inputs, kernels: 16, dimensions: 5, groupSize: 32, rows: 32, in: parameters,
      stream: &stream)
    let input = normalMatrix(32, inputs, seed: 22)
    // Weights as a wide layer may have them: distances of many hundreds.
    layer.weight.value.multiply(by: 100)
    let output = Matrix(rows: 32, columns: inputs + 16)
    let closeness = output.columns(inputs..<inputs + 16)
    layer.forward(input, into: output)
    #expect(closeness.elements.allSatisfy { $0 < 1e-12 }, "expected a dead layer")

    #expect(layer.calibrate(on: input))
    layer.forward(input, into: output)
    let o = closeness.elements.map(Double.init)
    let mean = o.reduce(0, +) / Double(o.count)
    let deviation =
      (o.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(o.count)).squareRoot()
    #expect(mean > 0.1 && mean < 31)
    #expect(deviation > 0.05 * mean)
    // Half the mean nearest distance is the target: twice the target, twice the weights.
    let weight = layer.weight.value[0, 0]
    layer.calibrate(on: input, target: 2)
    expectClose(Double(layer.weight.value[0, 0]), Double(2 * weight), relative: 1e-5)
    #expect(!layer.calibrate(on: Matrix(rows: 32, columns: inputs)), "no differences to scale")
  }

  @Test("Layers in place give the same as layers apart")
  func inPlace() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 23)
    let layer = MinibatchDiscrimination(
      "m", inputs: 4, kernels: 3, dimensions: 2, groupSize: 5, rows: 5, in: parameters,
      stream: &stream)
    let input = normalMatrix(5, 4, seed: 24)
    let gradient = normalMatrix(5, 7, seed: 25)
    func run(inPlace: Bool) -> [Float] {
      let output = Matrix(rows: 5, columns: 7)
      let outputGradient = Matrix(rows: 5, columns: 7)
      outputGradient.copy(from: gradient)
      let x = inPlace ? output.columns(0..<4) : Matrix(rows: 5, columns: 4)
      x.copy(from: input)
      let dx = inPlace ? outputGradient.columns(0..<4) : Matrix(rows: 5, columns: 4)
      layer.forward(x, into: output)
      layer.backward(outputGradient, into: dx, parameters: true)
      return output.elements + dx.elements + layer.weight.gradient.elements
    }
    #expect(run(inPlace: true) == run(inPlace: false))
  }

  @Test("Parameters: named tensors share one flat buffer")
  func parameters() {
    let parameters = Parameters()
    var stream = RandomStream(seed: 26)
    let layer = Dense(
      "hidden", inputs: 3, outputs: 5, activation: .relu, in: parameters, stream: &stream)
    #expect(parameters.tensors.map(\.name) == ["hidden.weight", "hidden.bias"])
    #expect(layer.weight.value.rowCount == 5 && layer.weight.value.columnCount == 3)
    let limit = 1 / Float(3).squareRoot()
    #expect(layer.weight.value.elements.allSatisfy { abs($0) <= limit && $0 != 0 })
    layer.weight.value[4, 2] = 0.5
    #expect(parameters.values.elements[14] == 0.5)
    #expect(parameters.firstNonFinite == nil)
    layer.bias.gradient[0, 1] = .infinity
    #expect(parameters.firstNonFinite == "hidden.bias")
    layer.weight.value[0, 0] = .nan
    #expect(parameters.firstNonFinite == "hidden.weight")
  }

  @Test("PoissonNoise: every row has a level of its own, of the distribution given")
  func noiseLevels() {
    let noise = PoissonNoise(
      gain: 0, differentiatesAmplitude: false, levels: [0.5, 1, 4], count: 400, rows: 500)
    noise.background.fill(0.04)
    var stream = RandomStream(seed: 27)
    noise.draw(&stream)
    let output = Matrix(rows: 500, columns: 400)
    noise.forward(Matrix(rows: 500, columns: 400), into: output)
    let levels = (0..<500).map { i in
      let squares = output.rows(i..<i + 1).elements.reduce(0.0) { $0 + Double($1 * $1) }
      return (squares / 400).squareRoot() / 0.2
    }.sorted()
    expectClose(levels[125], 0.75, relative: 0.1, "a quarter below the middle of 0.5 and 1")
    expectClose(levels[250], 1, relative: 0.15, "the median")
    expectClose(levels[375], 2.5, relative: 0.15, "three quarters")
    #expect(levels[0] > 0.4 && levels[499] < 4.5)
  }

  @Test("Moving average: exact after a step, settles on constant values")
  func movingAverage() {
    let parameters = Parameters()
    let w = parameters.add("w", rows: 1, columns: 3)
    let average = MovingAverage(parameters, decay: 0.9)
    w.value.fill(1)
    average.update()
    expectClose(Double(average.values.elements[0]), 0.9, relative: 1e-6, "1 − 1/10")
    for _ in 0..<300 { average.update() }
    expectClose(Double(average.values.elements[2]), 1, relative: 1e-6)
  }
}
