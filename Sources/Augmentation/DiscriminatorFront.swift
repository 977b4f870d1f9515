internal import LinearAlgebra
internal import NeuralNetworks

extension DAGDesign {
  /// The part of a discriminator that the architecture decides: spectra → the inputs of all branches.
  ///
  /// It sees the spectra through the shared components, and the inputs stand side by side.
  ///
  /// SimpleDense, LargeDense: ``ProjectedDense``, ReLU.
  /// Subspace: standardised coefficients → Dense, ReLU.
  /// SimpleConvo: standardised coefficients → for the first branch their spectra around 0, of about
  /// unit variance → Convolution with a stride, ReLU, for each channel count → Dense, ReLU; for the
  /// others Dense, ReLU.
  ///
  /// `mean` is the class's mean spectrum and `rows` the largest batch. Shapes: rows × L to rows × the
  /// sum of the branches' first widths.
  func discriminatorFront(
    _ components: ClassComponents, mean: [Float], rows: Int, in parameters: Parameters,
    stream: inout RandomStream
  ) -> any Layer {
    let basis = components.basis
    let width = branches.reduce(0) { $0 + $1[0] }
    switch architecture {
    case .simpleDense, .largeDense:
      return ProjectedDense(
        "discriminator.first", basis: basis.matrix, outputs: width, activation: .relu,
        rows: rows, in: parameters, stream: &stream)
    case .subspace:
      let dense = Dense(
        "discriminator.first", inputs: basis.componentCount, outputs: width, activation: .relu,
        in: parameters, stream: &stream)
      return Chain([components.standardising(around: mean), dense], rows: rows)
    case .simpleConvo:
      var layers: [any Layer] = [components.pattern]
      var (channels, length) = (1, basis.channelCount)
      for (index, outputs) in discriminatorChannels.enumerated() {
        layers.append(
          Convolution(
            "discriminator.convolution\(index + 1)", channels: channels, length: length,
            outputChannels: outputs, kernel: convolutionKernel, stride: convolutionStride,
            activation: .relu, in: parameters, stream: &stream))
        (channels, length) = (outputs, (length - 1) / convolutionStride + 1)
      }
      layers.append(
        Dense(
          "discriminator.first1", inputs: channels * length, outputs: branches[0][0],
          activation: .relu, in: parameters, stream: &stream))
      let dense = Dense(
        "discriminator.first2", inputs: basis.componentCount, outputs: width - branches[0][0],
        activation: .relu, in: parameters, stream: &stream)
      let both = Parallel(
        [Chain(layers, rows: rows), dense], inputs: basis.componentCount, rows: rows)
      return Chain([components.standardising(around: mean), both], rows: rows)
    }
  }
}
