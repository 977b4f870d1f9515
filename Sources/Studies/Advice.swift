internal import Classification

/// What cross-validation on the training spectra says of augmentation.
public struct Advice: Codable, Sendable, Equatable {
  /// What to do.
  public enum Recommendation: String, Codable, Sendable {
    /// Synthetic spectra of the generators beside the real ones help, and more than any baseline does.
    case augment
    /// They help, and a baseline that needs no training does as well.
    case cheaper
    /// A baseline helps, and the generators do not, or clearly less.
    case baseline
    /// No difference was found.
    case noDifference = "no difference"
    /// They harm.
    case realOnly = "real only"
  }

  /// A condition beside the real spectra alone.
  public struct Comparison: Codable, Sendable, Equatable {
    /// What was learned from beside the real spectra.
    public let method: SyntheticMethod
    /// The spectra told right.
    public let correct: Int
    /// Against the real spectra alone.
    public let againstReal: PairedDifference
    /// The generators' spectra against this method's, each beside the real ones; nil for the generators.
    public let generatorsAgainst: PairedDifference?
  }

  /// The classifier.
  public let judge: Judge
  /// The number of folds.
  public let folds: Int
  /// The spectra told.
  public let count: Int
  /// Those told right after learning from the real ones alone.
  public let realCorrect: Int
  /// The methods, the generators first.
  public let comparisons: [Comparison]
  /// What to do.
  public let recommendation: Recommendation
  /// The method to use, where one helps.
  public let method: SyntheticMethod?

  init(judge: Judge, folds: Int, truth: [Int], predictions: [Condition: [Int]]) {
    let real = predictions[.real] ?? []
    func right(_ told: [Int]) -> Int { truth.indices.count { told[$0] == truth[$0] } }
    let generators = predictions[.added(.gan)]
    let comparisons = SyntheticMethod.allCases.compactMap { method -> Comparison? in
      guard let told = predictions[.added(method)] else { return nil }
      return Comparison(
        method: method, correct: right(told),
        againstReal: PairedDifference(told, real, truth: truth),
        generatorsAgainst: method == .gan
          ? nil : generators.map { PairedDifference($0, told, truth: truth) })
    }
    self.judge = judge
    self.folds = folds
    count = truth.count
    realCorrect = right(real)
    self.comparisons = comparisons
    (recommendation, method) = Self.decide(comparisons)
  }

  /// The first that holds, with differences whose 95 % interval leaves 0 out as “clearly”: a baseline helps
  /// clearly and the generators do not, or are clearly worse than it; the generators help clearly, and no
  /// baseline does; both help clearly, and are alike; the generators harm clearly; none of these.
  private static func decide(_ all: [Comparison]) -> (Recommendation, SyntheticMethod?) {
    func helps(_ comparison: Comparison) -> Bool { comparison.againstReal.interval.lowerBound > 0 }
    let generators = all.first { $0.method == .gan }
    let baseline = all.filter { $0.method != .gan && helps($0) }.max { $0.correct < $1.correct }
    guard let generators else {
      return baseline.map { (.baseline, $0.method) } ?? (.noDifference, nil)
    }
    if let baseline {
      let isWorse = baseline.generatorsAgainst.map { $0.interval.upperBound < 0 } ?? true
      let isBetter = baseline.generatorsAgainst.map { $0.interval.lowerBound > 0 } ?? false
      if !helps(generators) || isWorse { return (.baseline, baseline.method) }
      return isBetter ? (.augment, .gan) : (.cheaper, baseline.method)
    }
    if helps(generators) { return (.augment, .gan) }
    if generators.againstReal.interval.upperBound < 0 { return (.realOnly, nil) }
    return (.noDifference, nil)
  }
}
