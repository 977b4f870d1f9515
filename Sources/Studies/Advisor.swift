public import Augmentation
internal import Classification
internal import LinearAlgebra

/// Finds out on the user's own training spectra whether synthetic spectra help a classifier.
///
/// The spectra are dealt to folds, whole acquisitions where every class comes from several; each fold in turn is told by classifiers that learned from the others
/// alone, and from the others with synthetic spectra that were made from the others: generators, settings and
/// all never see the spectra that test them. What is tested in the end, the spectra that do not train the
/// generators, has no part in this.
public struct Advisor: Sendable {
  /// The number of folds.
  public static let foldCount = 3
  /// The fewest spectra of a class: two of three folds must train a generator.
  public static let smallestClass = 2 * TrainingSet.minimumSpectra
  /// What is compared with the real spectra alone.
  public var methods: [SyntheticMethod] = SyntheticMethod.allCases
  /// The classifier.
  public var judge = Judge.svm
  /// The design of the generators.
  public var design: DAGDesign
  /// Whose spectra synthetic ones are like; where acquisitions are folds, both are tried.
  public var acquisitions = Acquisitions.measured
  /// The number of the acquisition that each spectrum comes from, class after class of all groups; nil where
  /// it is not known.
  public var origins: [[Int]]?
  /// The seed of all random numbers.
  public var seed: UInt64
  /// The number of threads; it changes no result.
  public var threads: Int

  /// Creates an advisor.
  public init(design: DAGDesign, seed: UInt64, threads: Int) {
    self.design = design
    self.seed = seed
    self.threads = threads
  }

  /// Why the sets do not allow an answer; nil when they do.
  public static func obstacle(_ groups: [[TrainingSet]]) -> String? {
    let sets = groups.flatMap(\.self)
    if sets.count < 2 { return "there is one class" }
    if Set(sets.map(\.spectra.columnCount)).count > 1 {
      return "the energy axes have different numbers of channels"
    }
    if let small = sets.first(where: { $0.spectra.rowCount < smallestClass }) {
      return "\(small.name) has only \(small.spectra.rowCount) spectra; \(smallestClass) are needed"
    }
    return nil
  }

  /// Trains and tests in all folds.
  ///
  /// `progress` gets the number of done steps of ``stepCount``. Throws as ``Augmenter`` does, and when a
  /// network's training diverges.
  public func advice(
    on groups: [[TrainingSet]], progress: (Int) -> Void = { _ in }
  ) throws -> Advice {
    precondition(Self.obstacle(groups) == nil, Self.obstacle(groups) ?? "")
    let sets = groups.flatMap(\.self)
    let classes = sets.indices.flatMap { Array(repeating: $0, count: sets[$0].spectra.rowCount) }
    var stream = RandomStream(seed: seed).split(Self.use)
    let apart = origins.flatMap { Self.apart($0) }
    let folds =
      apart ?? StratifiedFolds(of: classes, count: Self.foldCount, using: &stream)
    var truth: [Int] = []
    var predictions: [Condition: [Int]] = [:]
    var done = 0
    for number in folds.parts.indices {
      var trial = Trial(
        try Self.taking(folds.rest(of: number), of: groups), design: design,
        seed: seed &+ UInt64(number),
        threads: threads)
      trial.machineCount = Self.machineCount
      let tested = Trial(groups, seed: seed, threads: threads).real.taking(folds.parts[number])
      truth += tested.classes
      let settings = trial.machineSettings()
      func test(_ condition: Condition, _ synthetic: Examples?) throws {
        let classifier = try trial.classifier(
          judge, synthetic: synthetic, withReal: true, settings: settings)
        predictions[condition, default: []] += classifier.predictions(
          of: tested.spectra, threads: threads)
        done += 1
        progress(done)
      }
      try test(.real, nil)
      for method in methods {
        let models = try trial.models(by: method)
        for acquisitions in tried(method, isApart: apart != nil) {
          let synthetic = trial.synthetic(
            from: models.flatMap { acquisitions.models($0) },
            count: judge == .svm ? trial.machineCount : trial.networkCount)
          try test(.added(method, acquisitions), synthetic)
        }
      }
    }
    return Advice(
      judge: judge, folds: folds.parts.count, isApart: apart != nil, truth: truth,
      predictions: predictions)
  }

  /// What ``advice(on:progress:)`` counts.
  public var stepCount: Int {
    let apart = origins.flatMap { Self.apart($0) }
    let conditions = methods.reduce(1) { $0 + tried($1, isApart: apart != nil).count }
    return (apart?.parts.count ?? Self.foldCount) * conditions
  }

  /// Whether each acquisition is told by what was learned from others.
  public var isApart: Bool { origins.flatMap { Self.apart($0) } != nil }

  /// Whose spectra those of a method are like: where other acquisitions test, also those of unseen ones.
  private func tried(_ method: SyntheticMethod, isApart: Bool) -> [Acquisitions] {
    guard method.canVary else { return [.measured] }
    return isApart ? Acquisitions.allCases : [acquisitions]
  }

  /// Folds of whole acquisitions, at most ``foldCount``; nil where a class would have too few spectra left to train,
  /// or none to test in all folds but one.
  private static func apart(_ origins: [[Int]]) -> StratifiedFolds? {
    let numbers = Set(origins.joined()).sorted()
    let count = min(numbers.count, foldCount)
    guard count > 1 else { return nil }
    let fold = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, $0 % count) })
    var parts = [[Int]](repeating: [], count: count)
    var first = 0
    for own in origins {
      var sizes = [Int](repeating: 0, count: count)
      for (index, number) in own.enumerated() {
        let part = fold[number] ?? 0
        parts[part].append(first + index)
        sizes[part] += 1
      }
      first += own.count
      let isThin = sizes.contains { own.count - $0 < TrainingSet.minimumSpectra }
      if isThin || sizes.count(where: { $0 > 0 }) < 2 { return nil }
    }
    return StratifiedFolds(parts: parts)
  }

  /// Synthetic spectra of a class beside the real ones.
  private static let machineCount = 500
  private static let use: UInt64 = 0x4144_5649_4345

  /// The spectra of these numbers, counted over all classes.
  private static func taking(_ chosen: [Int], of groups: [[TrainingSet]]) throws -> [[TrainingSet]]
  {
    var first = 0
    return try groups.map { group in
      try group.map { set in
        let rows = chosen.filter { $0 >= first && $0 < first + set.spectra.rowCount }
          .map { $0 - first }
        first += set.spectra.rowCount
        return try set.subset(rows)
      }
    }
  }
}
