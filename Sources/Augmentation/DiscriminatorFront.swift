internal import LinearAlgebra
internal import NeuralNetworks

extension DAGDesign {
  /// The part of a discriminator that the architecture decides: standardised coefficients → the inputs
  /// of all branches, side by side.
  ///
  /// SimpleDense, LargeDense: ``CoefficientDense`` of the patterns that they stand for, ReLU.
  /// Subspace: Dense, ReLU.
  /// SimpleConvo: for the first branch their patterns, of about unit variance → Convolution with a
  /// stride, ReLU, for each channel count → Dense, ReLU; for the others Dense, ReLU.
  ///
  /// `rows` is the largest batch. Shapes: rows × k to rows × the sum of the branches' first widths.
  func discriminatorFront(
    _ components: ClassComponents, rows: Int, in parameters: Parameters,
    stream: inout RandomStream
  ) -> any Layer {
    let count = components.basis.componentCount
    let width = branches.reduce(0) { $0 + $1[0] }
    switch architecture {
    case .simpleDense, .largeDense:
      return CoefficientDense(
        "discriminator.first", basis: components.scaledBasis, outputs: width, activation: .relu,
        in: parameters, stream: &stream)
    case .subspace:
      return Dense(
        "discriminator.first", inputs: count, outputs: width, activation: .relu, in: parameters,
        stream: &stream)
    case .simpleConvo:
      let patterns = convolutions(
        components, outputs: branches[0][0], rows: rows, in: parameters, stream: &stream)
      let dense = Dense(
        "discriminator.first2", inputs: count, outputs: width - branches[0][0], activation: .relu,
        in: parameters, stream: &stream)
      return Parallel([patterns, dense], inputs: count, rows: rows)
    }
  }

  private func convolutions(
    _ components: ClassComponents, outputs width: Int, rows: Int, in parameters: Parameters,
    stream: inout RandomStream
  ) -> Chain {
    var layers: [any Layer] = [components.pattern]
    var (channels, length) = (1, components.basis.channelCount)
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
        "discriminator.first1", inputs: channels * length, outputs: width, activation: .relu,
        in: parameters, stream: &stream))
    return Chain(layers, rows: rows)
  }
}
