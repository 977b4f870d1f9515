public import Testing

/// Expects every element of `actual` to lie within `relative`·|expected| + `absolute` of `expected`.
///
/// The message names the worst element. Lengths must agree.
public func expectClose(
  _ actual: [Double], _ expected: [Double], relative: Double = 0, absolute: Double = 0,
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(what): \(actual.count) elements where \(expected.count) were expected",
      sourceLocation: sourceLocation)
    return
  }
  var worst: (index: Int, excess: Double) = (-1, 0)
  for index in actual.indices {
    let difference = abs(actual[index] - expected[index])
    let allowed = relative * abs(expected[index]) + absolute
    if !(difference <= allowed) {
      let excess = difference.isNaN ? .infinity : difference - allowed
      if worst.index < 0 || excess > worst.excess { worst = (index, excess) }
    }
  }
  if worst.index >= 0 {
    Issue.record(
      "\(what): element \(worst.index) is \(actual[worst.index]), expected \(expected[worst.index])",
      sourceLocation: sourceLocation)
  }
}

/// Expects `actual` to lie within `relative`·|expected| + `absolute` of `expected`.
public func expectClose(
  _ actual: Double, _ expected: Double, relative: Double = 0, absolute: Double = 0,
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    [actual], [expected], relative: relative, absolute: absolute, what,
    sourceLocation: sourceLocation)
}

/// Expects every element of a Float array to lie within the tolerance.
public func expectClose(
  _ actual: [Float], _ expected: [Float], relative: Double = 0, absolute: Double = 0,
  _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    actual.map(Double.init), expected.map(Double.init), relative: relative, absolute: absolute,
    what, sourceLocation: sourceLocation)
}
