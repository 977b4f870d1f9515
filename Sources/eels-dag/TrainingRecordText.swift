import Augmentation
import Evaluation
import Reporting
import Spectra

extension TrainingRecord {
  /// What happened, in one line: the numbers are those of fresh spectra of the chosen snapshot.
  var sentence: String {
    let before = start.map { " upon the model's \($0.iterations)" } ?? ""
    return "\(name): \(verdict) after \(iterations) iterations\(before); "
      + quality.words(limits: limits)
  }

  private var verdict: String {
    let faults = shortcomings.isEmpty ? "" : " (\(shortcomings.joined(separator: ", ")))"
    switch rule {
    case .calibrated:
      return outcome == .reached
        ? "stopping criterion reached" : "stopping criterion NOT reached\(faults)"
    case .iterations:
      return outcome == .reached
        ? "stopping criterion met" : "stopping criterion NOT met\(faults)"
    case .paper:
      let judgement =
        shortcomings.isEmpty
        ? "the calibrated criterion agrees" : "the calibrated criterion does not"
      return "the paper's metrics \(outcome == .reached ? "passed" : "did NOT pass") (\(judgement)"
        + "\(shortcomings.isEmpty ? "" : ": " + shortcomings.joined(separator: ", ")))"
    }
  }

  /// The record as a picture shows it.
  var run: TrainingCurves.Run {
    let iterations = evaluations.map(\.iteration)
    return TrainingCurves.Run(
      name: name, lossIterations: iterations,
      discriminatorLoss: evaluations.map(\.discriminatorLoss),
      generatorLoss: evaluations.map(\.generatorLoss), distanceIterations: iterations,
      frechetDistance: evaluations.map(\.quality.frechetDistance),
      threshold: limits.frechetDistance,
      keptIteration: chosen.iteration)
  }

  /// The record as HyperSpy metadata: scalars, and one array a curve.
  func metadata(origins: [TrainingOrigin]) -> MetadataTree {
    func curve(_ value: (Evaluation) -> Double) -> MetadataValue {
      .array(shape: [evaluations.count], values: evaluations.map(value))
    }
    var tree = MetadataTree([
      "name": .string(name),
      "rule": .string(rule.rawValue),
      "outcome": .string(outcome.rawValue),
      "shortcomings": .string(shortcomings.joined(separator: "; ")),
      "warnings": .string(
        warnings.map { "iteration \($0.iteration): \($0.text)" }.joined(separator: "; ")),
      "iterations": .integer(Int64(iterations)),
      "chosen_iteration": .integer(Int64(chosen.iteration)),
      "frechet_null_median": .real(nullMedian),
      "null_group_size": .integer(Int64(groupSize)),
      "energy_drift_channels": .real(calibration.energyDrift),
      "transform_shift_channels": .real(calibration.transformShift),
      "generator_shift_channels": .real(calibration.generatorShift),
      "transform_noise": .real(Double(calibration.transformNoise)),
      "components": .integer(Int64(componentCount)),
      "smoothing_channels": .real(smoothing),
      "sampling_noise": .bool(samplesNoise),
      "iteration": curve { Double($0.iteration) },
      "discriminator_loss": curve(\.discriminatorLoss),
      "generator_loss": curve(\.generatorLoss),
      "noise_factor": curve { Double($0.noiseFactor) },
    ])
    for (key, measure) in SyntheticQuality.measures { tree[key] = curve { measure($0.quality) } }
    tree.put(quality, within: limits)
    if let paper {
      tree["paper_frechet_distance"] = .real(paper.metrics.frechetDistance)
      tree["paper_frechet_threshold"] = .real(paper.limits.frechetDistance)
      tree["paper_correlation"] = .real(paper.metrics.correlation)
      tree["paper_correlation_threshold"] = .real(paper.limits.correlation)
      tree["paper_cosine_distance"] = .real(paper.metrics.cosineDistance)
      tree["paper_cosine_threshold"] = .real(paper.limits.cosineDistance)
      tree["paper_signal_to_noise"] = paper.metrics.signalToNoise.map { .real($0) }
      tree["paper_kullback_leibler"] = .real(paper.metrics.kullbackLeibler)
    }
    if let start {
      tree["start_model_sha256"] = .string(start.origin)
      tree["start_iterations"] = .integer(Int64(start.iterations))
    }
    for (key, value) in origins.metadata.members { tree[key] = value }
    return tree
  }
}

extension SyntheticQuality {
  /// The measures in one line, the distances beside their limits.
  func words(limits: QualityLimits) -> String {
    func number(_ value: Double) -> String { Text.number(value, digits: 3) }
    return "Fréchet distance \(number(frechetDistance)) (real against real: 95 % below "
      + "\(number(limits.frechetDistance))), kernel distance \(number(kernelDistance)) "
      + "(\(number(limits.kernelDistance))), noise × \(number(noiseRatio)), its spread × "
      + "\(number(noiseSpreadRatio)), diversity × \(number(diversity)), coverage "
      + "\(number(coverage)), nearest neighbour × \(number(nearestNeighbourRatio))"
  }

  /// The measures by their names in the metadata.
  fileprivate static let measures: [(String, @Sendable (SyntheticQuality) -> Double)] = [
    ("frechet_distance", { $0.frechetDistance }), ("kernel_distance", { $0.kernelDistance }),
    ("noise_ratio", { $0.noiseRatio }), ("noise_spread_ratio", { $0.noiseSpreadRatio }),
    ("diversity", { $0.diversity }), ("coverage", { $0.coverage }),
    ("nearest_neighbour_ratio", { $0.nearestNeighbourRatio }),
    ("energy_shift_channels", { $0.energyShift }), ("background", { $0.background }),
  ]
}

extension MetadataTree {
  /// Adds the measures of a class and within what they must lie.
  mutating func put(_ quality: SyntheticQuality, within limits: QualityLimits) {
    for (key, measure) in SyntheticQuality.measures {
      self["final_\(key)"] = .real(measure(quality))
    }
    for (key, range) in [
      ("noise_ratio", limits.noiseRatio), ("noise_spread_ratio", limits.noiseSpreadRatio),
      ("diversity", limits.diversity),
    ] {
      self["lowest_\(key)"] = .real(range.lowerBound)
      self["highest_\(key)"] = .real(range.upperBound)
    }
    self["lowest_coverage"] = .real(limits.coverage)
    self["lowest_nearest_neighbour_ratio"] = .real(limits.nearestNeighbourRatio)
    self["frechet_threshold"] = .real(limits.frechetDistance)
    self["kernel_threshold"] = .real(limits.kernelDistance)
    self["largest_energy_shift_channels"] = .real(limits.energyShift)
    self["highest_background"] = .real(limits.background)
  }
}
