public import LinearAlgebra

/// Spectra with known classes: what a classifier learns from, or is tested on.
public struct Examples {
  /// The spectra, n × L, each divided by its maximum.
  public let spectra: Matrix
  /// The number of each spectrum's class in ``classNames``.
  public let classes: [Int]
  /// The names of all classes; a set need not have spectra of each.
  public let classNames: [String]

  /// Puts spectra and classes together: as many classes as rows, each the number of a name.
  public init(spectra: Matrix, classes: [Int], classNames: [String]) {
    precondition(
      classes.count == spectra.rowCount && classes.allSatisfy(classNames.indices.contains),
      "\(classes.count) classes of \(spectra.rowCount) spectra, \(classNames.count) names")
    self.spectra = spectra
    self.classes = classes
    self.classNames = classNames
  }

  /// The spectra of two sets of the same classes, one after the other.
  public init(_ first: Examples, _ second: Examples) {
    precondition(
      first.classNames == second.classNames,
      "classes \(first.classNames) and \(second.classNames)")
    let spectra = Matrix(
      rows: first.count + second.count, columns: first.spectra.columnCount)
    spectra.rows(0..<first.count).copy(from: first.spectra)
    spectra.rows(first.count..<first.count + second.count).copy(from: second.spectra)
    self.init(
      spectra: spectra, classes: first.classes + second.classes, classNames: first.classNames)
  }

  /// The number of spectra.
  public var count: Int { classes.count }

  /// The spectra of these numbers, in this order.
  public func taking(_ chosen: [Int]) -> Examples {
    Examples(
      spectra: spectra.rows(chosen), classes: chosen.map { classes[$0] }, classNames: classNames)
  }

  /// The numbers of the spectra of a class.
  public func spectra(ofClass number: Int) -> [Int] {
    classes.indices.filter { classes[$0] == number }
  }
}
