package import LinearAlgebra
package import NeuralNetworks

/// The network that tells real from generated spectra.
///
/// Spectra → their standardised coefficients along the shared components → noise → the architecture's
/// front → branches, each minibatch discrimination → Dense, ReLU, once or more → minibatch
/// discrimination; all together → Dense, ReLU → Dense → one logit. With several heads the last layer
/// is another one for each of as many equal parts of the rows. Shapes: spectra are rows × L in
/// minibatches of B rows that do not see each other; logits are rows × 1.
///
/// The noise is the same for real and generated spectra. Spectra with little noise of their own lie on a
/// thin sheet that generated ones miss: a discriminator then tells them apart without fail, and teaches
/// nothing. Noise makes the two distributions overlap (Arjovsky & Bottou, arXiv 1701.04862; Sønderby et
/// al., arXiv 1610.04490).
package final class Discriminator: SpectrumDiscriminator {
  /// All trainable numbers.
  package let parameters = Parameters()
  /// The spectra of the last forward pass.
  package private(set) var shown = Matrix(rows: 0, columns: 0)
  private let batchSize: Int
  private let standardising: AffineMap
  private let noise: GaussianNoise
  private let front: any Layer
  private let branches: [Branch]
  private let last: Dense
  private let heads: [Dense]

  private let coefficients: Matrix
  private let coefficientGradient: Matrix
  private let hidden: Matrix
  private let hiddenGradient: Matrix
  private let joined: Matrix
  private let joinedGradient: Matrix
  private let lastHidden: Matrix
  private let lastGradient: Matrix

  /// One branch from the front's columns `input` to the columns `output` of the joined ones.
  private struct Branch {
    let input: Range<Int>
    let output: Range<Int>
    let minibatch1: MinibatchDiscrimination
    let dense: Chain
    let minibatch2: MinibatchDiscrimination
    /// [front | closeness].
    let wide: Matrix
    let wideGradient: Matrix
    /// The columns of the last dense layer within `output`.
    let own: Range<Int>

    /// Creates the branch of these `widths`, the front's first, which starts at the columns given.
    init(
      _ name: String, widths: [Int], input: Int, output: Int, design: DAGDesign, rows: Int,
      in parameters: Parameters, stream: inout RandomStream
    ) {
      let kernels = design.minibatchKernels
      self.input = input..<input + widths[0]
      own = 0..<widths[widths.count - 1]
      self.output = output..<output + own.count + kernels
      minibatch1 = MinibatchDiscrimination(
        "\(name).minibatch1", inputs: widths[0], kernels: kernels,
        dimensions: design.minibatchDimensions, groupSize: design.batchSize, rows: rows,
        in: parameters, stream: &stream)
      var layers: [any Layer] = []
      var inputs = widths[0] + kernels
      for (index, width) in widths.dropFirst().enumerated() {
        layers.append(
          Dense(
            "\(name).dense\(index + 1)", inputs: inputs, outputs: width, activation: .relu,
            in: parameters, stream: &stream))
        inputs = width
      }
      dense = Chain(layers, rows: rows)
      minibatch2 = MinibatchDiscrimination(
        "\(name).minibatch2", inputs: own.count, kernels: kernels,
        dimensions: design.minibatchDimensions, groupSize: design.batchSize, rows: rows,
        in: parameters, stream: &stream)
      wide = Matrix(rows: rows, columns: widths[0] + kernels)
      wideGradient = Matrix(rows: rows, columns: widths[0] + kernels)
    }
  }

  /// Creates the network with random weights; `mean` is the class's mean spectrum and `groups` the
  /// largest number of minibatches.
  package init(
    design: DAGDesign, components: ClassComponents, mean: [Float], groups: Int, heads: Int,
    stream: inout RandomStream
  ) {
    let rows = groups * design.batchSize
    batchSize = design.batchSize
    standardising = components.standardising(around: mean)
    let count = standardising.outputCount
    noise = GaussianNoise(deviation: design.instanceNoise, count: count, rows: rows)
    coefficients = Matrix(rows: rows, columns: count)
    coefficientGradient = Matrix(rows: rows, columns: count)
    front = design.discriminatorFront(components, rows: rows, in: parameters, stream: &stream)
    var branches: [Branch] = []
    for (index, widths) in design.branches.enumerated() {
      branches.append(
        Branch(
          "discriminator.branch\(index + 1)", widths: widths,
          input: branches.last?.input.upperBound ?? 0,
          output: branches.last?.output.upperBound ?? 0, design: design, rows: rows,
          in: parameters, stream: &stream))
    }
    self.branches = branches
    let joinedWidth = branches.last?.output.upperBound ?? 0
    last = Dense(
      "discriminator.last", inputs: joinedWidth, outputs: design.lastWidth, activation: .relu,
      in: parameters, stream: &stream)
    var outputs: [Dense] = []
    for index in 1...heads {
      outputs.append(
        Dense(
          "discriminator.head\(index)", inputs: design.lastWidth, outputs: 1,
          activation: .identity, in: parameters, stream: &stream))
    }
    self.heads = outputs
    hidden = Matrix(rows: rows, columns: front.outputCount)
    hiddenGradient = Matrix(rows: rows, columns: front.outputCount)
    joined = Matrix(rows: rows, columns: joinedWidth)
    joinedGradient = Matrix(rows: rows, columns: joinedWidth)
    lastHidden = Matrix(rows: rows, columns: design.lastWidth)
    lastGradient = Matrix(rows: rows, columns: design.lastWidth)
  }

  /// Draws the noise on what it sees.
  package func draw(_ stream: inout RandomStream) { noise.draw(&stream) }

  /// Scales the minibatch layers to one minibatch of real spectra, so that none starts dead: half the
  /// mean distance to the nearest other spectrum becomes `target`.
  package func calibrate(on spectra: Matrix, target: Double) {
    let rows = 0..<batchSize
    let hidden = hidden.rows(rows)
    see(spectra, into: hidden)
    for branch in branches {
      let wide = branch.wide.rows(rows)
      let joined = joined.rows(rows).columns(branch.output)
      branch.minibatch1.calibrate(on: hidden.columns(branch.input), target: target)
      branch.minibatch1.forward(hidden.columns(branch.input), into: wide)
      branch.dense.forward(wide, into: joined.columns(branch.own))
      branch.minibatch2.calibrate(on: joined.columns(branch.own), target: target)
    }
  }

  private func see(_ spectra: Matrix, into hidden: Matrix) {
    let coefficients = coefficients.rows(0..<spectra.rowCount)
    standardising.forward(spectra, into: coefficients)
    noise.forward(coefficients, into: coefficients)
    front.forward(coefficients, into: hidden)
  }

  /// The logit of every spectrum; positive means real.
  package func forward(_ spectra: Matrix, into logits: Matrix) {
    shown = spectra
    let rows = 0..<spectra.rowCount
    let hidden = hidden.rows(rows)
    see(spectra, into: hidden)
    for branch in branches {
      let wide = branch.wide.rows(rows)
      let joined = joined.rows(rows).columns(branch.output)
      branch.minibatch1.forward(hidden.columns(branch.input), into: wide)
      branch.dense.forward(wide, into: joined.columns(branch.own))
      branch.minibatch2.forward(joined.columns(branch.own), into: joined)
    }
    last.forward(joined.rows(rows), into: lastHidden.rows(rows))
    for (index, head) in heads.enumerated() {
      let own = self.rows(of: index, in: rows.count)
      head.forward(lastHidden.rows(own), into: logits.rows(own))
    }
  }

  /// The rows of a head.
  private func rows(of head: Int, in count: Int) -> Range<Int> {
    let share = count / heads.count
    return head * share..<(head + 1) * share
  }

  /// The chain rule from ∂L/∂logits, scratch afterwards, to the parameters or to the spectra.
  package func backward(_ logitGradient: Matrix, into spectra: Matrix?, parameters: Bool) {
    let rows = 0..<logitGradient.rowCount
    let lastGradient = lastGradient.rows(rows)
    let joinedGradient = joinedGradient.rows(rows)
    let hiddenGradient = hiddenGradient.rows(rows)
    for (index, head) in heads.enumerated() {
      let own = self.rows(of: index, in: rows.count)
      head.backward(
        logitGradient.rows(own), into: lastGradient.rows(own), parameters: parameters)
    }
    last.backward(lastGradient, into: joinedGradient, parameters: parameters)
    for branch in branches {
      let joined = joinedGradient.columns(branch.output)
      let wide = branch.wideGradient.rows(rows)
      branch.minibatch2.backward(joined, into: joined.columns(branch.own), parameters: parameters)
      branch.dense.backward(joined.columns(branch.own), into: wide, parameters: parameters)
      branch.minibatch1.backward(
        wide, into: hiddenGradient.columns(branch.input), parameters: parameters)
    }
    let gradient = spectra.map { _ in coefficientGradient.rows(rows) }
    front.backward(hiddenGradient, into: gradient, parameters: parameters)
    // The noise passes gradients as they are.
    if let gradient { standardising.backward(gradient, into: spectra, parameters: parameters) }
  }

  /// The noisy standardised coefficients of the last forward pass, rows × k.
  package func seen(rows: Int) -> Matrix { coefficients.rows(0..<rows) }

  /// What the minibatch layers of the last forward pass said, for each layer rows × kernels.
  package func closeness(rows: Int) -> [Matrix] {
    branches.flatMap { branch in
      [
        branch.wide.rows(0..<rows).columns(branch.input.count..<branch.wide.columnCount),
        joined.rows(0..<rows).columns(
          branch.output.lowerBound + branch.own.count..<branch.output.upperBound),
      ]
    }
  }
}
