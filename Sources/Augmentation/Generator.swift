public import LinearAlgebra
package import NeuralNetworks

/// The network that turns normal deviates into spectra.
///
/// z → the architecture's body → stretch, + offset (``GeneratorSnapshot``) → energy shift → max norm → the class's noise → max norm. In
/// the paper's own procedure the body is all, and its noise is off when spectra are sampled.
/// Shapes: z is B × latents, the body's spectra and the result are B × L.
package final class Generator {
  /// All trainable numbers.
  package let parameters = Parameters()
  private let latent: Matrix
  private let body: Chain
  private let isFaithful: Bool
  private var drawsBody = true
  private let thickness: ThicknessVariation?
  private let shift: FractionalShift
  private let norm: MaxNormalisation
  private let noise: PoissonNoise
  private let finalNorm: MaxNormalisation

  private let mean: Matrix
  private let basis: Matrix
  private var stretch: AffineMap?
  private let change: Matrix
  private let offset: Matrix
  private let clean: Matrix

  /// Creates the network with random weights, its body at `mean`, the class's mean spectrum.
  package init(
    design: DAGDesign, components: ClassComponents, mean: [Float], shift: Double,
    noise: NoiseEstimate, varied: AcquisitionVariation? = nil, stream: inout RandomStream
  ) {
    let rows = design.batchSize
    let channels = components.basis.channelCount
    isFaithful = design.faithful != nil
    latent = Matrix(rows: rows, columns: design.latentCount)
    body = design.generatorBody(components, mean: mean, in: parameters, stream: &stream)
    thickness = ThicknessVariation(varied, count: channels, rows: rows)
    self.shift = FractionalShift(
      reach: shift, deviation: varied?.shift ?? 0, count: channels, rows: rows)
    norm = MaxNormalisation(floor: design.smallestMaximum, count: channels, rows: rows)
    // Below a signal of 1e-6 the slope of the noise's amplitude would grow without bound.
    self.noise = PoissonNoise(
      gain: noise.gain, floor: 1e-6, differentiatesAmplitude: true, colour: noise.colour,
      levels: noise.levels, strengths: varied?.noise ?? 1...1, count: channels, rows: rows)
    self.noise.background.copy(from: noise.background)
    finalNorm = MaxNormalisation(floor: design.smallestMaximum, count: channels, rows: rows)
    self.mean = Matrix(rows: rows, columns: channels)
    basis = components.basis.matrix
    change = Matrix(rows: rows, columns: basis.rowCount)
    offset = Matrix(rows: 1, columns: channels)
    clean = Matrix(rows: rows, columns: channels)
  }

  /// Creates the network of a snapshot, for other acquisitions where a variation is given.
  package convenience init(
    _ snapshot: GeneratorSnapshot, varied variation: AcquisitionVariation? = nil
  ) {
    do {
      try self.init(checking: snapshot, varied: variation)
    } catch {
      preconditionFailure("a snapshot whose weights do not fit: \(error)")
    }
  }

  /// Creates the network of a snapshot; throws when its weights are not the design's.
  convenience init(
    checking snapshot: GeneratorSnapshot, varied variation: AcquisitionVariation? = nil
  ) throws(TensorArchiveError) {
    var stream = RandomStream(seed: 0)
    self.init(
      design: snapshot.design, components: snapshot.components, mean: snapshot.components.centre,
      shift: snapshot.shift, noise: snapshot.noise, varied: variation, stream: &stream)
    try parameters.set(parameters.values, to: snapshot.weights)
    stretch = snapshot.components.change(by: snapshot.stretch)
    offset.copy(from: snapshot.offset)
    drawsBody = !isFaithful
  }

  /// Sets the variance of the noise.
  func setNoise(_ estimate: NoiseEstimate) {
    noise.gain = estimate.gain
    noise.background.copy(from: estimate.background)
  }

  private func setMoments() {
    if let stretch {
      stretch.forward(mean, into: change)
      mean.setProduct(change, basis, adding: true)
    }
    let o = offset.start
    for row in 0..<mean.rowCount {
      let m = mean.row(row)
      for j in 0..<mean.columnCount { m[j] += o[j] }
    }
  }

  /// Draws all random numbers of a batch anew.
  package func draw(_ stream: inout RandomStream) {
    stream.fillNormal(latent)
    if drawsBody { body.draw(&stream) }
    if isFaithful { return }
    thickness?.draw(&stream)
    shift.draw(&stream)
    noise.draw(&stream)
  }

  /// Generates the batch that the last draw determines, B × L.
  package func forward(into spectra: Matrix) {
    if isFaithful { return body.forward(latent, into: spectra) }
    body.forward(latent, into: mean)
    setMoments()
    thickness?.apply(to: mean)
    shift.forward(mean, into: clean)
    norm.forward(clean, into: clean)
    noise.forward(clean, into: spectra)
    finalNorm.forward(spectra, into: spectra)
  }

  /// Stores the gradients of all parameters from ∂L/∂spectra, which is scratch afterwards.
  package func backward(_ gradient: Matrix) {
    if isFaithful { return body.backward(gradient, into: nil, parameters: true) }
    finalNorm.backward(gradient, into: gradient, parameters: true)
    noise.backward(gradient, into: gradient, parameters: true)
    norm.backward(gradient, into: gradient, parameters: true)
    shift.backward(gradient, into: mean, parameters: true)
    body.backward(mean, into: nil, parameters: true)
  }
}

extension Generator {
  /// The network as operators.
  ///
  /// The output is `spectra`, examples × L; inputs are `latent`, examples × latents, and the deviates of
  /// every noise that sampling draws, those of the body named `hidden_…`.
  func graph() -> OperatorGraph {
    var graph = OperatorGraph()
    let latent = graph.input("latent", count: latent.columnCount)
    graph.deviatePrefix = drawsBody ? "hidden_" : nil
    var spectra = body.append(to: &graph, latent)
    if !isFaithful {
      graph.deviatePrefix = ""
      if let stretch {
        let change = stretch.append(to: &graph, spectra)
        let moved = graph.apply("MatMul", [change, graph.constant(basis)])
        spectra = graph.apply("Add", [spectra, moved])
      }
      spectra = graph.apply("Add", [spectra, graph.constant(offset, named: "generator.offset")])
      spectra = shift.append(to: &graph, spectra)
      spectra = norm.append(to: &graph, spectra)
      spectra = noise.append(to: &graph, spectra)
      spectra = finalNorm.append(to: &graph, spectra)
    }
    graph.setOutput(spectra, columns: mean.columnCount, named: "spectra")
    return graph
  }
}

extension GeneratorSnapshot {
  /// The generator as operators for other programs.
  ///
  /// Inputs, one row a spectrum, are normal deviates: `latent`, and one for every noise that is drawn.
  /// The output `spectra`, one a row, L columns, has the distribution of ``SpectrumSampler``, but for
  /// the roll of the hidden layer, which is each spectrum's own here and a batch's there.
  public func graph() -> OperatorGraph { Generator(self).graph() }
}
