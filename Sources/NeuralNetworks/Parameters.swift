internal import CKernels
public import LinearAlgebra

/// All trainable numbers of one network and their gradients, each in one flat buffer.
///
/// One buffer means that an optimiser, an average or a checkpoint needs no knowledge of layers.
/// Layers ``add(_:rows:columns:)`` their tensors when they are made, before the first step.
public final class Parameters {
  /// A named matrix within the buffers.
  public struct Tensor {
    /// The name, for example `hidden.weight`.
    public let name: String
    fileprivate let parameters: Parameters
    fileprivate let offset: Int
    fileprivate let rows: Int
    fileprivate let columns: Int

    /// The values, rows × columns, sharing the network's buffer.
    public var value: Matrix {
      parameters.values.reshaped(from: offset, rows: rows, columns: columns)
    }
    /// The gradient of the loss, rows × columns, sharing the network's buffer.
    public var gradient: Matrix {
      parameters.gradients.reshaped(from: offset, rows: rows, columns: columns)
    }
  }

  /// All tensors in the order in which they were added.
  public var tensors: [Tensor] {
    places.map {
      Tensor(
        name: $0.name, parameters: self, offset: $0.offset, rows: $0.rows, columns: $0.columns)
    }
  }
  /// A tensor keeps its network's numbers alive: kept here, neither would ever go.
  private var places: [(name: String, offset: Int, rows: Int, columns: Int)] = []
  /// All values: 1 × count.
  public private(set) var values = Matrix(rows: 1, columns: 0)
  /// All gradients: 1 × count.
  public private(set) var gradients = Matrix(rows: 1, columns: 0)

  /// Creates an empty set.
  public init() {}

  /// The number of values, padding included.
  public var count: Int { values.columnCount }

  /// Adds a tensor of zeros.
  public func add(_ name: String, rows: Int, columns: Int) -> Tensor {
    precondition(!places.contains { $0.name == name }, "two tensors named \(name)")
    let offset = count
    // Every tensor starts on a cache line, hence the padding to 16 floats.
    let grown = Matrix(rows: 1, columns: offset + (rows * columns + 15) / 16 * 16)
    grown.columns(0..<offset).copy(from: values)
    values = grown
    gradients = Matrix(rows: 1, columns: grown.columnCount)
    let tensor = Tensor(
      name: name, parameters: self, offset: offset, rows: rows, columns: columns)
    places.append((name, offset, rows, columns))
    return tensor
  }

  /// The tensors of a buffer in the layout of ``values``, by their names and shapes.
  public func tensors(of buffer: Matrix) -> [LinearAlgebra.Tensor] {
    tensors.map {
      LinearAlgebra.Tensor(
        name: $0.name, shape: [$0.rows, $0.columns],
        elements: buffer.reshaped(from: $0.offset, rows: $0.rows, columns: $0.columns).elements)
    }
  }

  /// Stores tensors in a buffer in the layout of ``values``.
  ///
  /// They must be all of the network's, in order; throws what differs first.
  public func set(
    _ buffer: Matrix, to given: [LinearAlgebra.Tensor]
  ) throws(TensorArchiveError) {
    guard given.map(\.name) == tensors.map(\.name) else {
      throw TensorArchiveError(
        "the layers are \(given.map(\.name)), not \(tensors.map(\.name))")
    }
    for (tensor, given) in zip(tensors, given) {
      let shape = [tensor.rows, tensor.columns]
      guard given.shape == shape else {
        throw TensorArchiveError("\(given.name) has the shape \(given.shape), not \(shape)")
      }
      buffer.reshaped(from: tensor.offset, rows: shape[0], columns: shape[1])
        .copy(from: given.elements)
    }
  }

  /// The name of the first tensor with a value or gradient that is not finite; nil if all are.
  public var firstNonFinite: String? {
    if ck_all_finite(values.start, count) && ck_all_finite(gradients.start, count) { return nil }
    return tensors.first {
      !ck_all_finite($0.value.start, $0.rows * $0.columns)
        || !ck_all_finite($0.gradient.start, $0.rows * $0.columns)
    }?.name
  }
}
