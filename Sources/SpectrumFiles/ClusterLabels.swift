internal import HDF5
public import Spectra

/// Labels as HyperSpy keeps the result of a cluster analysis: in the learning results of the spectra,
/// where `get_cluster_labels`, `get_cluster_signals` and the plots of both look for them.
///
/// `cluster_labels` holds one mask a class, classes × spectra; a spectrum without a class is in none.
extension StoredSignal {
  /// The clusters in the learning results, if they fit the spectra that `header` describes; nil
  /// otherwise.
  func clusterLabels(fitting header: SignalHeader) throws(SpectrumFileError) -> LabelArray? {
    try translatingErrors(of: path) {
      guard let group, try group.contains("learning_results") else { return nil }
      let results = try group.group("learning_results")
      guard try results.contains("cluster_labels") else { return nil }
      let dataset = try results.dataset("cluster_labels")
      let shape = dataset.shape
      guard shape.count == 2, shape[0] >= 1, shape[0] <= LabelArray.mostClasses,
        shape[1] == header.spectrumCount,
        // Deflate packs at most 1,032 bytes into one.
        try UInt64(shape[0] * shape[1] / 1032) <= dataset.storageSize
      else { return nil }
      let masks = try dataset.readIntegers()
      guard masks.allSatisfy({ $0 == 0 || $0 == 1 }) else { return nil }
      return LabelArray(
        source: "\(path), the clusters in the learning results of \(name)",
        shape: [shape[0]] + header.navigationShape, values: .truths(masks.map { $0 == 1 }))
    }
  }
}

extension SpectrumFileWriter {
  /// Copies the learning results of a signal, but for its clusters, to the one whose spectra are
  /// written.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func carryLearningResults(
    of source: StoredSignal, to sink: SpectrumFileSink
  ) throws(SpectrumFileError) {
    try translatingErrors(of: path) {
      guard let group = source.group,
        source.version.map({ $0 >= .init(major: 3, minor: 0) }) == true,
        try group.contains("learning_results")
      else { return }
      try sink.group.unlink("learning_results")
      try group.copy("learning_results", to: sink.group, as: "learning_results")
      let copy = try sink.group.group("learning_results")
      if source.layout == .hidden { try HiddenExperiment.unescape(copy) }
      for member in try copy.members where Self.isOfClusters(member.name) {
        try copy.unlink(member.name)
      }
      for (name, _) in try copy.attributes() where Self.isOfClusters(name) {
        try copy.removeAttribute(name)
      }
    }
  }

  private static func isOfClusters(_ name: String) -> Bool {
    name.contains("cluster") || name.hasPrefix("estimated_number_of_clusters")
  }

  /// Writes labels into the learning results of the spectra that they belong to.
  ///
  /// - Parameters:
  ///   - labels: the classes of the spectra.
  ///   - sums: the sums of the spectra of each class, classes × channels.
  ///   - distances: the distance of each spectrum from each class, classes × spectra; nil where there
  ///     is no such thing.
  ///   - sink: where the spectra go.
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func addClusterLabels(
    _ labels: Labels, sums: [Double], distances: [Double]? = nil, to sink: SpectrumFileSink
  ) throws(SpectrumFileError) {
    let classes = labels.classNames.count
    let channels = sink.header.channelCount
    let spectra = sink.header.spectrumCount
    precondition(
      labels.values.count == spectra && sums.count == classes * channels
        && distances.map { $0.count == classes * spectra } ?? true,
      "\(labels.values.count) labels and \(sums.count) sums of \(classes) classes for \(spectra) × "
        + "\(channels)")
    if classes == 0 { return }
    let counts = labels.counts
    let means = sums.indices.map { sums[$0] / Double(max(counts[$0 / channels], 1)) }
    try translatingErrors(of: path) {
      let group = try sink.group.group("learning_results")
      var masks = [Bool](repeating: false, count: classes * spectra)
      for (spectrum, label) in labels.values.enumerated() where label >= 0 {
        masks[Int(label) * spectra + spectrum] = true
      }
      func create(_ name: String, _ type: NumberType, _ columns: Int) throws -> Dataset {
        try group.createDataset(
          name, type: type, shape: [classes, columns], chunk: [1, columns], deflate: 4,
          shuffle: true, fletcher32: true)
      }
      try create("cluster_labels", .bool, spectra).write(masks)
      try create("cluster_sum_signals", .float64, channels).write(sums)
      try create("cluster_centroid_signals", .float64, channels).write(means)
      if let distances { try create("cluster_distances", .float64, spectra).write(distances) }
      try group.setAttribute("number_of_clusters", .integer(Int64(classes)))
      try group.setAttribute("cluster_algorithm", .string("eels-dag label"))
    }
  }
}
