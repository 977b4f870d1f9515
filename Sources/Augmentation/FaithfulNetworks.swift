internal import LinearAlgebra
internal import NeuralNetworks

extension FaithfulProcedure {
  /// The generator: parallel branches of Dense, LeakyReLU → CountNoise → GaussianNoise, again and
  /// again, → Translation; all together → Dense, tanh.
  ///
  /// Shapes: rows × latents to rows × channels.
  func generator(
    latents: Int, channels: Int, rows: Int, in parameters: Parameters,
    stream: inout RandomStream
  ) -> Chain {
    var branches: [any Layer] = []
    for branch in 1...generatorBranches {
      var layers: [any Layer] = []
      var inputs = latents
      for (index, share) in generatorShares.enumerated() {
        let outputs = width(share, of: channels / generatorBranches)
        layers += [
          Dense(
            "generator.branch\(branch).dense\(index + 1)", inputs: inputs, outputs: outputs,
            activation: .leakyReLU(slope: leakySlope), in: parameters, stream: &stream),
          CountNoise(mean: hiddenCounts, scale: hiddenCountScale, count: outputs, rows: rows),
          GaussianNoise(deviation: hiddenGaussian, count: outputs, rows: rows),
        ]
        inputs = outputs
      }
      layers.append(Translation(reach: hiddenTranslation, count: inputs))
      branches.append(Chain(layers, rows: rows))
    }
    let both = Parallel(branches, inputs: latents, rows: rows)
    let output = Dense(
      "generator.output", inputs: both.outputCount, outputs: channels, activation: .tanh,
      in: parameters, stream: &stream)
    return Chain([both, output], rows: rows)
  }
}

/// The discriminator of the paper's own procedure.
///
/// Branches of Dense, LeakyReLU → Dropout, again and again, → minibatch discrimination → Dense,
/// LeakyReLU; all together → Dense → one logit. Shapes: as those of ``Discriminator``.
final class FaithfulDiscriminator: SpectrumDiscriminator {
  let parameters = Parameters()
  private(set) var shown = Matrix(rows: 0, columns: 0)
  private let batchSize: Int
  private let branches: [Branch]
  private let network: Chain

  private struct Branch {
    let front: Chain
    let minibatch: MinibatchDiscrimination
    let scratch: Matrix
  }

  /// Creates the network with random weights; `groups` is the largest number of minibatches.
  init(
    _ procedure: FaithfulProcedure, channels: Int, batchSize: Int, groups: Int,
    stream: inout RandomStream
  ) {
    let rows = groups * batchSize
    self.batchSize = batchSize
    let activation = Activation.leakyReLU(slope: procedure.leakySlope)
    var branches: [Branch] = []
    var whole: [any Layer] = []
    for (branch, kernels) in procedure.minibatchKernels.enumerated() {
      let name = "discriminator.branch\(branch + 1)"
      var layers: [any Layer] = []
      var inputs = channels
      for (index, share) in procedure.discriminatorShares.enumerated() {
        let outputs = procedure.width(share, of: channels)
        layers += [
          Dense(
            "\(name).dense\(index + 1)", inputs: inputs, outputs: outputs, activation: activation,
            in: parameters, stream: &stream),
          Dropout(rate: procedure.dropout, count: outputs, rows: rows),
        ]
        inputs = outputs
      }
      let front = Chain(layers, rows: rows)
      let minibatch = MinibatchDiscrimination(
        "\(name).minibatch", inputs: inputs, kernels: kernels,
        dimensions: procedure.minibatchDimensions[branch], groupSize: batchSize, rows: rows,
        in: parameters, stream: &stream)
      let last = Dense(
        "\(name).last", inputs: minibatch.outputCount,
        outputs: procedure.width(procedure.lastShare, of: channels), activation: activation,
        in: parameters, stream: &stream)
      branches.append(
        Branch(
          front: front, minibatch: minibatch, scratch: Matrix(rows: batchSize, columns: inputs)))
      whole.append(Chain([front, minibatch, last], rows: rows))
    }
    self.branches = branches
    let all = Parallel(whole, inputs: channels, rows: rows)
    let output = Dense(
      "discriminator.output", inputs: all.outputCount, outputs: 1, activation: .identity,
      in: parameters, stream: &stream)
    network = Chain([all, output], rows: rows)
  }

  func draw(_ stream: inout RandomStream) { network.draw(&stream) }

  func calibrate(on spectra: Matrix, target: Double) {
    for branch in branches {
      branch.front.forward(spectra.rows(0..<batchSize), into: branch.scratch)
      branch.minibatch.calibrate(on: branch.scratch, target: target)
    }
  }

  func forward(_ spectra: Matrix, into logits: Matrix) {
    shown = spectra
    network.forward(spectra, into: logits)
  }

  func backward(_ logitGradient: Matrix, into spectra: Matrix?, parameters: Bool) {
    network.backward(logitGradient, into: spectra, parameters: parameters)
  }
}
