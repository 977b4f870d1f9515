internal import CKernels
public import LinearAlgebra

/// A one-dimensional convolution (cross-correlation) with its activation.
///
/// y[i, o, t] = f(b[o] + Σ_c Σ_k W[o, c, k] · x[i, c, S·t + k − (K − 1)/2]), x being 0 outside its
/// length, as PyTorch's `conv1d` with `padding=(K-1)//2`. Shapes: a row of x holds C channels of L
/// points, channel after channel; W is O × (C·K), element c·K + k in a row; b is 1 × O; a row of y
/// holds O channels of ⌈L/S⌉ points.
///
/// A group of examples lies side by side, each with P ≥ ⌈L/S⌉ outputs and S·P padded points, so that
/// tap k of channel c is one long sequence: every S-th point from the k-th on. These sequences are the
/// (C·K) × (group · P) matrix that W multiplies; what it makes beyond ⌈L/S⌉ is left out.
public final class Convolution: Layer {
  /// W, outputChannels × (channels · kernel).
  public let weight: Parameters.Tensor
  /// b, 1 × outputChannels.
  public let bias: Parameters.Tensor
  private let activation: Activation
  private let channels: Int
  private let length: Int
  private let outputChannels: Int
  private let outputLength: Int
  private let kernel: Int
  private let stride: Int
  /// P.
  private let paddedLength: Int
  /// The number of examples side by side: as many as stay in the cache.
  private let groupSize: Int
  /// x, or ∂L/∂x, of a group: C × (group · S·P + K).
  private let padded: Matrix
  /// The sequences, or ∂L/∂ of them.
  private let unfolded: Matrix
  /// y before bias and activation, or ∂L/∂ of it, of a group: O × (group · P).
  private let product: Matrix
  /// b, and then ∂L/∂b, at every point of every output channel.
  private let spreadBias: Matrix
  private var input = Matrix(rows: 0, columns: 0)
  private var output = Matrix(rows: 0, columns: 0)

  /// Creates a layer with weights uniform in ±1/√(channels · kernel) and biases 0.
  ///
  /// `length` is L; `kernel` is the odd K and `stride` is S ≥ 1.
  public init(
    _ name: String, channels: Int, length: Int, outputChannels: Int, kernel: Int, stride: Int = 1,
    activation: Activation, in parameters: Parameters, stream: inout RandomStream
  ) {
    precondition(
      kernel > 0 && kernel % 2 == 1 && stride > 0 && channels > 0 && length > 0,
      "a kernel of \(kernel), stride \(stride), on \(channels) channels of \(length) points")
    let inputs = channels * kernel
    weight = parameters.add("\(name).weight", rows: outputChannels, columns: inputs)
    bias = parameters.add("\(name).bias", rows: 1, columns: outputChannels)
    self.activation = activation
    self.channels = channels
    self.length = length
    self.outputChannels = outputChannels
    outputLength = (length - 1) / stride + 1
    self.kernel = kernel
    self.stride = stride
    paddedLength = (length + kernel - 2) / stride + 1
    // 64 k numbers are a quarter of a second-level cache of one megabyte.
    groupSize = max(1, 65_536 / (max(inputs, outputChannels) * paddedLength))
    padded = Matrix(rows: channels, columns: groupSize * stride * paddedLength + kernel)
    unfolded = Matrix(rows: inputs, columns: groupSize * paddedLength)
    product = Matrix(rows: outputChannels, columns: groupSize * paddedLength)
    spreadBias = Matrix(rows: 1, columns: outputChannels * outputLength)
    weight.value.fillUniform(within: 1 / Float(inputs).squareRoot(), &stream)
  }

  /// O · ⌈L/S⌉.
  public var outputCount: Int { outputChannels * outputLength }

  /// y = f(W · unfolded x + b).
  public func forward(_ input: Matrix, into output: Matrix) {
    precondition(
      input.columnCount == channels * length && output.columnCount == outputCount,
      "\(input.columnCount) → \(output.columnCount) columns of a convolution from "
        + "\(channels * length) to \(outputCount)")
    self.input = input
    self.output = output
    forEachGroup(of: input) { rows in
      let product = product.columns(0..<rows.count * paddedLength)
      product.setProduct(weight.value, unfold(input.rows(rows)))
      for (index, row) in rows.enumerated() {
        for channel in 0..<outputChannels {
          (output.row(row) + channel * outputLength)
            .update(from: product.row(channel) + index * paddedLength, count: outputLength)
        }
      }
    }
    let b = bias.value.start
    for channel in 0..<outputChannels {
      (spreadBias.start + channel * outputLength)
        .update(repeating: b[channel], count: outputLength)
    }
    activation.apply(to: output, bias: spreadBias)
  }

  /// With g = ∂L/∂y · f′ in place: ∂L/∂W = g (unfolded x)ᵀ, ∂L/∂b = Σ g over examples and points, and
  /// ∂L/∂x = Wᵀ g, folded back.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    activation.multiplyGradient(outputGradient, at: output)
    forEachGroup(of: outputGradient) { rows in
      let g = product.columns(0..<rows.count * paddedLength)
      for (index, row) in rows.enumerated() {
        for channel in 0..<outputChannels {
          let start = g.row(channel) + index * paddedLength
          start.update(
            from: outputGradient.row(row) + channel * outputLength, count: outputLength)
          (start + outputLength).update(repeating: 0, count: paddedLength - outputLength)
        }
      }
      if parameters {
        weight.gradient.setProduct(
          g, transposed: unfold(input.rows(rows)), adding: rows.lowerBound > 0)
      }
      if let inputGradient {
        let gradient = unfolded.columns(0..<rows.count * paddedLength)
        gradient.setProduct(transposed: weight.value, g)
        fold(gradient, into: inputGradient.rows(rows))
      }
    }
    guard parameters else { return }
    spreadBias.setColumnSums(of: outputGradient)
    let b = bias.gradient.start
    for channel in 0..<outputChannels {
      b[channel] = ck_sum(spreadBias.start + channel * outputLength, outputLength)
    }
  }

  private func forEachGroup(of batch: Matrix, _ body: (Range<Int>) -> Void) {
    for first in Swift.stride(from: 0, to: batch.rowCount, by: groupSize) {
      body(first..<min(first + groupSize, batch.rowCount))
    }
  }

  /// The place of an example's channel in `padded`.
  private func place(_ example: Int, _ channel: Int) -> UnsafeMutablePointer<Float> {
    padded.row(channel) + (example * stride * paddedLength + kernel / 2)
  }

  /// The sequences of some examples.
  private func unfold(_ x: Matrix) -> Matrix {
    padded.fill(0)
    for example in 0..<x.rowCount {
      for channel in 0..<channels {
        place(example, channel).update(from: x.row(example) + channel * length, count: length)
      }
    }
    let unfolded = unfolded.columns(0..<x.rowCount * paddedLength)
    for channel in 0..<channels {
      for tap in 0..<kernel {
        ck_gather(
          padded.row(channel) + tap, stride, unfolded.columnCount,
          unfolded.row(channel * kernel + tap))
      }
    }
    return unfolded
  }

  /// The adjoint of ``unfold(_:)``.
  private func fold(_ unfolded: Matrix, into x: Matrix) {
    padded.fill(0)
    for channel in 0..<channels {
      for tap in 0..<kernel {
        ck_scatter_add(
          padded.row(channel) + tap, stride, unfolded.columnCount,
          unfolded.row(channel * kernel + tap))
      }
    }
    for example in 0..<x.rowCount {
      for channel in 0..<channels {
        (x.row(example) + channel * length).update(from: place(example, channel), count: length)
      }
    }
  }
}

extension Convolution: ExportableLayer {
  /// Conv on examples × channels × points.
  public func append(
    to graph: inout OperatorGraph, _ x: OperatorGraph.Value
  ) -> OperatorGraph.Value {
    let w = graph.constant(
      weight.value.elements, shape: [outputChannels, channels, kernel], named: weight.name)
    let b = graph.constant(bias.value.elements, shape: [outputChannels], named: bias.name)
    let v = graph.apply(
      "Conv", [graph.reshaped(x, [-1, channels, length]), w, b],
      ["pads": .integers([kernel / 2, kernel / 2]), "strides": .integers([stride])])
    return graph.reshaped(activation.append(to: &graph, v), [-1, outputCount])
  }
}
