public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The principal components that all classes on one energy axis share.
///
/// Every class's generator is projected on them, and its discriminator looks through them, so that a
/// class cannot grow a pattern of its own that a classifier would learn instead of the physics. They
/// come from smoothed spectra, so that they do not contain the noise of the few training spectra,
/// and from copies shifted by ± `shift`, so that a drift stays inside.
public struct SharedBasis: Codable, Sendable, Equatable {
  /// The number of components, k.
  public let componentCount: Int
  /// The number of channels, L.
  public let channelCount: Int
  /// The components, k × L in row order: orthonormal, the one of largest variance first.
  @Archived public private(set) var components: [Float]
  /// The Gaussian smoothing that was taken, standard deviation in channels.
  public let smoothing: Double
  /// Whether the spectra lie in the components exactly, as denoised ones do.
  public let isExact: Bool

  /// Finds the components of the spectra of all classes.
  ///
  /// - Parameters:
  ///   - sets: The classes, all of one channel count.
  ///   - count: The largest number of components.
  ///   - widestSmoothing: Channels. The smoothing is the widest of 1, ¾, ½, ⅜, ¼ and 0 times this
  ///     that moves no channel of any class's mean spectrum by more than four standard errors: what
  ///     it takes away is noise, not structure.
  ///   - shift: Channels.
  ///
  /// Spectra that have been denoised lie in a few components exactly. Those are then taken as they
  /// are: neither smoothed nor shifted, and no more than there are.
  public init(of sets: [TrainingSet], count: Int, widestSmoothing: Double, shift: Double) {
    let all = Self.stack(sets.map(\.measured))
    channelCount = all.columnCount
    let plain = Self.principalComponents(of: all, count: count)
    if plain.unexplained < 1e-5, 2 * plain.count < all.rowCount {
      smoothing = 0
      isExact = true
      components = plain.rows
      componentCount = plain.count
      return
    }
    isExact = false
    let statistics = sets.map { ChannelStatistics($0.measured) }
    let width = [1, 0.75, 0.5, 0.375, 0.25].map { $0 * widestSmoothing }.first { width in
      let smooth = GaussianSmoothing(width: width)
      return statistics.allSatisfy { Self.keepsMean($0, smooth) }
    }
    smoothing = width ?? 0
    let smooth = GaussianSmoothing(width: smoothing)(all)
    let shifted = [-shift, shift].map { Self.shifted(smooth, by: $0) }
    let found = Self.principalComponents(of: Self.stack([smooth] + shifted), count: count)
    components = found.rows
    componentCount = found.count
  }

  /// Finds the components that the classes of one energy axis share, as wide as the design says.
  package init(of sets: [TrainingSet], design: DAGDesign) throws(TrainingError) {
    let channels = sets[0].spectra.columnCount
    for set in sets where set.spectra.columnCount != channels {
      throw .differentChannels(name: set.name, count: set.spectra.columnCount, others: channels)
    }
    try design.faithful?.validate(channels: channels)
    let drift = sets.map { EnergyDrift(of: $0.measured).deviation }.max() ?? 0
    self.init(
      of: sets, count: design.componentCount, widestSmoothing: design.widestSmoothing,
      shift: design.generatorShiftShare
        * Calibration.transformShift(drift: drift, design: design))
  }

  /// The components as a matrix, k × L.
  var matrix: Matrix { Matrix(rows: componentCount, elements: components) }

  /// The coefficients of spectra, n × L, along the components: n × k.
  func coefficients(of spectra: Matrix) -> Matrix {
    let coefficients = Matrix(rows: spectra.rowCount, columns: componentCount)
    coefficients.setProduct(spectra, transposed: matrix)
    return coefficients
  }

  /// The spectra minus their projection on the components around `mean`, n × L.
  func residual(of spectra: Matrix, around mean: [Double]) -> Matrix {
    let residual = Matrix(rows: spectra.rowCount, columns: channelCount)
    for i in 0..<spectra.rowCount {
      let x = spectra.row(i)
      let y = residual.row(i)
      for j in 0..<channelCount { y[j] = Float(Double(x[j]) - mean[j]) }
    }
    let coefficients = Matrix(rows: spectra.rowCount, columns: componentCount)
    coefficients.setProduct(residual, transposed: matrix)
    coefficients.multiply(by: -1)
    residual.setProduct(coefficients, matrix, adding: true)
    return residual
  }

  private static func keepsMean(_ set: ChannelStatistics, _ smooth: GaussianSmoothing) -> Bool {
    let smoothed = smooth(set.mean)
    return smoothed.indices.allSatisfy { j in
      // A channel where the spectra hardly differ must not decide.
      let deviation = max(set.variance[j].squareRoot(), 1e-3)
      return abs(smoothed[j] - set.mean[j]) <= 4 * deviation / Double(set.count).squareRoot()
    }
  }

  private static func stack(_ parts: [Matrix]) -> Matrix {
    let columns = parts[0].columnCount
    let all = Matrix(rows: parts.reduce(0) { $0 + $1.rowCount }, columns: columns)
    var row = 0
    for part in parts {
      all.rows(row..<row + part.rowCount).copy(from: part)
      row += part.rowCount
    }
    return all
  }

  private static func shifted(_ spectra: Matrix, by shift: Double) -> Matrix {
    let moved = Matrix(rows: spectra.rowCount, columns: spectra.columnCount)
    let last = spectra.columnCount - 1
    for j in 0...last {
      let position = min(max(Double(j) - shift, 0), Double(last))
      let lower = min(Int(position), last - 1)
      let weight = Float(position - Double(lower))
      for i in 0..<spectra.rowCount {
        let x = spectra.row(i)
        moved.row(i)[j] = (1 - weight) * x[lower] + weight * x[lower + 1]
      }
    }
    return moved
  }

  /// The leading components (rows, one after another), at most `count`, and the share of the variance
  /// that they leave.
  ///
  /// From the eigenvectors of the smaller of the two products of the centred spectra.
  private static func principalComponents(
    of spectra: Matrix, count: Int
  ) -> (rows: [Float], count: Int, unexplained: Double) {
    let n = spectra.rowCount
    let channels = spectra.columnCount
    let mean = ChannelStatistics(spectra).mean
    let centred = Matrix(rows: n, columns: channels)
    for i in 0..<n {
      let x = spectra.row(i)
      let y = centred.row(i)
      for j in 0..<channels { y[j] = Float(Double(x[j]) - mean[j]) }
    }
    let order = min(n, channels)
    let product = Matrix(rows: order, columns: order)
    if n < channels {
      product.setProduct(centred, transposed: centred)
    } else {
      product.setProduct(transposed: centred, centred)
    }
    guard let system = SymmetricEigensystem(product.elements.map(Double.init), order: order) else {
      preconditionFailure("no components of \(n) finite spectra")
    }
    let total = (0..<order).reduce(0) { $0 + Double(product[$1, $1]) }
    // What Float leaves of directions that are not there is below this.
    let rank = system.values.prefix(count).count { $0 > 1e-6 * system.values[0] }
    let leading = system.vectors[0..<rank * order].map(Float.init)
    var rows = Matrix(rows: rank, elements: leading)
    if n < channels {
      rows = Matrix(rows: rank, columns: channels)
      rows.setProduct(Matrix(rows: rank, elements: leading), centred)
    }
    return (
      orthonormalised(rows), rank,
      max(total - system.values.prefix(rank).reduce(0, +), 0) / total
    )
  }

  /// Gram–Schmidt in Double, twice, which is enough (Giraud & Langou, doi 10.1093/imanum/22.4.521).
  private static func orthonormalised(_ rows: Matrix) -> [Float] {
    var done: [[Double]] = []
    for k in 0..<rows.rowCount {
      var v = rows.rows(k..<k + 1).elements.map(Double.init)
      for _ in 0..<2 {
        for other in done {
          let along = zip(v, other).reduce(0) { $0 + $1.0 * $1.1 }
          for j in v.indices { v[j] -= along * other[j] }
        }
        let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for j in v.indices { v[j] /= norm }
      }
      done.append(v)
    }
    return done.flatMap { $0.map(Float.init) }
  }
}
