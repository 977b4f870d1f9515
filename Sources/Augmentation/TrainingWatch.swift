internal import Evaluation

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Says early when training leads nowhere, each thing once.
package struct TrainingWatch {
  private let limits: QualityLimits
  /// Losses of a discriminator that knows nothing, and of one that knows all.
  private let blindLoss: Double
  private let perfectLoss: Double
  private var said: Set<Fault> = []

  private enum Fault { case perfectDiscriminator, collapse, standstill }

  /// A discriminator tells all apart with this share of what it could gain still to gain.
  private static let perfect = 0.05
  /// Evaluations without progress, and what progress is.
  private static let standstill = 5
  private static let progress = 0.95

  /// Watches a training of the design's loss weights and label smoothing.
  package init(_ design: DAGDesign, limits: QualityLimits) {
    self.limits = limits
    let weight = Double(design.scheme.views.reduce(0) { $0 + design.weight(of: $1) })
    let target = Double(design.realTarget)
    func part(_ p: Double) -> Double { p > 0 ? -p * log(p) : 0 }
    blindLoss = 2 * log(2) * weight
    perfectLoss = (part(target) + part(1 - target)) * weight
  }

  /// What to say after the newest of these evaluations.
  package mutating func warning(after evaluations: [TrainingRecord.Evaluation]) -> String? {
    guard let last = evaluations.last else { return nil }
    let recent = evaluations.suffix(3)
    let perfect = perfectLoss + Self.perfect * (blindLoss - perfectLoss)
    if recent.count == 3, recent.allSatisfy({ $0.discriminatorLoss < perfect }),
      said.insert(.perfectDiscriminator).inserted
    {
      return "the discriminator tells all spectra apart (loss \(rounded(last.discriminatorLoss))): "
        + "the generator has nothing to learn from it"
    }
    let diversities = recent.map(\.quality.diversity)
    if diversities.count == 3, diversities[0] > diversities[1], diversities[1] > diversities[2],
      diversities[2] < limits.diversity.lowerBound, said.insert(.collapse).inserted
    {
      return "the generated spectra grow more and more alike (diversity "
        + "\(rounded(diversities[2])) of the real ones')"
    }
    let distances = evaluations.map(\.quality.frechetDistance)
    if distances.count > Self.standstill,
      let now = distances.suffix(Self.standstill).min(),
      let before = distances.dropLast(Self.standstill).min(),
      now > Self.progress * before, min(now, before) > limits.frechetDistance,
      said.insert(.standstill).inserted
    {
      let first = evaluations[evaluations.count - Self.standstill - 1].iteration
      return "no progress in \(last.iteration - first) iterations: the Fréchet distance stays at "
        + "\(rounded(min(now, before) / limits.frechetDistance)) times its limit"
    }
    return nil
  }

  private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
