internal import Dispatch
public import LinearAlgebra

/// A neural network of a convolutional and a dense branch that tells classes apart.
///
/// Convolution 1 → 8 channels, kernel 15, stride 4, ReLU → Convolution 8 → 16, kernel 9, stride 4, ReLU →
/// Dense 64, ReLU; beside it Dense 128, ReLU → Dense 64, ReLU; both together → Dense 64, ReLU → Dense,
/// softmax. ``TwoBranchTrainer`` trains it, with dropout. Two branches as in del-Pozo-Bueno et al.,
/// Microsc. Microanal. 30 (2024) 278, doi 10.1093/mam/ozae014; the widths are ours.
public struct TwoBranchNetwork: Classifier, Equatable {
  /// The classes, in the order of the probabilities.
  public let classNames: [String]
  /// The number of channels L of its spectra.
  public let channelCount: Int
  /// How it was trained.
  public let record: TwoBranchRecord
  /// All weights, layer after layer.
  public let weights: [Tensor]

  /// The spectra that are classified together, whatever the number of threads: an edge of a product's
  /// tiles may round otherwise.
  static let batchSize = 256

  /// Creates a network from its weights; throws when they are not of these classes and channels.
  package init(
    checking weights: [Tensor], classNames: [String], channelCount: Int, record: TwoBranchRecord
  ) throws(TensorArchiveError) {
    guard !classNames.isEmpty, channelCount > 0, channelCount <= 1 << 20 else {
      throw TensorArchiveError("\(classNames.count) classes of \(channelCount) channels")
    }
    self.init(
      classNames: classNames, channelCount: channelCount, record: record, weights: weights)
    _ = try checkedLayers(rows: 1)
  }

  init(classNames: [String], channelCount: Int, record: TwoBranchRecord, weights: [Tensor]) {
    self.classNames = classNames
    self.channelCount = channelCount
    self.record = record
    self.weights = weights
  }

  /// The probability of every class for every spectrum: n × L, each divided by its maximum, into
  /// n × classes, rows of sum 1.
  ///
  /// The number of threads changes nothing.
  public func probabilities(of spectra: Matrix, threads: Int) -> Matrix {
    precondition(threads > 0, "\(threads) threads")
    precondition(
      spectra.columnCount == channelCount,
      "spectra of \(spectra.columnCount) channels for a network of \(channelCount)")
    let results = Matrix(rows: spectra.rowCount, columns: classNames.count)
    let batches = (spectra.rowCount + Self.batchSize - 1) / Self.batchSize
    let workers = min(threads, batches)
    // Each thread writes rows of its own with layers of its own.
    nonisolated(unsafe) let (input, output) = (spectra, results)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let layers = layers(rows: min(Self.batchSize, input.rowCount))
      for batch in stride(from: worker, to: batches, by: workers) {
        let start = batch * Self.batchSize
        let rows = start..<min(start + Self.batchSize, input.rowCount)
        layers.probabilities(of: input.rows(rows), into: output.rows(rows))
      }
    }
    return results
  }

  private func checkedLayers(rows: Int) throws(TensorArchiveError) -> TwoBranchLayers {
    try TwoBranchLayers(
      channels: channelCount, classes: classNames.count, weights: weights, rows: rows)
  }

  private func layers(rows: Int) -> TwoBranchLayers {
    do {
      return try checkedLayers(rows: rows)
    } catch {
      preconditionFailure("weights that do not fit, though init has checked them: \(error)")
    }
  }
}

extension TwoBranchNetwork {
  private enum CodingKeys: String, CodingKey {
    case classNames
    case channelCount
    case record
    case weights
  }

  /// Reads a network; its weights must be those of its classes and channels.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    do {
      try self.init(
        checking: container.decode([Tensor].self, forKey: .weights),
        classNames: container.decode([String].self, forKey: .classNames),
        channelCount: container.decode(Int.self, forKey: .channelCount),
        record: container.decode(TwoBranchRecord.self, forKey: .record))
    } catch let error as TensorArchiveError {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }
}
