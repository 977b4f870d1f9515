/// How often spectra of each class were taken for each class.
public struct ConfusionMatrix: Codable, Sendable, Equatable {
  /// The names of the classes.
  public let classNames: [String]
  /// The counts: one row a true class, one column a predicted one.
  public let counts: [[Int]]

  /// Counts predictions, as many as true classes.
  public init(truth: [Int], predictions: [Int], classNames: [String]) {
    precondition(
      truth.count == predictions.count, "\(predictions.count) predictions for \(truth.count)")
    var counts = [[Int]](
      repeating: [Int](repeating: 0, count: classNames.count), count: classNames.count)
    for (truth, prediction) in zip(truth, predictions) { counts[truth][prediction] += 1 }
    self.classNames = classNames
    self.counts = counts
  }

  /// The number of spectra.
  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
  /// The number of spectra whose class was found.
  public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
  /// The share of spectra whose class was found; NaN without any.
  public var accuracy: Double { Double(correct) / Double(total) }
  /// The share found of each class; nil for a class without spectra.
  public var recalls: [Double?] {
    counts.indices.map { row in
      let all = counts[row].reduce(0, +)
      return all == 0 ? nil : Double(counts[row][row]) / Double(all)
    }
  }
  /// The mean of ``recalls``, each class counting alike; NaN without any.
  public var balancedAccuracy: Double {
    let recalls = recalls.compactMap(\.self)
    return recalls.reduce(0, +) / Double(recalls.count)
  }
}
