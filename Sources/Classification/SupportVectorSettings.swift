internal import LinearAlgebra

/// The settings of a support vector machine that real spectra have chosen.
///
/// They hold for any set of the same classes: C is scaled so that C · n stays what it was, for then the
/// errors of all spectra together weigh against the margin as before. To choose anew for a set that holds
/// synthetic spectra would flatter them: their generators have seen the real ones that judge.
public struct SupportVectorSettings: Codable, Sendable, Equatable {
  /// C for as many spectra as chose.
  public let penalty: Double
  /// γ of the kernel exp(−γ |x − y|²).
  public let steepness: Double
  /// The number of spectra that chose.
  public let spectrumCount: Int
  /// The accuracy of libsvm's solutions.
  public let tolerance: Double
  /// The probabilities of the pairs of classes, from the decision values of spectra that were not learned
  /// from.
  public let sigmoids: [Sigmoid]
  /// All combinations that were tried.
  public let scores: [SupportVectorGrid.Score]

  /// Takes settings as they are.
  public init(
    penalty: Double, steepness: Double, spectrumCount: Int, tolerance: Double = 1e-3,
    sigmoids: [Sigmoid], scores: [SupportVectorGrid.Score] = []
  ) {
    self.penalty = penalty
    self.steepness = steepness
    self.spectrumCount = spectrumCount
    self.tolerance = tolerance
    self.sigmoids = sigmoids
    self.scores = scores
  }

  /// The most spectra that two classes may have together: their kernel takes 15 GB.
  public static let largestPair = 25_000

  /// The most bytes of kernels at work at a time; a kernel of more is worked on alone.
  private static let memory = 2 << 30

  /// Learns from a set of the same classes, each with spectra.
  ///
  /// Every pair of classes has a kernel of its own: 24 bytes for each pair of its spectra, of which there
  /// may be ``largestPair``.
  public func fit(_ examples: Examples, threads: Int) -> SupportVectorMachine {
    let members = examples.classNames.indices.map { examples.spectra(ofClass: $0) }
    let pairs = ClassPairs(members.count)
    precondition(
      pairs.all.count == sigmoids.count && members.allSatisfy { !$0.isEmpty },
      "classes of \(members.map(\.count)) spectra for \(sigmoids.count) pairs")
    let penalty = penalty * Double(spectrumCount) / Double(examples.count)
    let weights = balancedWeights(members.map(\.count))
    let largest = members.map(\.count).sorted().suffix(2).reduce(0, +)
    precondition(largest <= Self.largestPair, "\(largest) spectra of two classes")
    let workers = min(threads, max(1, Self.memory / (24 * largest * largest)))
    nonisolated(unsafe) let spectra = examples.spectra
    let machines = concurrentMap(pairs.all.count, threads: workers) { index in
      let (first, second) = pairs.all[index]
      let chosen = members[first] + members[second]
      let inner = max(1, threads / workers)
      let kernel = KernelRows(count: chosen.count)
      kernel.fill(
        SquaredDistances(within: spectra.rows(chosen), threads: inner), steepness: steepness,
        threads: inner)
      return PairMachine(
        kernel, first: Array(0..<members[first].count),
        second: Array(members[first].count..<chosen.count),
        penalties: (penalty * weights[first], penalty * weights[second]), tolerance: tolerance)
    }
    return SupportVectorMachine(
      examples, members: members, machines: machines, settings: self, penalty: penalty)
  }
}
