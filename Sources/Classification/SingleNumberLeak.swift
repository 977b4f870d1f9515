public import LinearAlgebra

/// How well one number of a spectrum tells its class: its noise, for example, instead of its chemistry.
///
/// Each spectrum is given the class that the k spectra of nearest numbers vote for, itself left out; a
/// vote counts 1 / (size of its class), so that a large class has no advantage. Classes that were recorded
/// with different doses are told apart by their noise alone; a classifier, and a generator that is judged by
/// one, may learn that.
public struct SingleNumberLeak: Codable, Sendable, Equatable {
  /// The mean over the classes of the share of spectra whose class was found.
  public let balancedAccuracy: Double
  /// The largest value of the same with the classes of the spectra exchanged at random.
  public let chanceLimit: Double
  /// 1 / number of classes.
  public let chance: Double

  /// The number of neighbours that vote.
  static let neighbours = 15
  private static let shuffles = 20

  /// Whether the number tells clearly more than nothing: more than with exchanged classes, and more than a
  /// quarter of the way from chance to certainty.
  public var isLeak: Bool {
    balancedAccuracy > max(chanceLimit, chance + (1 - chance) / 4)
  }

  /// Takes one number for each spectrum, and its class; at least two classes.
  public init(_ numbers: [Double], classes: [Int], using stream: inout RandomStream) {
    let labels = Set(classes).sorted()
    precondition(
      numbers.count == classes.count && labels.count > 1,
      "\(numbers.count) numbers, \(labels.count) classes of \(classes.count) spectra")
    let order = numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
    let sorted = order.map { numbers[$0] }
    let ours = order.map { index in labels.firstIndex(of: classes[index]) ?? 0 }
    balancedAccuracy = Self.accuracy(sorted, ours, classCount: labels.count)
    chance = 1 / Double(labels.count)
    chanceLimit =
      (0..<Self.shuffles).map { _ in
        let shuffled = stream.permutation(ours.count).map { ours[$0] }
        return Self.accuracy(sorted, shuffled, classCount: labels.count)
      }.max() ?? 1
  }

  /// The balanced accuracy for ascending numbers.
  private static func accuracy(_ numbers: [Double], _ classes: [Int], classCount: Int) -> Double {
    let n = numbers.count
    var sizes = [Double](repeating: 0, count: classCount)
    for label in classes { sizes[label] += 1 }
    var found = [Double](repeating: 0, count: classCount)
    for i in 0..<n {
      var votes = [Double](repeating: 0, count: classCount)
      var (low, high) = (i - 1, i + 1)
      for _ in 0..<min(neighbours, n - 1) {
        let takesLow =
          high >= n || (low >= 0 && numbers[i] - numbers[low] <= numbers[high] - numbers[i])
        votes[classes[takesLow ? low : high]] += 1
        if takesLow { low -= 1 } else { high += 1 }
      }
      // Itself left out, its own class has one spectrum less.
      for label in 0..<classCount {
        votes[label] /= max(sizes[label] - (label == classes[i] ? 1 : 0), 1)
      }
      let best = votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 }
      if best == classes[i] { found[best] += 1 }
    }
    return zip(found, sizes).reduce(0) { $0 + $1.0 / $1.1 } / Double(classCount)
  }
}
