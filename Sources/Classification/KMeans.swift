public import LinearAlgebra

/// k-means clusters of points: a partition into k sets that makes the inertia, the sum of the squared
/// distances of the points from the means of their sets, small.
///
/// Lloyd's algorithm (IEEE Trans. Inf. Theory 28 (1982) 129, doi 10.1109/TIT.1982.1056489) from
/// several starts, whose centres k-means++ draws (Arthur & Vassilvitskii, Proc. SODA 2007, 1027): each
/// next centre is a point drawn with a probability that goes with its squared distance from the
/// centres so far. The start of least inertia wins. A set that runs empty takes the point farthest
/// from its centre. No step can raise the inertia.
///
/// Clusters are numbered by falling size, those of one size by their first point.
public struct KMeans: Sendable, Equatable {
  /// The number of clusters, k.
  public let clusterCount: Int
  /// The number of coordinates of a point.
  public let dimension: Int
  /// The cluster of each point.
  public let labels: [Int32]
  /// The means of the clusters as rows of `dimension` numbers.
  public let centres: [Double]
  /// The inertia after each iteration of the start that won; the last one is that of the result.
  public let inertias: [Double]
  /// The inertia of all points in one cluster.
  public let totalInertia: Double
  /// False when the last iteration still moved points.
  public let isConverged: Bool

  /// The inertia of the result.
  public var inertia: Double { inertias[inertias.count - 1] }

  private static let mostIterations = 500

  /// Finds clusters; nil when there are fewer different points than clusters.
  ///
  /// - Parameters:
  ///   - points: one a row, all of them finite.
  ///   - count: the number of clusters.
  ///   - starts: how many times to start from other centres.
  ///   - stream: the random numbers; the same ones give the same clusters.
  ///   - threads: how many starts may run side by side; the result does not depend on it.
  public init?(
    _ points: Matrix, clusters count: Int, starts: Int = 10, using stream: RandomStream,
    threads: Int = 1
  ) {
    precondition(count > 0 && starts > 0, "\(count) clusters from \(starts) starts")
    let cloud = Cloud(points)
    guard points.rowCount >= count else { return nil }
    let runs = concurrentMap(starts, threads: threads) { start -> Run? in
      var stream = stream.split(UInt64(start))
      return cloud.centres(count, using: &stream).map { cloud.run(from: $0) }
    }
    let best = runs.compactMap(\.self).enumerated().min { left, right in
      (left.element.inertia, left.offset) < (right.element.inertia, right.offset)
    }
    guard let run = best?.element else { return nil }
    clusterCount = count
    dimension = cloud.dimension
    var sizes = [Int](repeating: 0, count: count)
    var firsts = [Int](repeating: .max, count: count)
    for (index, label) in run.labels.enumerated() {
      sizes[label] += 1
      firsts[label] = min(firsts[label], index)
    }
    let order = (0..<count).sorted { (-sizes[$0], firsts[$0]) < (-sizes[$1], firsts[$1]) }
    var numbers = [Int32](repeating: 0, count: count)
    for (number, old) in order.enumerated() { numbers[old] = Int32(number) }
    labels = run.labels.map { numbers[$0] }
    let dimension = dimension
    centres = order.flatMap { run.centres[$0 * dimension..<($0 + 1) * dimension] }
    inertias = run.inertias
    isConverged = run.isConverged
    totalInertia = cloud.totalInertia
  }

  /// The squared distances of a point from the centres.
  public func squaredDistances(from point: [Double]) -> [Double] {
    precondition(point.count == dimension, "\(point.count) coordinates of \(dimension)")
    return (0..<clusterCount).map { cluster in
      (0..<dimension).reduce(0) { sum, axis in
        let difference = point[axis] - centres[cluster * dimension + axis]
        return sum + difference * difference
      }
    }
  }

  /// What one start led to.
  private struct Run: Sendable {
    var labels: [Int]
    var centres: [Double]
    var inertias: [Double]
    var isConverged: Bool
    var inertia: Double { inertias[inertias.count - 1] }
  }

  /// The points in Double.
  private struct Cloud: Sendable {
    let count: Int
    let dimension: Int
    let coordinates: [Double]

    init(_ points: Matrix) {
      count = points.rowCount
      dimension = points.columnCount
      coordinates = points.elements.map(Double.init)
    }

    /// The inertia of all points in one cluster.
    var totalInertia: Double {
      let labels = [Int](repeating: 0, count: count)
      let mean = means(of: labels, 1, instead: [])
      return coordinates.withUnsafeBufferPointer { coordinates in
        mean.withUnsafeBufferPointer { mean in
          (0..<count).reduce(0) { $0 + distance(coordinates, $1, mean, 0) }
        }
      }
    }

    @inline(__always)
    private func distance(
      _ coordinates: UnsafeBufferPointer<Double>, _ point: Int,
      _ centres: UnsafeBufferPointer<Double>, _ centre: Int
    ) -> Double {
      var sum = 0.0
      for axis in 0..<dimension {
        let difference = coordinates[point * dimension + axis] - centres[centre * dimension + axis]
        sum += difference * difference
      }
      return sum
    }

    /// Draws centres among the points; nil when fewer points differ.
    func centres(_ wanted: Int, using stream: inout RandomStream) -> [Double]? {
      var centres: [Double] = []
      var nearest = [Double](repeating: .infinity, count: count)
      var chosen = stream.index(below: count)
      while true {
        let centre = Array(coordinates[chosen * dimension..<(chosen + 1) * dimension])
        centres += centre
        if centres.count == wanted * dimension { return centres }
        var sum = 0.0
        coordinates.withUnsafeBufferPointer { coordinates in
          centre.withUnsafeBufferPointer { centre in
            for point in 0..<count {
              nearest[point] = min(nearest[point], distance(coordinates, point, centre, 0))
              sum += nearest[point]
            }
          }
        }
        guard sum > 0, let last = nearest.lastIndex(where: { $0 > 0 }) else { return nil }
        var rest = stream.uniform() * sum
        chosen = last
        for point in 0...last where nearest[point] > 0 {
          rest -= nearest[point]
          if rest < 0 {
            chosen = point
            break
          }
        }
      }
    }

    /// Moves centres to the means of the points nearest to them until no point changes its set.
    func run(from start: [Double]) -> Run {
      let clusters = start.count / dimension
      var centres = start
      var labels = [Int](repeating: -1, count: count)
      var inertias: [Double] = []
      while inertias.count < KMeans.mostIterations {
        let (changed, inertia) = assign(&labels, centres, clusters)
        inertias.append(inertia)
        if !changed {
          return Run(labels: labels, centres: centres, inertias: inertias, isConverged: true)
        }
        centres = means(of: labels, clusters, instead: centres)
      }
      return Run(labels: labels, centres: centres, inertias: inertias, isConverged: false)
    }

    /// Gives each point to the centre nearest to it, the first of several, and an empty set the
    /// farthest point.
    private func assign(
      _ labels: inout [Int], _ centres: [Double], _ clusters: Int
    ) -> (changed: Bool, inertia: Double) {
      var changed = false
      var sizes = [Int](repeating: 0, count: clusters)
      var distances = [Double](repeating: 0, count: count)
      coordinates.withUnsafeBufferPointer { coordinates in
        centres.withUnsafeBufferPointer { centres in
          for point in 0..<count {
            var best = 0
            var least = distance(coordinates, point, centres, 0)
            for cluster in 1..<max(clusters, 1) {
              let other = distance(coordinates, point, centres, cluster)
              if other < least { (best, least) = (cluster, other) }
            }
            if labels[point] != best {
              labels[point] = best
              changed = true
            }
            sizes[best] += 1
            distances[point] = least
          }
        }
      }
      for cluster in 0..<clusters where sizes[cluster] == 0 {
        var farthest: Int?
        for point in 0..<count where sizes[labels[point]] > 1 {
          if distances[point] > farthest.map({ distances[$0] }) ?? 0 { farthest = point }
        }
        guard let farthest else { break }
        sizes[labels[farthest]] -= 1
        sizes[cluster] = 1
        labels[farthest] = cluster
        distances[farthest] = 0
        changed = true
      }
      return (changed, distances.reduce(0, +))
    }

    /// The means of the sets; of one without points, its centre so far.
    private func means(of labels: [Int], _ clusters: Int, instead centres: [Double]) -> [Double] {
      var sums = [Double](repeating: 0, count: clusters * dimension)
      var sizes = [Int](repeating: 0, count: clusters)
      for point in 0..<count {
        sizes[labels[point]] += 1
        for axis in 0..<dimension {
          sums[labels[point] * dimension + axis] += coordinates[point * dimension + axis]
        }
      }
      for place in sums.indices {
        let size = sizes[place / dimension]
        sums[place] = size > 0 ? sums[place] / Double(size) : centres[place]
      }
      return sums
    }
  }
}
