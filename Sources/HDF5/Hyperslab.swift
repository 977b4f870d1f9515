/// A rectangular part of a dataset.
public struct Hyperslab: Sendable, Equatable {
  /// The first index along each dimension.
  public var start: [Int]
  /// The number of indices along each dimension.
  public var count: [Int]

  /// Creates a slab; `start` and `count` must be of the same length.
  public init(start: [Int], count: [Int]) {
    precondition(
      start.count == count.count, "a slab with \(start.count) starts and \(count.count) counts")
    self.start = start
    self.count = count
  }

  /// The whole of a dataset of this shape.
  public init(all shape: [Int]) {
    start = shape.map { _ in 0 }
    count = shape
  }

  /// The number of elements.
  public var elementCount: Int { count.reduce(1, *) }

  /// What is wrong with the slab for a dataset of this shape; nil when nothing is.
  func fault(in shape: [Int]) -> String? {
    guard start.count == shape.count else {
      return "the slab \(self) has \(start.count) dimensions, the data have \(shape.count)"
    }
    for (dimension, extent) in shape.enumerated() {
      let (first, number) = (start[dimension], count[dimension])
      guard first >= 0, number >= 0, first <= extent, number <= extent - first else {
        return "the slab \(self) does not lie within the shape \(shape)"
      }
    }
    return nil
  }
}

extension Hyperslab: CustomStringConvertible {
  /// Start and end along each dimension, for example `[0:2, 5:6]`.
  public var description: String {
    "[" + zip(start, count).map { "\($0):\($0 &+ $1)" }.joined(separator: ", ") + "]"
  }
}
