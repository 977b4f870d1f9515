public import Augmentation
public import Classification
internal import Evaluation
internal import LinearAlgebra

/// The real spectra of a set, dealt to training and test by a seed.
///
/// The training spectra of a smaller number are some of those of a larger one, and all numbers up to
/// `reserved` are tested on the same spectra. They are the ones that `augment` takes with the same seed and
/// number.
public struct StudySplit: Sendable {
  /// The fewest test spectra of a class.
  public static let fewestTests = 10

  // Nobody writes into these.
  nonisolated(unsafe) private let trainingSets: [[TrainingSet]]
  nonisolated(unsafe) private let testSpectra: Examples
  /// The signal-to-noise ratio of all spectra of each class; nil where the spectra don't differ.
  public let signalToNoise: [Double?]

  /// The training spectra of the classes of each energy axis.
  public var training: [[TrainingSet]] { trainingSets }
  /// The test spectra.
  public var tests: Examples { testSpectra }

  /// How many spectra of each class train.
  public struct Sizes: Sendable {
    /// Of most classes.
    public var count: Int
    /// The class, counted over all groups, of which only a tenth of that trains; nil for none.
    public var scarce: Int?
    /// The largest number of the study.
    public var reserved: Int

    /// Sizes of a study.
    public init(count: Int, scarce: Int? = nil, reserved: Int) {
      precondition(count <= reserved, "\(count) of \(reserved) spectra")
      self.count = count
      self.scarce = scarce
      self.reserved = reserved
    }

    /// The number of training spectra of a class; a generator needs a few at the least.
    public func count(ofClass number: Int) -> Int {
      if number != scarce { return count }
      return max((count + 5) / 10, TrainingSet.minimumSpectra)
    }
  }

  /// What stands in the way of a study of `reserved` training spectra of each class; nil for nothing.
  public static func obstacle(_ groups: [[StudyClass]], reserved: Int) -> String? {
    let classes = groups.flatMap(\.self)
    if classes.count < 2 { return "there is one class, and nothing to tell apart" }
    if Set(classes.map(\.spectra.spectra.columnCount)).count > 1 {
      return "the energy axes have different numbers of channels"
    }
    for item in classes {
      let rest = item.mayTest.count - (item.mayTest == item.mayTrain ? reserved : 0)
      if item.mayTrain.count < reserved || rest < fewestTests {
        return
          "\(item.spectra.name) has \(item.mayTrain.count) spectra that may train, too few for "
          + "\(reserved) of them and \(fewestTests) to test on"
      }
    }
    return nil
  }

  /// Deals the spectra of classes to which there is no ``obstacle(_:reserved:)``.
  public init(_ groups: [[StudyClass]], sizes: Sizes, seed: UInt64) throws {
    precondition(
      Self.obstacle(groups, reserved: sizes.reserved) == nil, "a set that does not allow a study")
    var number = 0
    var tests: [(spectra: TrainingSet, rows: [Int])] = []
    trainingSets = try groups.map { group in
      try group.map { item in
        let order = Self.order(of: item.mayTrain.count, ofClass: number, seed: seed)
        let taken = order.prefix(sizes.count(ofClass: number)).map { item.mayTrain[$0] }
        let kept = Set(order.prefix(sizes.reserved).map { item.mayTrain[$0] })
        tests.append((item.spectra, item.mayTest.filter { !kept.contains($0) }))
        number += 1
        return try item.spectra.subset(taken.sorted())
      }
    }
    let channels = tests[0].spectra.spectra.columnCount
    let spectra = Matrix(rows: tests.reduce(0) { $0 + $1.rows.count }, columns: channels)
    var classes: [Int] = []
    for (label, item) in tests.enumerated() {
      spectra.rows(classes.count..<classes.count + item.rows.count)
        .copy(from: item.spectra.spectra.rows(item.rows))
      classes += Array(repeating: label, count: item.rows.count)
    }
    testSpectra = Examples(
      spectra: spectra, classes: classes, classNames: tests.map(\.spectra.name))
    signalToNoise = tests.map { PaperMetrics.signalToNoise(of: $0.spectra.spectra) }
  }

  /// The order in which those of a class that may train, `count` of them, are taken.
  ///
  /// Classes are numbered over all groups.
  public static func order(of count: Int, ofClass number: Int, seed: UInt64) -> [Int] {
    var stream = RandomStream(seed: seed).split(selection).split(UInt64(number))
    return stream.permutation(count)
  }

  /// The use of the seed by which `augment` chooses training spectra, too.
  private static let selection: UInt64 = 0x5345_4C45_4354
}
