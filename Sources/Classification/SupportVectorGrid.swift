public import LinearAlgebra
internal import Synchronization

/// The search for the penalty C and the steepness γ of a support vector machine: cross-validation on real
/// spectra.
///
/// Every combination is judged by the spectra that it takes for their own class, by vote of the pairs of
/// classes, in stratified folds. Of equal ones the smaller C is chosen, then the smaller γ: the smoother
/// boundary. Classes weigh alike however many spectra they have: the penalty of a spectrum of class c is
/// C · n / (k · n_c), for k classes and n spectra.
///
/// The kernels of all folds and penalties of a γ are parts of one table: ``SquaredDistances`` once, one
/// exponential for every pair of spectra and γ. Memory: 24 bytes · n².
public struct SupportVectorGrid: Codable, Sendable, Equatable {
  /// The penalties C that are tried.
  public var penalties: [Double] = [1, 10, 100, 1000]
  /// The steepnesses γ that are tried, in units of 1 / (median squared distance of two spectra).
  public var steepnesses: [Double] = [0.03, 0.1, 0.3, 1, 3]
  /// The number of folds.
  public var foldCount = 5
  /// The accuracy of libsvm's solutions, as in ``PairMachine``.
  public var tolerance = 1e-3

  /// The usual grid.
  public init() {}

  /// One combination and what it gave.
  public struct Score: Codable, Sendable, Equatable {
    /// C.
    public let penalty: Double
    /// γ, in units of 1 / (median squared distance).
    public let steepness: Double
    /// The number of spectra taken for their own class when they were not learned from.
    public let correct: Int
  }

  /// The most spectra that choose: more of them say the same, and their table is 600 MB.
  public static let largestSet = 5000

  /// Chooses the settings by real spectra, at least two of every class, in folds that the stream deals; of
  /// more than ``largestSet`` by some, drawn at random from every class alike.
  public func chosen(
    on real: Examples, using stream: inout RandomStream, threads: Int
  ) -> SupportVectorSettings {
    let some = some(of: real, using: &stream)
    let folds = StratifiedFolds(of: some.classes, count: foldCount, using: &stream)
    return chosen(on: some, folds: folds, threads: threads)
  }

  private func some(of real: Examples, using stream: inout RandomStream) -> Examples {
    if real.count <= Self.largestSet { return real }
    let chosen = real.classNames.indices.flatMap { label in
      let members = real.spectra(ofClass: label)
      let share = max(members.count * Self.largestSet / real.count, min(members.count, foldCount))
      return stream.permutation(members.count).prefix(share).map { members[$0] }
    }
    return real.taking(chosen.sorted())
  }

  /// Chooses the settings by real spectra in given folds.
  public func chosen(
    on real: Examples, folds: StratifiedFolds, threads: Int
  ) -> SupportVectorSettings {
    let n = real.count
    let members = real.classNames.indices.map { real.spectra(ofClass: $0) }
    precondition(
      members.count > 1 && members.allSatisfy { $0.count > 1 },
      "classes of \(members.map(\.count)) spectra to choose by")
    let pairs = ClassPairs(members.count)
    let classes = real.classes
    let distances = SquaredDistances(within: real.spectra, threads: threads)
    // Where all spectra are the same, any unit will do.
    let unit = distances.medianWithin ?? 1
    let kernel = KernelRows(count: n)
    var best: (score: Score, decisions: [Double])?
    var scores: [Score] = []
    for steepness in steepnesses.sorted() {
      kernel.fill(distances, steepness: steepness / unit, threads: threads)
      let penalties = penalties.sorted()
      let decisions = Mutex(
        [[Double]](
          repeating: [Double](repeating: 0, count: n * pairs.all.count), count: penalties.count))
      // The longest fits, those of the largest penalty, come first.
      concurrently(penalties.count * folds.parts.count, threads: threads) { task in
        let place = penalties.count - 1 - task / folds.parts.count
        let part = task % folds.parts.count
        let machines = machines(
          kernel, folds.rest(of: part), classes, penalty: penalties[place], pairs)
        let values = folds.parts[part].map { spectrum in
          machines.map { $0.decision(kernel, spectrum) }
        }
        decisions.withLock { decisions in
          for (spectrum, values) in zip(folds.parts[part], values) {
            for (pair, value) in values.enumerated() {
              decisions[place][spectrum * pairs.all.count + pair] = value
            }
          }
        }
      }
      for (penalty, decisions) in zip(penalties, decisions.withLock { $0 }) {
        let correct = (0..<n).count { i in
          pairs.vote(decisions[i * pairs.all.count..<(i + 1) * pairs.all.count])
            == real.classes[i]
        }
        let score = Score(penalty: penalty, steepness: steepness, correct: correct)
        scores.append(score)
        if best.map({ Self.isBetter(score, than: $0.score) }) ?? true { best = (score, decisions) }
      }
    }
    guard let best else { preconditionFailure("a grid of no combinations") }
    let sigmoids = pairs.all.enumerated().map { index, pair in
      let spectra = (members[pair.first] + members[pair.second]).sorted()
      return Sigmoid(
        decisions: spectra.map { best.decisions[$0 * pairs.all.count + index] },
        areFirst: spectra.map { real.classes[$0] == pair.first })
    }
    return SupportVectorSettings(
      penalty: best.score.penalty, steepness: best.score.steepness / unit, spectrumCount: n,
      tolerance: tolerance, sigmoids: sigmoids, scores: scores)
  }

  private static func isBetter(_ score: Score, than other: Score) -> Bool {
    if score.correct != other.correct { return score.correct > other.correct }
    if score.penalty != other.penalty { return score.penalty < other.penalty }
    return score.steepness < other.steepness
  }

  /// A machine for each pair of classes, from these spectra of a set.
  private func machines(
    _ kernel: KernelRows, _ spectra: [Int], _ classes: [Int], penalty: Double, _ pairs: ClassPairs
  ) -> [PairMachine] {
    let members = (0..<pairs.classCount).map { label in spectra.filter { classes[$0] == label } }
    let weights = balancedWeights(members.map(\.count))
    return pairs.all.map { first, second in
      PairMachine(
        kernel, first: members[first], second: members[second],
        penalties: (penalty * weights[first], penalty * weights[second]), tolerance: tolerance)
    }
  }
}

/// n / (k · n_c) for every class c of k, n_c spectra each.
func balancedWeights(_ counts: [Int]) -> [Double] {
  let n = Double(counts.reduce(0, +))
  return counts.map { n / (Double(counts.count) * Double($0)) }
}
