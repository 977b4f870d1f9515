import Classification
import LinearAlgebra
import Preprocessing
import Spectra
import SpectrumFiles

/// The classes that `label` found, and how.
struct Labelling {
  /// Clusters of spectra.
  struct Clusters: Encodable {
    /// The number of clusters asked for.
    var count: Int
    /// The number of principal components, and why so many.
    var components: Int
    var componentReason: String
    /// How often k-means started, and the iterations of the start that was taken.
    var starts: Int
    var iterations: Int
    var converged: Bool
    /// The sum of the squared distances of the scores from the means of their clusters.
    var inertia: Double
    /// The share of the variance of the scores that the means explain.
    var explained: Double
  }

  /// What the provenance record says.
  struct Settings: Encodable {
    var classes: [String]
    /// Where the labels stood; absent for clusters.
    var from: String?
    /// How they were made; absent for labels of a file.
    var clusters: Clusters?
  }

  /// The classes of the spectra.
  let labels: Labels
  /// What the provenance record says.
  let settings: Settings
  /// The distance of each spectrum from the mean of each cluster, clusters × spectra; NaN for a spectrum
  /// without scores; nil for labels of a file.
  let distances: [Double]?

  /// Takes the labels of a file.
  init(_ labels: Labels, from place: String) {
    self.labels = labels
    let slash = place.lastIndex(of: "/").map(place.index(after:)) ?? place.startIndex
    settings = Settings(classes: labels.classNames, from: String(place[slash...]), clusters: nil)
    distances = nil
  }

  /// Takes clusters of spectra that have scores; the others get no class.
  init(
    _ found: KMeans, of scores: SpectrumScores, axes: [Axis], names: [String], starts: Int
  ) {
    let count = axes.map(\.count).reduce(1, *)
    var values = [Int32](repeating: Labels.unlabelled, count: count)
    var distances = [Double](repeating: .nan, count: found.clusterCount * count)
    let points = scores.scores.elements
    for (row, spectrum) in scores.spectra.enumerated() {
      values[spectrum] = found.labels[row]
      let point = points[row * found.dimension..<(row + 1) * found.dimension].map(Double.init)
      for (cluster, square) in found.squaredDistances(from: point).enumerated() {
        distances[cluster * count + spectrum] = square.squareRoot()
      }
    }
    labels = Labels(classNames: names, values: values, axes: axes)
    self.distances = distances
    settings = Settings(
      classes: names, from: nil,
      clusters: Clusters(
        count: found.clusterCount, components: found.dimension, componentReason: scores.reason,
        starts: starts, iterations: found.inertias.count, converged: found.isConverged,
        inertia: found.inertia,
        explained: found.totalInertia > 0 ? 1 - found.inertia / found.totalInertia : 0))
  }

  /// The spectra without a class.
  var unlabelledCount: Int { labels.values.count { $0 < 0 } }

  /// How many spectra each class has, and how it was found.
  var sentences: [String] {
    var sentences: [String] = []
    if let clusters = settings.clusters {
      sentences.append("principal components: \(clusters.componentReason)")
      sentences.append(
        "k-means: the best of \(clusters.starts) starts explains "
          + "\(Text.percent(clusters.explained)) of the scores' variance"
          + (clusters.converged ? "" : "; it was still moving, look at the map"))
    }
    sentences += zip(labels.classNames, labels.counts).map { name, count in
      "\(name): \(Text.count(count, "spectrum", "spectra"))"
    }
    if unlabelledCount > 0 {
      sentences.append(
        "without a class: \(Text.count(unlabelledCount, "spectrum", "spectra"))")
    }
    return sentences
  }
}

/// What `label --json` prints; described by `Schemas/label.schema.json`.
struct LabelReport: Encodable {
  struct Class: Encodable {
    var name: String
    var spectra: Int
  }

  var input: String
  var output: String
  /// The seed of the clusters; absent for labels of a file.
  var seed: UInt64?
  /// Where the labels stood; absent for clusters.
  var from: String?
  var clusters: Labelling.Clusters?
  var classes: [Class]
  var unlabelled: Int

  init(_ labelling: Labelling, input: String, output: String, seed: UInt64) {
    self.input = input
    self.output = output
    from = labelling.settings.from
    clusters = labelling.settings.clusters
    self.seed = clusters == nil ? nil : seed
    classes = zip(labelling.labels.classNames, labelling.labels.counts).map {
      Class(name: $0, spectra: $1)
    }
    unlabelled = labelling.unlabelledCount
  }
}
