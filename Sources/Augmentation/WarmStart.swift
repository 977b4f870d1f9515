package import LinearAlgebra
internal import NeuralNetworks

/// A trained generator from which the training of a class of the same kind starts.
///
/// It gives the generator its first weights. All else comes from the new spectra: components, amplitudes,
/// noise, discriminators, optimisers.
public struct WarmStart: Sendable {
  /// The generator.
  public let snapshot: GeneratorSnapshot
  /// The iterations that it was trained for: the rule's minimum counts them.
  public let iterations: Int
  /// Where it comes from, for the record: the SHA-256 digest of its file.
  public let origin: String

  /// Creates the start from a trained generator.
  public init(_ generator: TrainedGenerator, origin: String) {
    snapshot = generator.snapshot
    iterations = generator.record.chosen.iteration + (generator.record.start?.iterations ?? 0)
    self.origin = origin
  }

  /// Throws ``TrainingError/unusableStart(name:reason:)`` when the class `name` cannot start from it.
  public func check(name: String, channels: Int, design: DAGDesign) throws(TrainingError) {
    let old = snapshot.design
    let own = snapshot.components.basis.channelCount
    func require<Choice: Equatable>(
      _ what: String, _ choice: (DAGDesign) -> Choice
    ) throws(TrainingError) {
      if choice(old) != choice(design) {
        throw .unusableStart(
          name: name, reason: "its \(what) is \(choice(old)), not \(choice(design))")
      }
    }
    if own != channels {
      throw .unusableStart(
        name: name, reason: "it has \(own) channels and the new spectra have \(channels)")
    }
    try require("procedure") { $0.faithful == nil ? "this program's" : "the paper's" }
    try require("architecture") { $0.architecture.rawValue }
    try require("number of latents") { $0.latentCount }
    if let faithful = design.faithful {
      try require("number of branches") { $0.faithful?.generatorBranches ?? 0 }
      if faithful.generatorShares != old.faithful?.generatorShares {
        throw .unusableStart(name: name, reason: "its branches have other widths")
      }
    } else if design.architecture == .simpleConvo {
      try require("list of channels") { $0.generatorChannels }
      try require("kernel") { $0.convolutionKernel }
      try require("stride") { $0.convolutionStride }
    } else {
      try require("list of widths") { $0.generatorWidths }
    }
  }

  /// The weights for a generator that works in `components`.
  ///
  /// Those of Subspace belong to the components that they were trained in: coefficients c of these stand
  /// for spectra, whose coefficients in the new ones are A c + a, so that the last layer's W and b become
  /// A W and A b + a. The other architectures end with spectra, which are projected on the new ones.
  package func weights(in components: ClassComponents) -> [Tensor] {
    guard snapshot.design.architecture == .subspace, snapshot.design.faithful == nil else {
      return snapshot.weights
    }
    let encoding = components.standardising(around: components.centre)
    let decoding = snapshot.components.decoding
    let outputs = components.basis.componentCount
    /// The new coefficients of spectra, rows × L.
    func encoded(_ spectra: Matrix) -> Matrix {
      let coefficients = Matrix(rows: spectra.rowCount, columns: outputs)
      encoding.forward(spectra, into: coefficients)
      return coefficients
    }
    /// What coefficients of the old components, rows × k, become.
    func moved(_ coefficients: Matrix) -> Matrix {
      let spectra = Matrix(
        rows: coefficients.rowCount, columns: components.basis.channelCount)
      decoding.forward(coefficients, into: spectra)
      return encoded(spectra)
    }
    return snapshot.weights.map { tensor in
      switch tensor.name {
      case "generator.output.bias":
        return Tensor(
          name: tensor.name, shape: [1, outputs],
          elements: moved(Matrix(rows: 1, elements: tensor.elements)).elements)
      case "generator.output.weight":
        // Column after column of W as coefficients, without the constant part a.
        let inputs = tensor.shape[1]
        let columns = transposed(tensor.elements, columns: inputs)
        let images = moved(Matrix(rows: inputs, elements: columns)).elements
        let constant = moved(Matrix(rows: 1, columns: tensor.shape[0])).elements
        let linear = images.indices.map { images[$0] - constant[$0 % outputs] }
        return Tensor(
          name: tensor.name, shape: [outputs, inputs],
          elements: transposed(linear, columns: outputs))
      default: return tensor
      }
    }
  }

  private func transposed(_ elements: [Float], columns: Int) -> [Float] {
    let rows = elements.count / columns
    return (0..<columns).flatMap { column in (0..<rows).map { elements[$0 * columns + column] } }
  }
}
