internal import LinearAlgebra
internal import NeuralNetworks

/// The layers of a network with a convolutional and a dense branch.
///
/// Convolution 1 → 8 channels, kernel 15, stride 4, ReLU → Convolution 8 → 16, kernel 9, stride 4, ReLU
/// → Dropout → Dense 64, ReLU; beside it Dense 128, ReLU → Dropout → Dense 64, ReLU; both together →
/// Dense 64, ReLU → Dropout → Dense K. Shapes: rows × L to rows × K logits.
///
/// The narrow filters find edges and white lines wherever they lie; the dense branch weighs the whole
/// spectrum channel by channel.
final class TwoBranchLayers {
  let parameters = Parameters()
  private let network: Chain
  private let dropouts: [Dropout]
  private let batchSize: Int

  /// Creates the layers with random weights, dropout on; `rows` is the largest batch.
  init(channels: Int, classes: Int, dropout: Double, rows: Int, stream: inout RandomStream) {
    let parameters = parameters
    var dropouts: [Dropout] = []
    func dropping(_ count: Int) -> Dropout {
      let layer = Dropout(rate: dropout, count: count, rows: rows)
      dropouts.append(layer)
      return layer
    }
    func dense(_ name: String, _ inputs: Int, _ outputs: Int, _ activation: Activation) -> Dense {
      Dense(
        name, inputs: inputs, outputs: outputs, activation: activation, in: parameters,
        stream: &stream)
    }
    let first = Convolution(
      "convolution1", channels: 1, length: channels, outputChannels: 8, kernel: 15, stride: 4,
      activation: .relu, in: parameters, stream: &stream)
    let second = Convolution(
      "convolution2", channels: 8, length: first.outputCount / 8, outputChannels: 16, kernel: 9,
      stride: 4, activation: .relu, in: parameters, stream: &stream)
    let convolutional = Chain(
      [
        first, second, dropping(second.outputCount),
        dense("convolution.dense", second.outputCount, 64, .relu),
      ], rows: rows)
    let plain = Chain(
      [dense("dense1", channels, 128, .relu), dropping(128), dense("dense2", 128, 64, .relu)],
      rows: rows)
    network = Chain(
      [
        Parallel([convolutional, plain], inputs: channels, rows: rows),
        dense("end1", 128, 64, .relu), dropping(64), dense("end2", 64, classes, .identity),
      ], rows: rows)
    self.dropouts = dropouts
    batchSize = rows
  }

  /// Creates the layers with given weights, dropping nothing; throws when they are another network's.
  convenience init(
    channels: Int, classes: Int, weights: [Tensor], rows: Int
  ) throws(TensorArchiveError) {
    var stream = RandomStream(seed: 0)
    self.init(channels: channels, classes: classes, dropout: 0, rows: rows, stream: &stream)
    dropsUnits = false
    try parameters.set(parameters.values, to: weights)
  }

  /// Whether units are dropped, as in training.
  var dropsUnits: Bool {
    get { dropouts.allSatisfy(\.isOn) }
    set { for layer in dropouts { layer.isOn = newValue } }
  }

  /// Draws the units that are dropped anew.
  func draw(_ stream: inout RandomStream) { network.draw(&stream) }

  /// The logits of a batch.
  func forward(_ spectra: Matrix, into logits: Matrix) { network.forward(spectra, into: logits) }

  /// The gradients of all parameters.
  func backward(_ gradient: Matrix) { network.backward(gradient, into: nil, parameters: true) }

  /// The probabilities of the classes of any number of spectra: n × L to n × K.
  func probabilities(of spectra: Matrix, into probabilities: Matrix) {
    for start in stride(from: 0, to: spectra.rowCount, by: batchSize) {
      let rows = start..<min(start + batchSize, spectra.rowCount)
      network.forward(spectra.rows(rows), into: probabilities.rows(rows))
    }
    softmax(probabilities)
  }
}
