/// A box of positions: a start and a count along every navigation axis.
package struct NavigationBox: Equatable {
  /// The first position along every axis.
  package var start: [Int]
  /// The number of positions along every axis.
  package var count: [Int]

  /// Creates a box.
  package init(start: [Int], count: [Int]) {
    self.start = start
    self.count = count
  }
}

/// Cuts a range of row-major positions into boxes, in order.
///
/// A range that begins or ends within a row of an array of d axes takes at most 2d − 1 boxes; whole
/// rows take one.
///
/// - Parameters:
///   - range: positions, flattened in row-major order.
///   - shape: the sizes of the navigation axes, slowest first; empty for a single spectrum.
/// - Returns: the boxes; none for an empty range.
package func navigationBoxes(_ range: Range<Int>, shape: [Int]) -> [NavigationBox] {
  if range.isEmpty { return [] }
  guard let size = shape.first else { return [NavigationBox(start: [], count: [])] }
  precondition(
    range.lowerBound >= 0 && range.upperBound <= shape.reduce(1, *),
    "positions \(range) of an array of shape \(shape)")
  let inner = Array(shape.dropFirst())
  let stride = inner.reduce(1, *)
  func boxes(ofRow row: Int, _ part: Range<Int>) -> [NavigationBox] {
    navigationBoxes(part, shape: inner).map {
      NavigationBox(start: [row] + $0.start, count: [1] + $0.count)
    }
  }
  func wholeRows(_ rows: Range<Int>) -> [NavigationBox] {
    if rows.isEmpty { return [] }
    return [
      NavigationBox(
        start: [rows.lowerBound] + inner.map { _ in 0 }, count: [rows.count] + inner)
    ]
  }
  let (firstRow, head) = range.lowerBound.quotientAndRemainder(dividingBy: stride)
  let (lastRow, tail) = range.upperBound.quotientAndRemainder(dividingBy: stride)
  assert(lastRow <= size)
  if head == 0 {
    return wholeRows(firstRow..<lastRow) + boxes(ofRow: lastRow, 0..<tail)
  }
  if firstRow == lastRow { return boxes(ofRow: firstRow, head..<tail) }
  return boxes(ofRow: firstRow, head..<stride) + wholeRows((firstRow + 1)..<lastRow)
    + boxes(ofRow: lastRow, 0..<tail)
}
