package import LinearAlgebra
package import NeuralNetworks

/// The network that tells real from generated spectra.
///
/// Two branches, each Dense, ReLU → minibatch discrimination → Dense, ReLU → minibatch
/// discrimination; both together → Dense, ReLU → Dense → one logit. The first layers look at the
/// spectra through the shared components. With several heads the last layer is another one for each
/// of as many equal parts of the rows. Shapes: spectra are rows × L in minibatches of B rows that do
/// not see each other; logits are rows × 1.
package final class Discriminator {
  /// All trainable numbers.
  package let parameters = Parameters()
  /// The spectra of the last forward pass.
  package private(set) var shown = Matrix(rows: 0, columns: 0)
  private let batchSize: Int
  private let first: ProjectedDense
  private let branches: [Branch]
  private let last: Dense
  private let heads: [Dense]

  private let hidden: Matrix
  private let hiddenGradient: Matrix
  private let joined: Matrix
  private let joinedGradient: Matrix
  private let lastHidden: Matrix
  private let lastGradient: Matrix

  /// One branch from the first layer's columns `input` to the columns `output` of the joined ones.
  private struct Branch {
    let input: Range<Int>
    let output: Range<Int>
    let minibatch1: MinibatchDiscrimination
    let dense: Dense
    let minibatch2: MinibatchDiscrimination
    /// [first layer | closeness].
    let wide: Matrix
    let wideGradient: Matrix
    /// The columns of the second layer within `output`.
    let own: Range<Int>

    init(
      _ name: String, input: Range<Int>, output: Range<Int>, design: DAGDesign, rows: Int,
      in parameters: Parameters, stream: inout RandomStream
    ) {
      let kernels = design.minibatchKernels
      self.input = input
      self.output = output
      own = 0..<output.count - kernels
      minibatch1 = MinibatchDiscrimination(
        "\(name).minibatch1", inputs: input.count, kernels: kernels,
        dimensions: design.minibatchDimensions, groupSize: design.batchSize, rows: rows,
        in: parameters, stream: &stream)
      dense = Dense(
        "\(name).dense", inputs: input.count + kernels, outputs: own.count, activation: .relu,
        in: parameters, stream: &stream)
      minibatch2 = MinibatchDiscrimination(
        "\(name).minibatch2", inputs: own.count, kernels: kernels,
        dimensions: design.minibatchDimensions, groupSize: design.batchSize, rows: rows,
        in: parameters, stream: &stream)
      wide = Matrix(rows: rows, columns: input.count + kernels)
      wideGradient = Matrix(rows: rows, columns: input.count + kernels)
    }
  }

  /// Creates the network with random weights; `groups` is the largest number of minibatches.
  package init(
    design: DAGDesign, basis: SharedBasis, groups: Int, heads: Int, stream: inout RandomStream
  ) {
    let rows = groups * design.batchSize
    let kernels = design.minibatchKernels
    let widths = [design.branch1, design.branch2]
    batchSize = design.batchSize
    let firstWidth = widths[0].first + widths[1].first
    let joinedWidth = widths[0].second + widths[1].second + 2 * kernels
    first = ProjectedDense(
      "discriminator.first", basis: basis.matrix, outputs: firstWidth, activation: .relu,
      rows: rows, in: parameters, stream: &stream)
    var branches: [Branch] = []
    var input = 0
    var output = 0
    for (index, width) in widths.enumerated() {
      let branch = Branch(
        "discriminator.branch\(index + 1)", input: input..<input + width.first,
        output: output..<output + width.second + kernels, design: design, rows: rows,
        in: parameters, stream: &stream)
      branches.append(branch)
      input = branch.input.upperBound
      output = branch.output.upperBound
    }
    self.branches = branches
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
    hidden = Matrix(rows: rows, columns: firstWidth)
    hiddenGradient = Matrix(rows: rows, columns: firstWidth)
    joined = Matrix(rows: rows, columns: joinedWidth)
    joinedGradient = Matrix(rows: rows, columns: joinedWidth)
    lastHidden = Matrix(rows: rows, columns: design.lastWidth)
    lastGradient = Matrix(rows: rows, columns: design.lastWidth)
  }

  /// Scales the minibatch layers to one minibatch of real spectra, so that none starts dead: half the
  /// mean distance to the nearest other spectrum becomes `target`.
  package func calibrate(on spectra: Matrix, target: Double) {
    let rows = 0..<batchSize
    let hidden = hidden.rows(rows)
    first.forward(spectra, into: hidden)
    for branch in branches {
      let wide = branch.wide.rows(rows)
      let joined = joined.rows(rows).columns(branch.output)
      branch.minibatch1.calibrate(on: hidden.columns(branch.input), target: target)
      branch.minibatch1.forward(hidden.columns(branch.input), into: wide)
      branch.dense.forward(wide, into: joined.columns(branch.own))
      branch.minibatch2.calibrate(on: joined.columns(branch.own), target: target)
    }
  }

  /// The logit of every spectrum; positive means real.
  package func forward(_ spectra: Matrix, into logits: Matrix) {
    shown = spectra
    let rows = 0..<spectra.rowCount
    let hidden = hidden.rows(rows)
    first.forward(spectra, into: hidden)
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
    first.backward(hiddenGradient, into: spectra, parameters: parameters)
  }

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
