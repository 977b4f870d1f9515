internal import CKernels
public import LinearAlgebra

/// A one-dimensional convolution (cross-correlation) with its activation.
///
/// y[i, o, t] = f(b[o] + Σ_c Σ_k W[o, c, k] · x[i, c, S·t + k − (K − 1)/2]), x being 0 outside its
/// length, as PyTorch's `conv1d` with `padding=(K-1)//2`. Shapes: a row of x holds C channels of L
/// points, channel after channel; W is O × (C·K), element c·K + k in a row; b is 1 × O; a row of y
/// holds O channels of ⌈L/S⌉ points. Each example is unfolded into a (C·K) × ⌈L/S⌉ matrix, in which the
/// convolution is a matrix product.
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
  /// One example unfolded: (C·K) × ⌈L/S⌉.
  private let unfolded: Matrix
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
    unfolded = Matrix(rows: inputs, columns: outputLength)
    spreadBias = Matrix(rows: 1, columns: outputChannels * outputLength)
    weight.value.fillUniform(within: 1 / Float(inputs).squareRoot(), &stream)
  }

  /// O · ⌈L/S⌉.
  public var outputCount: Int { outputChannels * outputLength }

  /// y = f(W · unfolded x + b), example by example.
  public func forward(_ input: Matrix, into output: Matrix) {
    precondition(
      input.columnCount == channels * length && output.columnCount == outputCount,
      "\(input.columnCount) → \(output.columnCount) columns of a convolution from "
        + "\(channels * length) to \(outputCount)")
    self.input = input
    self.output = output
    let weight = weight.value
    for row in 0..<input.rowCount {
      unfold(input.row(row))
      channelRows(of: output, row).setProduct(weight, unfolded)
    }
    let b = bias.value.start
    for channel in 0..<outputChannels {
      (spreadBias.start + channel * outputLength)
        .update(repeating: b[channel], count: outputLength)
    }
    activation.apply(to: output, bias: spreadBias)
  }

  /// With g = ∂L/∂y · f′ in place: ∂L/∂W = Σ g (unfolded x)ᵀ and ∂L/∂b = Σ g over examples, ∂L/∂x = Wᵀ g
  /// folded back.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    activation.multiplyGradient(outputGradient, at: output)
    let weight = weight.value
    let weightGradient = self.weight.gradient
    for row in 0..<outputGradient.rowCount {
      let g = channelRows(of: outputGradient, row)
      if parameters {
        unfold(input.row(row))
        weightGradient.setProduct(g, transposed: unfolded, adding: row > 0)
      }
      if let inputGradient {
        unfolded.setProduct(transposed: weight, g)
        fold(into: inputGradient.row(row))
      }
    }
    guard parameters else { return }
    spreadBias.setColumnSums(of: outputGradient)
    let b = bias.gradient.start
    for channel in 0..<outputChannels {
      b[channel] = ck_sum(spreadBias.start + channel * outputLength, outputLength)
    }
  }

  /// One example as outputChannels × ⌈L/S⌉.
  private func channelRows(of batch: Matrix, _ row: Int) -> Matrix {
    batch.rows(row..<row + 1).reshaped(from: 0, rows: outputChannels, columns: outputLength)
  }

  /// unfolded[c·K + k, t] = x[c, S·t + k − (K − 1)/2].
  private func unfold(_ x: UnsafeMutablePointer<Float>) {
    for channel in 0..<channels {
      for tap in 0..<kernel {
        ck_unfold(
          x + channel * length, length, tap - kernel / 2, stride,
          unfolded.row(channel * kernel + tap), outputLength)
      }
    }
  }

  /// The adjoint of ``unfold(_:)``.
  private func fold(into x: UnsafeMutablePointer<Float>) {
    x.update(repeating: 0, count: channels * length)
    for channel in 0..<channels {
      for tap in 0..<kernel {
        ck_fold(
          x + channel * length, length, tap - kernel / 2, stride,
          unfolded.row(channel * kernel + tap), outputLength)
      }
    }
  }
}
