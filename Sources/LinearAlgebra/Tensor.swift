/// A named array of numbers of any rank: what the files of networks consist of.
///
/// Codable within a ``TensorArchive`` only, which keeps the numbers beside the text.
public struct Tensor: Sendable, Equatable {
  /// The name, for example `generator.dense1.weight`.
  public let name: String
  /// The sizes of the axes, slowest first.
  public let shape: [Int]
  /// The numbers in row-major order.
  public let elements: [Float]

  /// Creates a tensor; the shape's product must be the number of elements.
  public init(name: String, shape: [Int], elements: [Float]) {
    precondition(
      shape.reduce(1, *) == elements.count, "\(elements.count) elements of shape \(shape)")
    self.name = name
    self.shape = shape
    self.elements = elements
  }
}

/// An array of numbers that a ``TensorArchive`` keeps as a tensor, not as text; its name is the path of
/// the property.
@propertyWrapper
public struct Archived: Sendable, Equatable {
  /// The numbers.
  public var wrappedValue: [Float]

  /// Wraps an array.
  public init(wrappedValue: [Float]) { self.wrappedValue = wrappedValue }
}
