import Classification
import Foundation
import LinearAlgebra
import Testing

/// k-means against scikit-learn (Fixtures/make_kmeans.py), and what must hold of any clusters.
@Suite struct KMeansTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      var points: [[Float]]
      var clusters: Int
      var labels: [Int]
      var centres: [[Double]]
      var inertia: Double
    }
    var cases: [Case]
  }

  private static func reference() throws -> [Reference.Case] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let data = try Data(contentsOf: url.appendingPathComponent("kmeans.json"))
    return try JSONDecoder().decode(Reference.self, from: data).cases
  }

  private func points(_ rows: [[Float]]) -> Matrix {
    Matrix(rows: rows.count, elements: rows.flatMap(\.self))
  }

  @Test func samePartitionAsScikitLearn() throws {
    for reference in try Self.reference() {
      let found = try #require(
        KMeans(
          points(reference.points), clusters: reference.clusters, using: RandomStream(seed: 1)))
      var places: [Int32: Int] = [:]
      for (own, other) in zip(found.labels, reference.labels) {
        if places[own] == nil { places[own] = other }
        #expect(places[own] == other)
      }
      #expect(Set(places.values).count == reference.clusters)
      #expect(abs(found.inertia - reference.inertia) < 1e-9 * reference.inertia)
      for (own, other) in places {
        for (axis, value) in reference.centres[other].enumerated() {
          #expect(abs(found.centres[Int(own) * found.dimension + axis] - value) < 1e-9 * 10)
        }
      }
    }
  }

  /// Points without structure, on which every start ends elsewhere.
  private func cloud(_ count: Int, seed: UInt64 = 3) -> Matrix {
    var stream = RandomStream(seed: seed)
    return Matrix(rows: count, elements: (0..<count * 4).map { _ in Float(stream.normal()) })
  }

  @Test func inertiaNeverRises() throws {
    for seed in 0..<10 as Range<UInt64> {
      let points = cloud(300, seed: seed)
      let found = try #require(
        KMeans(points, clusters: 7, starts: 1, using: RandomStream(seed: seed)))
      #expect(found.isConverged && found.inertias.count > 2)
      #expect(found.inertias[0] < found.totalInertia)
      for (earlier, later) in zip(found.inertias, found.inertias.dropFirst()) {
        #expect(later <= earlier * (1 + 1e-12))
      }
      // It is what it says: the distances of the points from the means of their clusters.
      var inertia = 0.0
      for (row, label) in found.labels.enumerated() {
        let point = points.rows(row..<row + 1).elements.map(Double.init)
        let distances = found.squaredDistances(from: point)
        #expect(distances[Int(label)] == distances.min())
        inertia += distances[Int(label)]
      }
      #expect(abs(inertia - found.inertia) < 1e-9 * inertia)
    }
  }

  @Test func moreStartsAreNoWorse() throws {
    let points = cloud(200)
    let stream = RandomStream(seed: 9)
    var last = Double.infinity
    for starts in [1, 3, 10, 30] {
      let inertia = try #require(
        KMeans(points, clusters: 8, starts: starts, using: stream)
      ).inertia
      #expect(inertia <= last)
      last = inertia
    }
  }

  @Test func threadsChangeNothing() throws {
    let points = cloud(400)
    let one = KMeans(points, clusters: 5, using: RandomStream(seed: 2), threads: 1)
    let many = KMeans(points, clusters: 5, using: RandomStream(seed: 2), threads: 4)
    #expect(one != nil && one == many)
    let other = try #require(KMeans(points, clusters: 5, using: RandomStream(seed: 3)))
    #expect(other.labels.count == 400)
  }

  @Test func largestClusterComesFirst() throws {
    let rows: [[Float]] = [[0], [10], [10.5], [20], [20.5], [21], [0.1], [20.2]]
    let found = try #require(KMeans(points(rows), clusters: 3, using: RandomStream(seed: 1)))
    // Four near 20, then two clusters of two, of which the one near 0 has the first point.
    #expect(found.labels == [1, 2, 2, 0, 0, 0, 1, 0])
  }

  @Test func asManyClustersAsDifferentPoints() throws {
    let rows: [[Float]] = [[1, 1], [2, 2], [1, 1], [2, 2], [3, 3]]
    let three = try #require(KMeans(points(rows), clusters: 3, using: RandomStream(seed: 1)))
    #expect(three.inertia == 0 && Set(three.labels).count == 3)
    #expect(KMeans(points(rows), clusters: 4, using: RandomStream(seed: 1)) == nil)
    let one = try #require(KMeans(points(rows), clusters: 1, using: RandomStream(seed: 1)))
    #expect(abs(one.inertia - one.totalInertia) < 1e-12)
  }
}
