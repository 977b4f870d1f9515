/// A class for every spectrum of a signal.
public struct Labels: Sendable, Equatable {
  /// The value of a spectrum without a class.
  public static let unlabelled: Int32 = -1

  /// The names of the classes; label k means `classNames[k]`.
  public var classNames: [String]
  /// One label a spectrum, navigation flattened in row-major order; -1 for none.
  public var values: [Int32]
  /// The navigation axes of the signal that the labels belong to.
  public var axes: [Axis]

  /// Creates labels; every value must be -1 or the index of a class name.
  public init(classNames: [String], values: [Int32], axes: [Axis]) {
    precondition(
      values.allSatisfy { $0 >= Self.unlabelled && Int($0) < classNames.count },
      "a label is outside -1..<\(classNames.count)")
    self.classNames = classNames
    self.values = values
    self.axes = axes
  }

  /// The number of spectra of every class, in the order of the names.
  public var counts: [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for value in values where value >= 0 { counts[Int(value)] += 1 }
    return counts
  }

  /// The indices of the spectra of one class.
  public func spectra(ofClass index: Int) -> [Int] {
    values.indices.filter { values[$0] == Int32(index) }
  }
}
