package import LinearAlgebra

/// A panel of weighted spectra on their way into a ``PCAAccumulator``.
package final class PCAPanel {
  private let pilot: [Float]
  private let rows: Matrix
  private var weights: [Float] = []

  /// Creates a panel for spectra whose `pilot`, a spectrum close to their mean, is subtracted.
  package init(pilot: [Float], capacity: Int) {
    self.pilot = pilot
    rows = Matrix(rows: capacity, columns: pilot.count)
  }

  /// Removes all spectra.
  package func clear() { weights = [] }

  /// Takes the spectrum in a row of a matrix, with a weight on its values.
  package func take(_ spectra: Matrix, row: Int, weight: Float = 1) {
    precondition(
      weights.count < rows.rowCount && spectra.columnCount == pilot.count,
      "row \(weights.count) of \(rows.rowCount), \(spectra.columnCount) channels for \(pilot.count)"
    )
    let x = spectra.row(row)
    let y = rows.row(weights.count)
    pilot.withUnsafeBufferPointer { pilot in
      for j in 0..<pilot.count { y[j] = weight * (x[j] - pilot[j]) }
    }
    weights.append(weight)
  }

  /// w · (x − pilot), one spectrum a row.
  fileprivate var taken: Matrix { rows.rows(0..<weights.count) }

  /// w, as a column.
  fileprivate var weightColumn: Matrix { Matrix(rows: weights.count, elements: weights) }

  /// Σ w² and the number of spectra.
  fileprivate var totals: (weight: Double, count: Int) {
    (weights.reduce(0) { $0 + Double($1) * Double($1) }, weights.count)
  }
}

/// The sums from which principal components follow, in Double.
///
/// Spectra come in panels of fixed membership. Four panels in order are summed in single precision after
/// a pilot spectrum near the mean was subtracted, so that the precision is not spent on the mean, and
/// then added in Double, bands of the matrix side by side. So the result depends neither on
/// how spectra were read nor on the number of threads. Memory: channels², once in Double and half of
/// it in single precision.
package struct PCAAccumulator {
  /// The spectrum that was subtracted from every other.
  package let pilot: [Float]
  /// Σ w² y yᵀ, the lower triangle in row order.
  private var gram: [Double]
  /// Σ w² y.
  private var sum: [Double]
  /// Σ w².
  private var weight = 0.0
  /// The number of spectra.
  package private(set) var count = 0

  /// Rows of the matrix that make bands of about the same number of elements.
  private let bands: [Range<Int>]
  /// Room for the product of each band.
  private let products: [Matrix]

  /// Creates empty sums.
  package init(pilot: [Float]) {
    self.pilot = pilot
    let channels = pilot.count
    gram = Array(repeating: 0, count: channels * channels)
    sum = Array(repeating: 0, count: channels)
    let limits = (0...Self.bandCount).map {
      Int((Double(channels) * (Double($0) / Double(Self.bandCount)).squareRoot()).rounded())
    }
    bands = zip(limits, limits.dropFirst()).map { $0..<$1 }.filter { !$0.isEmpty }
    products = bands.map { Matrix(rows: $0.count, columns: $0.upperBound) }
  }

  /// The number of panels taken; those since the last whole group are in the products alone.
  private var panelCount = 0

  /// Fixed, so that results do not depend on the number of threads.
  private static let bandCount = 8
  private static let groupCount = 4

  /// The number of channels.
  package var channels: Int { pilot.count }

  /// Adds panels.
  package mutating func add(_ panels: [PCAPanel], threads: Int = 1) {
    let panels = panels.filter { $0.totals.count > 0 }
    let channels = channels
    let first = panelCount
    panelCount += panels.count
    gram.withUnsafeMutableBufferPointer { gram in
      // Every band is written by one thread, and panels are only read.
      nonisolated(unsafe) let (gram, products, panels) = (gram, products, panels)
      let bands = bands
      concurrently(bands.count, threads: threads) { index in
        let (band, product) = (bands[index], products[index])
        let before = 0..<band.lowerBound
        for (place, panel) in zip(first..., panels) {
          let y = panel.taken
          let adding = place % Self.groupCount != 0
          if !before.isEmpty {
            product.columns(before).setProduct(
              transposed: y.columns(band), y.columns(before), adding: adding)
          }
          product.columns(band).setGram(y.columns(band), adding: adding)
          guard place % Self.groupCount == Self.groupCount - 1 else { continue }
          for i in band {
            let row = UnsafeMutableBufferPointer(
              rebasing: gram[(i * channels)...(i * channels + i)])
            Self.add(product.row(i - band.lowerBound), to: row)
          }
        }
      }
    }
    let partial = Matrix(rows: 1, columns: channels)
    for panel in panels {
      partial.setProduct(transposed: panel.weightColumn, panel.taken)
      sum.withUnsafeMutableBufferPointer { Self.add(partial.start, to: $0) }
      let totals = panel.totals
      weight += totals.weight
      count += totals.count
    }
  }

  private static func add(_ x: UnsafePointer<Float>, to sums: UnsafeMutableBufferPointer<Double>) {
    for j in sums.indices { sums[j] += Double(x[j]) }
  }

  /// The lower triangle of Σ w² x xᵀ c cᵀ, the pilot added again; channel weights are 1 where nil.
  package func gram(channelWeights: [Double]?) -> [Double] {
    let channels = channels
    let pilot = pilot.map(Double.init)
    let c = channelWeights ?? Array(repeating: 1, count: channels)
    var result = gram
    if panelCount % Self.groupCount != 0 {
      result.withUnsafeMutableBufferPointer { result in
        for (band, product) in zip(bands, products) {
          for i in band {
            let row = UnsafeMutableBufferPointer(
              rebasing: result[(i * channels)...(i * channels + i)])
            Self.add(product.row(i - band.lowerBound), to: row)
          }
        }
      }
    }
    var target = result.mutableSpan
    for i in 0..<channels {
      for j in 0...i {
        let index = i * channels + j
        let back = sum[i] * pilot[j] + pilot[i] * sum[j] + weight * pilot[i] * pilot[j]
        target[index] = (target[index] + back) * c[i] * c[j]
      }
    }
    return result
  }
}
