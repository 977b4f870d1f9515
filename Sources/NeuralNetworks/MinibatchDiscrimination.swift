internal import CKernels
public import LinearAlgebra

/// Minibatch discrimination: each example sees how close the others of its group are.
///
/// Salimans et al., arXiv 1606.03498, section 3.2. With M = x Tᵀ seen as A kernels of C dimensions,
/// o[i, b] = Σ_{j ≠ i} exp(−Σ_c |M[i,b,c] − M[j,b,c]|) over the examples j of the same group, and
/// y = [x | o]. (The paper's bias of o is left to the dense layer that follows.) Shapes: x is
/// rows × inputs, T is (C·A) × inputs with row c·A + b, y is rows × (inputs + A).
///
/// Groups of `groupSize` rows are kept apart, so that several minibatches (real, generated,
/// transformed) can pass in one matrix without seeing each other. `input` may be the first columns
/// of `output`, and `inputGradient` the first columns of `outputGradient`; then nothing is copied.
public final class MinibatchDiscrimination: Layer {
  /// T, (dimensions · kernels) × inputs.
  public let weight: Parameters.Tensor
  private let inputCount: Int
  private let kernelCount: Int
  private let dimensionCount: Int
  private let groupSize: Int
  private let projected: Matrix
  private let projectedGradient: Matrix
  /// One row a group: the exponentials of all pairs.
  private let pairs: Matrix
  private var input = Matrix(rows: 0, columns: 0)

  /// The number of inputs and kernels.
  public var outputCount: Int { inputCount + kernelCount }

  /// Creates a layer with weights uniform in ±1/√inputs; call ``calibrate(on:target:)`` before use.
  ///
  /// `rows` is the largest batch, a multiple of `groupSize`.
  public init(
    _ name: String, inputs: Int, kernels: Int, dimensions: Int, groupSize: Int, rows: Int,
    in parameters: Parameters, stream: inout RandomStream
  ) {
    precondition(rows % groupSize == 0, "\(rows) rows in groups of \(groupSize)")
    weight = parameters.add("\(name).weight", rows: dimensions * kernels, columns: inputs)
    inputCount = inputs
    kernelCount = kernels
    dimensionCount = dimensions
    self.groupSize = groupSize
    projected = Matrix(rows: rows, columns: dimensions * kernels)
    projectedGradient = Matrix(rows: rows, columns: dimensions * kernels)
    pairs = Matrix(rows: rows / groupSize, columns: groupSize * (groupSize - 1) / 2 * kernels)
    weight.value.fillUniform(within: 1 / Float(inputs).squareRoot(), &stream)
  }

  /// Scales T so that half the mean distance to the nearest other example is `target`.
  ///
  /// Without it, distances grow with the width of the layer, exp(−distance) underflows and the layer
  /// is dead. `input` is one group from the data the layer will see. Returns false, and changes
  /// nothing, when the examples do not differ at all.
  @discardableResult
  public func calibrate(on input: Matrix, target: Double = 1) -> Bool {
    precondition(input.rowCount == groupSize, "\(input.rowCount) rows for a group of \(groupSize)")
    let m = projected.rows(0..<groupSize)
    m.setProduct(input, transposed: weight.value)
    let half = ck_minibatch_nearest(m.start, groupSize, kernelCount, dimensionCount) / 2
    guard half > 1e-12 else { return false }
    weight.value.multiply(by: Float(target / half))
    return true
  }

  /// y = [x | o].
  public func forward(_ input: Matrix, into output: Matrix) {
    precondition(input.rowCount % groupSize == 0, "\(input.rowCount) rows, groups of \(groupSize)")
    self.input = input
    let own = output.columns(0..<inputCount)
    if own.start != input.start { own.copy(from: input) }
    projected.rows(0..<input.rowCount).setProduct(input, transposed: weight.value)
    for group in 0..<input.rowCount / groupSize {
      let first = group * groupSize
      ck_minibatch_forward(
        projected.row(first), groupSize, kernelCount, dimensionCount,
        output.row(first) + inputCount, output.leadingDimension, pairs.row(group))
    }
  }

  /// ∂L/∂M from the pairs, then ∂L/∂T = (∂L/∂M)ᵀ x and ∂L/∂x = g[x part] + (∂L/∂M) T.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool) {
    let rows = outputGradient.rowCount
    let projectedGradient = projectedGradient.rows(0..<rows)
    for group in 0..<rows / groupSize {
      let first = group * groupSize
      ck_minibatch_backward(
        projected.row(first), groupSize, kernelCount, dimensionCount,
        outputGradient.row(first) + inputCount, outputGradient.leadingDimension, pairs.row(group),
        projectedGradient.row(first))
    }
    if parameters { weight.gradient.setProduct(transposed: projectedGradient, input) }
    if let inputGradient {
      let own = outputGradient.columns(0..<inputCount)
      if own.start != inputGradient.start { inputGradient.copy(from: own) }
      inputGradient.setProduct(projectedGradient, weight.value, adding: true)
    }
  }
}
