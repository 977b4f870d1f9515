import Classification
import LinearAlgebra

extension ClassifierKind {
  /// Trains a network of two branches on real and generated spectra together.
  func trainTwoBranches(
    _ data: ClassificationData, using stream: RandomStream
  ) throws -> Trained {
    var stream = stream
    let network = try TwoBranchTrainer(seed: stream.next()).train(
      real: data.real, synthetic: data.generated.count > 0 ? data.generated : nil)
    let record = network.record
    let share = record.settings.realShare
    return Trained(
      classifier: network, settings: try JSONValue(encoding: NetworkRecord(record)),
      remarks: [
        "neural network of two branches: \(record.steps) steps of \(record.settings.batchSize) spectra"
          + (record.realCount > 0 && record.syntheticCount > 0
            ? ", real ones being at least \(Text.percent(share)) of them" : "")
      ], warnings: [])
  }

  /// How a network was trained, for the provenance and the JSON document.
  private struct NetworkRecord: Encodable {
    var steps: Int
    var batchSize: Int
    var learningRate: Double
    var weightDecay: Double
    var dropout: Double
    var averageDecay: Double
    var realShare: Double

    init(_ record: TwoBranchRecord) {
      steps = record.steps
      batchSize = record.settings.batchSize
      learningRate = record.settings.learningRate
      weightDecay = record.settings.weightDecay
      dropout = record.settings.dropout
      averageDecay = record.settings.averageDecay
      realShare = record.settings.realShare
    }
  }
}
