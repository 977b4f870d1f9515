public import LinearAlgebra

/// Parts of a set that have the same share of every class, for cross-validation.
public struct StratifiedFolds: Sendable, Equatable {
  /// The numbers of the examples in each part, ascending.
  public let parts: [[Int]]

  /// Deals the examples of every class, in random order, to `count` parts in turn.
  public init(of classes: [Int], count: Int, using stream: inout RandomStream) {
    precondition(count > 1, "\(count) folds")
    var parts = [[Int]](repeating: [], count: count)
    var next = 0
    for label in Set(classes).sorted() {
      let members = classes.indices.filter { classes[$0] == label }
      // Each class goes on where the one before ended, so that the parts are of one size.
      for place in stream.permutation(members.count) {
        parts[next % count].append(members[place])
        next += 1
      }
    }
    self.parts = parts.map { $0.sorted() }
  }

  /// Takes parts that something else has dealt.
  public init(parts: [[Int]]) { self.parts = parts }

  /// The examples that are not in a part: these train when it tests.
  public func rest(of part: Int) -> [Int] {
    parts.indices.filter { $0 != part }.flatMap { parts[$0] }.sorted()
  }
}
