internal import LinearAlgebra
internal import NeuralNetworks

/// A generator's dense hidden layers, all of which the next layer sees.
///
/// z → Dense, ReLU → Roll → GaussianNoise → h₁; h_i → Dense, ReLU → PoissonNoise → h_{i+1};
/// y = [h₁ | h₂ | …]. Shapes: z is rows × latents, h_i is rows × the i-th width.
final class HiddenLayers: RandomLayer {
  private let stages: [Chain]
  private let columns: [Range<Int>]
  /// ∂L/∂h_i through h_{i+1}.
  private let gradients: [Matrix]

  /// The sum of the widths.
  let outputCount: Int

  /// Creates the layers with random weights.
  init(_ design: DAGDesign, in parameters: Parameters, stream: inout RandomStream) {
    let rows = design.batchSize
    var stages: [Chain] = []
    var columns: [Range<Int>] = []
    var inputs = design.latentCount
    for (index, width) in design.generatorWidths.enumerated() {
      let dense = Dense(
        "generator.dense\(index + 1)", inputs: inputs, outputs: width, activation: .relu,
        in: parameters, stream: &stream)
      if index == 0 {
        let roll = Roll(reach: design.hiddenRoll, count: width)
        let noise = GaussianNoise(deviation: design.hiddenGaussian, count: width, rows: rows)
        stages.append(Chain([dense, roll, noise], rows: rows))
      } else {
        let noise = PoissonNoise(
          gain: design.hiddenPoisson * design.hiddenPoisson, differentiatesAmplitude: false,
          count: width, rows: rows)
        stages.append(Chain([dense, noise], rows: rows))
      }
      let first = columns.last?.upperBound ?? 0
      columns.append(first..<first + width)
      inputs = width
    }
    self.stages = stages
    self.columns = columns
    gradients = columns.dropLast().map { Matrix(rows: rows, columns: $0.count) }
    outputCount = columns.last?.upperBound ?? 0
  }

  func draw(_ stream: inout RandomStream) {
    for stage in stages { stage.draw(&stream) }
  }

  func forward(_ input: Matrix, into output: Matrix) {
    var x = input
    for index in stages.indices {
      let h = output.columns(columns[index])
      stages[index].forward(x, into: h)
      x = h
    }
  }

  func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    for index in stages.indices.reversed() {
      let own = outputGradient.columns(columns[index])
      if index == 0 {
        stages[0].backward(own, into: inputGradient, parameters: parameters)
      } else {
        stages[index].backward(own, into: gradients[index - 1], parameters: parameters)
        outputGradient.columns(columns[index - 1]).add(gradients[index - 1])
      }
    }
  }
}

extension HiddenLayers: ExportableLayer {
  /// The operators of stage after stage, and Concat.
  func append(to graph: inout OperatorGraph, _ x: OperatorGraph.Value) -> OperatorGraph.Value {
    var x = x
    let outputs = stages.map { stage in
      x = stage.append(to: &graph, x)
      return x
    }
    return graph.apply("Concat", outputs, ["axis": .integer(1)])
  }
}
