public import Augmentation
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
    /// Whose spectra it was like; nil for those of the measured acquisitions.
    public let acquisitions: Acquisitions?
    /// The spectra told right.
    public let correct: Int
    /// Against the real spectra alone.
    public let againstReal: PairedDifference
    /// The generators' spectra, of their better acquisitions, against this method's, each beside the real ones; nil
    /// for the generators.
    public let generatorsAgainst: PairedDifference?
  }

  /// The classifier.
  public let judge: Judge
  /// The number of folds.
  public let folds: Int
  /// Whether the folds are acquisitions: each is told by what was learned from others.
  public let isApart: Bool
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
  /// Whose spectra they should be like, where a method helps; nil for those of the measured acquisitions.
  public let acquisitions: Acquisitions?

  init(
    judge: Judge, folds: Int, isApart: Bool, truth: [Int], predictions: [Condition: [Int]]
  ) {
    let real = predictions[.real] ?? []
    func right(_ told: [Int]) -> Int { truth.indices.count { told[$0] == truth[$0] } }
    let generators = Acquisitions.allCases.compactMap { predictions[.added(.gan, $0)] }
      .max { right($0) < right($1) }
    let conditions = SyntheticMethod.allCases.flatMap { method in
      Acquisitions.allCases.map { Condition.added(method, $0) }
    }
    let comparisons = conditions.compactMap { condition -> Comparison? in
      guard let method = condition.method, let told = predictions[condition] else { return nil }
      return Comparison(
        method: method,
        acquisitions: condition.acquisitions == .measured ? nil : condition.acquisitions,
        correct: right(told), againstReal: PairedDifference(told, real, truth: truth),
        generatorsAgainst: method == .gan
          ? nil : generators.map { PairedDifference($0, told, truth: truth) })
    }
    self.judge = judge
    self.folds = folds
    self.isApart = isApart
    count = truth.count
    realCorrect = right(real)
    self.comparisons = comparisons
    let (recommendation, chosen) = Self.decide(comparisons)
    self.recommendation = recommendation
    method = chosen?.method
    acquisitions = chosen?.acquisitions
  }

  /// The first that holds: a baseline helps clearly and the generators do not, or are clearly worse than
  /// it; the generators help clearly, and no baseline does, or clearly less; both help clearly, and are
  /// alike; the generators harm clearly; none of these.
  ///
  /// “Clearly” is McNemar's exact test at 5 %; against the real spectra, of as many methods as there are by
  /// Holm's correction (Scand. J. Stat. 6 (1979) 65), so that the chance that any of them is called clear
  /// without a difference is at most 5 %. The baseline that is compared with the generators is the best of
  /// several, which favours it a little.
  private static func decide(_ all: [Comparison]) -> (Recommendation, Comparison?) {
    let clear = clearlyDifferent(all.map(\.againstReal))
    func helps(_ index: Int) -> Bool { clear[index] && all[index].againstReal.difference > 0 }
    let generators = all.indices.filter { all[$0].method == .gan }
      .max { all[$0].correct < all[$1].correct }
    let baseline = all.indices.filter { all[$0].method != .gan && helps($0) }
      .max { all[$0].correct < all[$1].correct }
    guard let generators else {
      return baseline.map { (.baseline, all[$0]) } ?? (.noDifference, nil)
    }
    if let baseline {
      let change = all[baseline].generatorsAgainst
      let isClear = change.map { $0.probability < significance } ?? false
      let isWorse = isClear && (change?.difference ?? 0) < 0
      if !helps(generators) || isWorse { return (.baseline, all[baseline]) }
      return isClear ? (.augment, all[generators]) : (.cheaper, all[baseline])
    }
    if helps(generators) { return (.augment, all[generators]) }
    return clear[generators] ? (.realOnly, nil) : (.noDifference, nil)
  }

  private static let significance = 0.05

  /// Which of several differences are clear, by Holm's step-down procedure.
  private static func clearlyDifferent(_ differences: [PairedDifference]) -> [Bool] {
    var clear = differences.map { _ in false }
    let order = differences.indices.sorted {
      (differences[$0].probability, $0) < (differences[$1].probability, $1)
    }
    for (rank, index) in order.enumerated() {
      let level = significance / Double(differences.count - rank)
      guard differences[index].probability <= level else { break }
      clear[index] = true
    }
    return clear
  }
}
