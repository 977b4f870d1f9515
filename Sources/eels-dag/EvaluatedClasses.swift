import Augmentation
import Evaluation
import LinearAlgebra
import Preprocessing
import Spectra

/// Real and synthetic spectra of the same classes, on one energy axis for each group of classes.
struct EvaluatedClasses {
  /// The classes on one energy axis, real and synthetic ones in the same order.
  struct Group {
    var energyAxis: UniformAxis
    var real: [TrainingSet]
    /// Which of the real spectra of each class the generators learned from.
    var learned: [Learned]
    var synthetic: [TrainingSet]

    /// The other class of which the synthetic spectra of a class look to be: between the means, the squared sine
    /// of the angle, to which noise and height don't matter, is less than a quarter of that to its own class.
    func lookalike(of index: Int) -> String? {
      let mean = meanSpectrum(of: synthetic[index].spectra)
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let sines = real.map { set in
        let other = meanSpectrum(of: set.spectra)
        let cosine = dot(other, mean)
        return 1 - cosine * cosine / max(dot(other, other) * dot(mean, mean), 1e-12)
      }
      let nearest = sines.indices.min { sines[$0] < sines[$1] } ?? index
      return sines[nearest] < sines[index] / 4 ? real[nearest].name : nil
    }
  }

  /// Rows of the real spectra of a class.
  struct Learned {
    /// From which the generators learned.
    var rows: [Int]
    /// All others.
    var others: [Int]
    /// The spectra of ``rows``; nil where there are none.
    var matrix: Matrix?
  }

  /// One group an energy axis of the real spectra.
  private(set) var groups: [Group] = []
  /// The classes of the real spectra that have no synthetic ones.
  let missing: [String]

  /// Matches the classes by their names, and says which are left out.
  init(real: LabelledSpectra, synthetic: LabelledSpectra, learned: LearnedSpectra) throws {
    var others: [String: (set: TrainingSet, axis: UniformAxis)] = [:]
    for group in synthetic.groups {
      guard let axis = group.energyAxis.uniform else { continue }
      for item in group.classes { others[item.trainingSet.name] = (item.trainingSet, axis) }
    }
    let names = real.classes.map(\.trainingSet.name)
    if names.count == 1, let only = others.first, others.count == 1, only.key != names[0] {
      Console.say("the one class \(only.key) of the synthetic spectra is taken for \(names[0])")
      others = [names[0]: only.value]
    }
    missing = names.filter { others[$0] == nil }
    let unknown = synthetic.classes.map(\.trainingSet.name).filter {
      others[$0] != nil && !names.contains($0)
    }
    guard missing.count < names.count else {
      throw Refusal(
        "no class is in both files: the real ones are \(names.joined(separator: ", ")), the synthetic "
          + "ones \(others.keys.sorted().joined(separator: ", ")); rename the classes, or name the "
          + "file that holds their labels (--labels, --synthetic-labels)")
    }
    if !missing.isEmpty {
      Console.warn("there are no synthetic spectra of \(missing.joined(separator: ", "))")
    }
    if !unknown.isEmpty {
      Console.warn("there are no real spectra of \(unknown.joined(separator: ", "))")
    }
    for group in real.groups {
      guard let axis = group.energyAxis.uniform else { continue }
      var pair = Group(energyAxis: axis, real: [], learned: [], synthetic: [])
      for item in group.classes {
        let set = item.trainingSet
        guard let other = others[set.name] else { continue }
        let places = item.origins.flatMap(\.spectra)
        let theirs = learned.among(set.name)
        let rows = places.indices.filter { theirs.contains(places[$0]) }
        pair.learned.append(
          Learned(
            rows: rows, others: places.indices.filter { !theirs.contains(places[$0]) },
            matrix: rows.isEmpty ? nil : set.spectra.rows(rows)))
        pair.real.append(set)
        pair.synthetic.append(
          try Self.bring(other.set, named: set.name, from: other.axis, to: axis))
      }
      if !pair.real.isEmpty { groups.append(pair) }
    }
  }

  /// The spectra on another axis, resampled if need be.
  private static func bring(
    _ set: TrainingSet, named name: String, from axis: UniformAxis, to other: UniformAxis
  ) throws -> TrainingSet {
    let isSame =
      axis.count == other.count
      && [0, axis.count - 1].allSatisfy { abs(axis[$0] - other[$0]) < other.scale / 100 }
    if isSame {
      return set.name == name ? set : try TrainingSet(name: name, spectra: set.spectra, least: 1)
    }
    let extents = [axis, other].map { LabelledSpectra.extent(.energyLoss($0)) }
    guard let resampling = EnergyResampling(from: axis, to: other) else {
      throw Refusal(
        "the synthetic spectra of \(name) cover \(extents[0]), and the real ones \(extents[1]): crop "
          + "the real ones to energies that both have ('eels-dag preprocess --crop A:B')")
    }
    Console.warn(
      "the synthetic spectra of \(name) are resampled from \(extents[0]) to \(extents[1]); this "
        + "changes their noise")
    return try TrainingSet(name: name, spectra: resampling(set.spectra), least: 1)
  }
}
