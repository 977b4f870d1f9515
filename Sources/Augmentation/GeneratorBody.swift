internal import LinearAlgebra
internal import NeuralNetworks

extension DAGDesign {
  /// The part of a generator that the architecture decides: normal deviates → spectra in the shared
  /// components, before shift, norm and noise.
  ///
  /// SimpleDense, LargeDense: ``HiddenLayers`` → ``DenseProjection``.
  /// Subspace: ``HiddenLayers`` → Dense → spectra of the coefficients.
  /// SimpleConvo: Dense, ReLU → GaussianNoise → channels of few points; then for each channel count
  /// Convolution, ReLU → PoissonNoise → Resampling to more points, the last to one channel of L points
  /// without ReLU and noise → its coefficients → their spectra.
  ///
  /// It starts at the class's `mean` spectrum, but for that of the paper's own procedure, which knows no
  /// components (``FaithfulProcedure``). Shapes: rows × latents to rows × L.
  func generatorBody(
    _ components: ClassComponents, mean: [Float], in parameters: Parameters,
    stream: inout RandomStream
  ) -> Chain {
    let basis = components.basis
    if let faithful {
      return faithful.generator(
        latents: latentCount, channels: basis.channelCount, rows: batchSize, in: parameters,
        stream: &stream)
    }
    switch architecture {
    case .simpleDense, .largeDense:
      let hidden = HiddenLayers(self, in: parameters, stream: &stream)
      let output = DenseProjection(
        "generator.output", inputs: hidden.outputCount, basis: basis.matrix,
        mean: Matrix(rows: 1, elements: components.centre), rows: batchSize, in: parameters,
        stream: &stream)
      output.weight.value.multiply(by: outputWeightScale)
      output.bias.value.copy(from: mean)
      return Chain([hidden, output], rows: batchSize)
    case .subspace:
      let hidden = HiddenLayers(self, in: parameters, stream: &stream)
      let output = Dense(
        "generator.output", inputs: hidden.outputCount, outputs: basis.componentCount,
        activation: .identity, in: parameters, stream: &stream)
      output.weight.value.multiply(by: outputWeightScale)
      return Chain([hidden, output, components.decoding], rows: batchSize)
    case .simpleConvo:
      return convolutions(components, in: parameters, stream: &stream)
    }
  }

  private func convolutions(
    _ components: ClassComponents, in parameters: Parameters, stream: inout RandomStream
  ) -> Chain {
    var lengths = [components.basis.channelCount]
    for _ in generatorChannels {
      lengths.insert((lengths[0] - 1) / convolutionStride + 1, at: 0)
    }
    let coarse = generatorChannels[0] * lengths[0]
    var layers: [any Layer] = [
      Dense(
        "generator.dense", inputs: latentCount, outputs: coarse, activation: .relu,
        in: parameters, stream: &stream),
      GaussianNoise(deviation: hiddenGaussian, count: coarse, rows: batchSize),
    ]
    for (index, channels) in generatorChannels.enumerated() {
      let isLast = index == generatorChannels.count - 1
      let outputs = isLast ? 1 : generatorChannels[index + 1]
      let convolution = Convolution(
        "generator.convolution\(index + 1)", channels: channels, length: lengths[index],
        outputChannels: outputs, kernel: convolutionKernel,
        activation: isLast ? .identity : .relu, in: parameters, stream: &stream)
      layers.append(convolution)
      if isLast {
        convolution.weight.value.multiply(by: outputWeightScale)
      } else {
        layers.append(
          PoissonNoise(
            gain: hiddenPoisson * hiddenPoisson, differentiatesAmplitude: false,
            count: convolution.outputCount, rows: batchSize))
      }
      layers.append(
        Resampling(
          channels: outputs, length: lengths[index], outputLength: lengths[index + 1]))
    }
    let basis = components.basis
    layers.append(
      AffineMap(basis.matrix, offset: Matrix(rows: 1, columns: basis.componentCount)))
    layers.append(components.decoding)
    return Chain(layers, rows: batchSize)
  }
}
