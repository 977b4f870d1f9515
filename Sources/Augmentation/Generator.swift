package import LinearAlgebra
package import NeuralNetworks

/// The network that turns normal deviates into spectra.
///
/// z → Dense, ReLU → Roll → GaussianNoise → h₁; h₁ → Dense, ReLU → PoissonNoise → h₂;
/// [h₁ | h₂] → Dense → projection on the shared components → energy shift → max norm → the class's
/// noise → max norm. Shapes: one batch of B × L.
package final class Generator {
  /// All trainable numbers.
  package let parameters = Parameters()
  private let rows: Int
  private let latent: Matrix

  private let dense1: Dense
  private let roll: Roll
  private let gaussian: GaussianNoise
  private let dense2: Dense
  private let poisson: PoissonNoise
  private let dense3: DenseProjection
  private let shift: FractionalShift
  private let norm: MaxNormalisation
  private let noise: PoissonNoise
  private let finalNorm: MaxNormalisation

  // What passes between the layers, and its gradients.
  private let hidden1: Matrix
  private let rolled: Matrix
  private let hidden2: Matrix
  private let joined: Matrix
  private let joinedGradient: Matrix
  private let rolledGradient: Matrix
  private let hiddenGradient: Matrix
  private let mean: Matrix
  private let offset: Matrix
  private let clean: Matrix

  /// Creates the network with random weights, its output bias at `mean`, the class's mean spectrum.
  package convenience init(
    design: DAGDesign, basis: SharedBasis, centre: [Float], mean: [Float], shift: Double,
    noise: NoiseEstimate, stream: inout RandomStream
  ) {
    self.init(
      design: design, basis: basis, centre: centre, shift: shift, noise: noise, stream: &stream)
    dense3.weight.value.multiply(by: design.outputWeightScale)
    dense3.bias.value.copy(from: mean)
  }

  /// Creates the network of a snapshot.
  package convenience init(_ snapshot: GeneratorSnapshot) {
    do {
      try self.init(checking: snapshot)
    } catch {
      preconditionFailure("a snapshot whose weights do not fit: \(error)")
    }
  }

  /// Creates the network of a snapshot; throws when its weights are not the design's.
  convenience init(checking snapshot: GeneratorSnapshot) throws(TensorArchiveError) {
    var stream = RandomStream(seed: 0)
    self.init(
      design: snapshot.design, basis: snapshot.basis, centre: snapshot.centre,
      shift: snapshot.shift, noise: snapshot.noise, stream: &stream)
    try parameters.set(parameters.values, to: snapshot.weights)
    offset.copy(from: snapshot.offset)
  }

  private init(
    design: DAGDesign, basis: SharedBasis, centre: [Float], shift: Double, noise: NoiseEstimate,
    stream: inout RandomStream
  ) {
    let rows = design.batchSize
    let channels = basis.channelCount
    let width1 = design.generatorWidth1
    let width2 = design.generatorWidth2
    self.rows = rows
    latent = Matrix(rows: rows, columns: design.latentCount)
    dense1 = Dense(
      "generator.dense1", inputs: design.latentCount, outputs: width1, activation: .relu,
      in: parameters, stream: &stream)
    roll = Roll(reach: design.hiddenRoll, count: width1)
    gaussian = GaussianNoise(deviation: design.hiddenGaussian, count: width1, rows: rows)
    dense2 = Dense(
      "generator.dense2", inputs: width1, outputs: width2, activation: .relu, in: parameters,
      stream: &stream)
    poisson = PoissonNoise(
      gain: design.hiddenPoisson * design.hiddenPoisson, differentiatesAmplitude: false,
      count: width2, rows: rows)
    dense3 = DenseProjection(
      "generator.dense3", inputs: width1 + width2, basis: basis.matrix,
      mean: Matrix(rows: 1, elements: centre), rows: rows, in: parameters, stream: &stream)
    self.shift = FractionalShift(reach: shift, count: channels, rows: rows)
    norm = MaxNormalisation(floor: design.smallestMaximum, count: channels, rows: rows)
    // Below a signal of 1e-6 the slope of the noise's amplitude would grow without bound.
    self.noise = PoissonNoise(
      gain: noise.gain, floor: 1e-6, differentiatesAmplitude: true, colour: noise.colour,
      levels: noise.levels, count: channels, rows: rows)
    self.noise.background.copy(from: noise.background)
    finalNorm = MaxNormalisation(floor: design.smallestMaximum, count: channels, rows: rows)

    hidden1 = Matrix(rows: rows, columns: width1)
    rolled = Matrix(rows: rows, columns: width1)
    hidden2 = Matrix(rows: rows, columns: width2)
    joined = Matrix(rows: rows, columns: width1 + width2)
    joinedGradient = Matrix(rows: rows, columns: width1 + width2)
    rolledGradient = Matrix(rows: rows, columns: width1)
    hiddenGradient = Matrix(rows: rows, columns: width1)
    mean = Matrix(rows: rows, columns: channels)
    offset = Matrix(rows: 1, columns: channels)
    clean = Matrix(rows: rows, columns: channels)
  }

  private var joined1: Matrix { joined.columns(0..<rolled.columnCount) }
  private var joined2: Matrix { joined.columns(rolled.columnCount..<joined.columnCount) }

  /// Sets the variance of the noise.
  func setNoise(_ estimate: NoiseEstimate) {
    noise.gain = estimate.gain
    noise.background.copy(from: estimate.background)
  }

  /// Sets what is added after the projection, L.
  func setOffset(_ values: [Float]) { offset.copy(from: values) }

  private func addOffset() {
    let o = offset.start
    for row in 0..<rows {
      let m = mean.row(row)
      for j in 0..<mean.columnCount { m[j] += o[j] }
    }
  }

  /// Draws all random numbers of a batch anew.
  package func draw(_ stream: inout RandomStream) {
    stream.fillNormal(latent)
    roll.draw(&stream)
    gaussian.draw(&stream)
    poisson.draw(&stream)
    shift.draw(&stream)
    noise.draw(&stream)
  }

  /// Generates the batch that the last draw determines, B × L.
  package func forward(into spectra: Matrix) {
    dense1.forward(latent, into: hidden1)
    roll.forward(hidden1, into: rolled)
    gaussian.forward(rolled, into: joined1)
    dense2.forward(joined1, into: hidden2)
    poisson.forward(hidden2, into: joined2)
    dense3.forward(joined, into: mean)
    addOffset()
    shift.forward(mean, into: clean)
    norm.forward(clean, into: clean)
    noise.forward(clean, into: spectra)
    finalNorm.forward(spectra, into: spectra)
  }

  /// Stores the gradients of all parameters from ∂L/∂spectra, which is scratch afterwards.
  package func backward(_ gradient: Matrix) {
    finalNorm.backward(gradient, into: gradient, parameters: true)
    noise.backward(gradient, into: gradient, parameters: true)
    norm.backward(gradient, into: gradient, parameters: true)
    shift.backward(gradient, into: mean, parameters: true)
    dense3.backward(mean, into: joinedGradient, parameters: true)
    let gradient1 = joinedGradient.columns(0..<rolled.columnCount)
    let gradient2 = joinedGradient.columns(rolled.columnCount..<joined.columnCount)
    poisson.backward(gradient2, into: gradient2, parameters: true)
    dense2.backward(gradient2, into: rolledGradient, parameters: true)
    gradient1.add(rolledGradient)
    gaussian.backward(gradient1, into: rolledGradient, parameters: true)
    roll.backward(rolledGradient, into: hiddenGradient, parameters: true)
    dense1.backward(hiddenGradient, into: nil, parameters: true)
  }
}
