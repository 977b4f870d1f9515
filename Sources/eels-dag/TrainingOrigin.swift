import Spectra

/// Where training spectra of a class come from.
struct TrainingOrigin: Codable, Equatable {
  /// The number of the file among the inputs of the run, counted from 0.
  var input: Int
  /// The title of the set of spectra.
  var signal: String
  /// The spectra: indices in the flattened navigation space of that set.
  var spectra: [Int]
}

extension [TrainingOrigin] {
  /// The entries of the training record; which input a spectrum comes from only where there are several.
  var metadata: MetadataTree {
    let spectra = flatMap(\.spectra)
    var tree = MetadataTree([
      "training_spectra": .integerArray(shape: [spectra.count], values: spectra.map(Int64.init))
    ])
    if count > 1 {
      let inputs = flatMap { origin in origin.spectra.map { _ in Int64(origin.input) } }
      tree["training_inputs"] = .integerArray(shape: [inputs.count], values: inputs)
    }
    return tree
  }
}
