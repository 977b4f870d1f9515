public import Augmentation
public import Classification
public import LinearAlgebra

/// Synthetic spectra put to the test: classifiers learn from them, or from real ones, or from both, and tell
/// the classes of other real spectra.
///
/// Everything follows from the training spectra; the tested ones choose nothing. An SVM's C and γ are chosen
/// by cross-validation within the real training spectra, once, and hold for all conditions with C · n
/// constant; a network gets the same number of steps whatever it learns from.
public struct Trial: Sendable {
  /// The real training spectra of the classes of each energy axis; all axes have as many channels.
  public var groups: [[TrainingSet]] {
    get { stored }
    set { stored = newValue }
  }
  // Matrices are not for several threads at once; nobody writes into these.
  nonisolated(unsafe) private var stored: [[TrainingSet]]
  /// The design of the generators.
  public var design: DAGDesign
  /// The seed of all random numbers.
  public var seed: UInt64
  /// Whose spectra synthetic ones are like.
  public var acquisitions = Acquisitions.measured
  /// The synthetic spectra of a class from which a network learns.
  public var networkCount = 3000
  /// The synthetic spectra of a class, the first of the same ones, from which an SVM learns.
  public var machineCount = defaultMachineCount
  /// ``machineCount`` if nothing else is said.
  public static let defaultMachineCount = 800
  /// The number of threads; it changes no result.
  public var threads: Int

  /// Creates a trial of training spectra.
  public init(
    _ groups: [[TrainingSet]], design: DAGDesign = DAGDesign(), seed: UInt64, threads: Int
  ) {
    stored = groups
    self.design = design
    self.seed = seed
    self.threads = threads
  }

  /// The classes, in the order of the groups.
  public var classNames: [String] { groups.flatMap(\.self).map(\.name) }

  /// The real training spectra.
  public var real: Examples { Self.examples(groups.flatMap(\.self).map(\.spectra), classNames) }

  /// What a method makes spectra of every class from, group by group, and the amplitudes that the classes set.
  ///
  /// Throws as ``Augmenter`` does.
  public func models(
    by method: SyntheticMethod
  ) throws -> [[(model: any SpectrumModel, calibration: Calibration)]] {
    switch method {
    case .gan:
      try Augmenter(design: design, seed: seed, threads: threads).train(groups: groups)
        .map { $0.map(\.calibrated) }
    case .baseline(let method): try method.models(of: groups, threads: threads)
    }
  }

  /// Spectra of every class that a method makes, `count` of each.
  ///
  /// Throws as ``Augmenter`` does.
  public func synthetic(by method: SyntheticMethod, count: Int) throws -> Examples {
    synthetic(
      from: try models(by: method).flatMap { acquisitions.models($0) }, count: count)
  }

  /// Spectra of the trial's classes, a matrix for each.
  public func examples(_ parts: [Matrix]) -> Examples { Self.examples(parts, classNames) }

  /// Spectra of every class, `count` of each, drawn from a model for each class.
  public func synthetic(from models: [any SpectrumModel], count: Int) -> Examples {
    let parts = models.enumerated().map { index, model in
      let spectra = Matrix(rows: count, columns: model.channelCount)
      ParallelSampler(
        model, stream: RandomStream(seed: seed).split(Use.sampling).split(UInt64(index)),
        threads: threads
      ).sample(from: 0, into: spectra)
      return spectra
    }
    return examples(parts)
  }

  /// A classifier that has learned.
  ///
  /// `settings` are those of ``machineSettings()``, which a network does not need. Throws when a network's training diverges.
  public func classifier(
    _ judge: Judge, synthetic: Examples?, withReal: Bool,
    settings: @autoclosure () throws -> SupportVectorSettings
  ) throws -> any Classifier {
    let real = real
    switch judge {
    case .svm:
      let some = synthetic.map { first(machineCount, of: $0) }
      let examples = withReal ? some.map { Examples(real, $0) } ?? real : some ?? real
      return try settings().fit(examples, threads: threads)
    case .ann:
      let trainer = TwoBranchTrainer(seed: seed)
      guard let synthetic else { return try trainer.train(real: real) }
      let some = first(networkCount, of: synthetic)
      return withReal
        ? try trainer.train(real: real, synthetic: some) : try trainer.train(real: some)
    }
  }

  /// The settings of the SVM, chosen by the real training spectra.
  public func machineSettings() -> SupportVectorSettings {
    var stream = RandomStream(seed: seed).split(Use.folds)
    return SupportVectorGrid().chosen(on: real, using: &stream, threads: threads)
  }

  private func first(_ count: Int, of examples: Examples) -> Examples {
    examples.taking(
      classNames.indices.flatMap { examples.spectra(ofClass: $0).prefix(count) })
  }

  private static func examples(_ parts: [Matrix], _ names: [String]) -> Examples {
    let all = Matrix(rows: parts.reduce(0) { $0 + $1.rowCount }, columns: parts[0].columnCount)
    var classes: [Int] = []
    for (index, part) in parts.enumerated() {
      all.rows(classes.count..<classes.count + part.rowCount).copy(from: part)
      classes += Array(repeating: index, count: part.rowCount)
    }
    return Examples(spectra: all, classes: classes, classNames: names)
  }

  /// The uses of the seed beside those of the training of generators, which are numbered from 0.
  private enum Use {
    static let sampling: UInt64 = 0x5341_4D50_4C45
    static let folds: UInt64 = 0x464F_4C44_53
  }
}
