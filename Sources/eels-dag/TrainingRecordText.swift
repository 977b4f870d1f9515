import Augmentation
import Evaluation
import Reporting
import Spectra

extension TrainingRecord {
  /// What happened, in one line: the numbers are those of fresh spectra of the chosen snapshot.
  var sentence: String {
    "\(name): \(verdict) after \(iterations) iterations; Fréchet distance "
      + "\(Text.number(quality.frechetDistance, digits: 3)) (real against real: 95 % below "
      + "\(Text.number(threshold, digits: 3))), noise × \(Text.number(quality.noiseRatio, digits: 3)), "
      + "diversity × \(Text.number(quality.diversity, digits: 3)), nearest neighbour × "
      + "\(Text.number(quality.nearestNeighbourRatio, digits: 3))"
  }

  private var verdict: String {
    outcome == .reached
      ? "stopping criterion reached"
      : "stopping criterion NOT reached (\(shortcomings.joined(separator: ", ")))"
  }

  /// The record as a picture shows it.
  var run: TrainingCurves.Run {
    let iterations = evaluations.map(\.iteration)
    return TrainingCurves.Run(
      name: name, lossIterations: iterations,
      discriminatorLoss: evaluations.map(\.discriminatorLoss),
      generatorLoss: evaluations.map(\.generatorLoss), distanceIterations: iterations,
      frechetDistance: evaluations.map(\.quality.frechetDistance), threshold: threshold,
      keptIteration: chosen.iteration)
  }

  /// The record as HyperSpy metadata: scalars, and one array a curve.
  ///
  /// `members` are the training spectra, as indices in the flattened navigation space of the input.
  func metadata(members: [Int]) -> MetadataTree {
    func curve(_ value: (Evaluation) -> Double) -> MetadataValue {
      .array(shape: [evaluations.count], values: evaluations.map(value))
    }
    return MetadataTree([
      "name": .string(name),
      "outcome": .string(outcome.rawValue),
      "iterations": .integer(Int64(iterations)),
      "chosen_iteration": .integer(Int64(chosen.iteration)),
      "training_spectra": .integerArray(shape: [members.count], values: members.map(Int64.init)),
      "final_frechet_distance": .real(quality.frechetDistance),
      "final_noise_ratio": .real(quality.noiseRatio),
      "final_diversity": .real(quality.diversity),
      "final_nearest_neighbour_ratio": .real(quality.nearestNeighbourRatio),
      "frechet_threshold": .real(threshold),
      "frechet_null_median": .real(nullMedian),
      "null_group_size": .integer(Int64(groupSize)),
      "energy_drift_channels": .real(calibration.energyDrift),
      "transform_shift_channels": .real(calibration.transformShift),
      "generator_shift_channels": .real(calibration.generatorShift),
      "transform_noise": .real(Double(calibration.transformNoise)),
      "components": .integer(Int64(componentCount)),
      "smoothing_channels": .real(smoothing),
      "sampling_noise": .bool(true),
      "iteration": curve { Double($0.iteration) },
      "discriminator_loss": curve(\.discriminatorLoss),
      "generator_loss": curve(\.generatorLoss),
      "frechet_distance": curve(\.quality.frechetDistance),
      "noise_ratio": curve(\.quality.noiseRatio),
      "diversity": curve(\.quality.diversity),
      "nearest_neighbour_ratio": curve(\.quality.nearestNeighbourRatio),
      "noise_factor": curve { Double($0.noiseFactor) },
    ])
  }
}
