internal import Evaluation
internal import LinearAlgebra
internal import NeuralNetworks

/// SMOTE: x + u (x′ − x), over its maximum, x a real spectrum at random, x′ one of its nearest
/// neighbours within the class and u uniform in 0 … 1.
///
/// Chawla, Bowyer, Hall & Kegelmeyer, J. Artif. Intell. Res. 16 (2002) 321, doi 10.1613/jair.953. Neighbours
/// are those of the smallest Euclidean distance over all channels.
public struct NeighbourSpectra: SpectrumModel {
  /// The nearest neighbours among which x′ is chosen.
  public let neighbourCount: Int
  /// The spectra in a batch.
  public let batchSize = 64
  private let real: RealSpectra
  /// The spectra minus their mean, which distances need in full precision.
  private let centred: RealSpectra

  /// Creates the model of a class.
  package init(_ set: TrainingSet, neighbourCount: Int) {
    real = RealSpectra(set.spectra)
    self.neighbourCount = min(neighbourCount, set.spectra.rowCount - 1)
    let mean = meanSpectrum(of: set.spectra)
    let centred = Matrix(rows: set.spectra.rowCount, columns: set.spectra.columnCount)
    for i in 0..<centred.rowCount {
      let (x, y) = (set.spectra.row(i), centred.row(i))
      for j in mean.indices { y[j] = Float(Double(x[j]) - mean[j]) }
    }
    self.centred = RealSpectra(centred)
  }

  /// The channels of a spectrum.
  public var channelCount: Int { real.matrix.columnCount }

  /// A source of batches.
  public func makeBatches() -> any SpectrumBatches { Batches(self) }

  private final class Batches: SpectrumBatches {
    private let model: NeighbourSpectra
    private let squares: [Float]
    private let chosen: Matrix
    private let products: Matrix
    private let norm: MaxNormalisation

    init(_ model: NeighbourSpectra) {
      self.model = model
      let all = model.centred.matrix
      squares = (0..<all.rowCount).map { i in
        let x = all.row(i)
        return Float((0..<all.columnCount).reduce(0.0) { $0 + Double(x[$1] * x[$1]) })
      }
      chosen = Matrix(rows: model.batchSize, columns: model.channelCount)
      products = Matrix(rows: model.batchSize, columns: all.rowCount)
      norm = MaxNormalisation(
        floor: RealSpectra.smallestMaximum, count: model.channelCount, rows: model.batchSize)
    }

    func draw(using stream: inout RandomStream, into batch: Matrix) {
      let (real, centred) = (model.real.matrix, model.centred.matrix)
      let numbers = (0..<batch.rowCount).map { _ in stream.index(below: real.rowCount) }
      for (row, number) in numbers.enumerated() {
        chosen.rows(row..<row + 1).copy(from: centred.rows(number..<number + 1))
      }
      products.setProduct(chosen, transposed: centred)
      for (row, number) in numbers.enumerated() {
        let near = nearest(to: number, products.row(row))
        let other = near[stream.index(below: near.count)]
        batch.rows(row..<row + 1).setMixture(of: real, number, other, Float(stream.uniform()))
      }
      norm.forward(batch, into: batch)
    }

    /// The nearest neighbours of a spectrum, from its products with all: |x − y|² = |x|² + |y|² − 2 x·y.
    private func nearest(to number: Int, _ products: UnsafeMutablePointer<Float>) -> [Int] {
      var near: [(distance: Float, number: Int)] = []
      for i in squares.indices where i != number {
        let distance = squares[i] - 2 * products[i]
        if near.count == model.neighbourCount, distance >= near[near.count - 1].distance {
          continue
        }
        let place = near.firstIndex { distance < $0.distance } ?? near.count
        near.insert((distance, i), at: place)
        if near.count > model.neighbourCount { near.removeLast() }
      }
      return near.map(\.number)
    }
  }
}
