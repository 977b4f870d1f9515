internal import HDF5
public import Spectra

/// Where the loadings of a decomposition go, spectrum by spectrum, and at the end the rest of it.
///
/// Loadings are written in whole chunks as they come, so that memory does not grow with the image.
public final class LearningResultsSink {
  private let group: Group
  private let header: SignalHeader
  private let path: String
  private var dataset: Dataset?
  private var chunkSpectra = 1
  private var waiting: [Float] = []
  private var count = 0
  private var written = 0
  private var mask: [Bool] = []

  init(group: Group, header: SignalHeader, path: String) {
    self.group = group
    self.header = header
    self.path = path
  }

  /// Appends the loadings of the next spectra: a block of as many channels as there are components.
  ///
  /// NaN says that a spectrum is outside the decomposition: HyperSpy's `navigation_mask`.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func append(_ block: Block) throws(SpectrumFileError) {
    precondition(
      block.first == count && count + block.count <= header.spectrumCount,
      "loadings of spectra \(block.spectra) after \(count) of \(header.spectrumCount)")
    let dataset = try loadings(block.channels)
    precondition(
      block.channels == dataset.shape[1], "\(block.channels) loadings of \(dataset.shape[1])")
    for index in 0..<block.count { mask.append(block.values[index * block.channels].isNaN) }
    waiting += block.values
    count += block.count
    let isComplete = count == header.spectrumCount
    let ready = isComplete ? count - written : (count - written) / chunkSpectra * chunkSpectra
    guard ready > 0 else { return }
    let slab = Hyperslab(start: [written, 0], count: [ready, block.channels])
    let values = Array(waiting[..<(ready * block.channels)])
    try translatingErrors(of: path) { try dataset.write(values, slab) }
    waiting.removeFirst(values.count)
    written += ready
  }

  /// Writes what is not loadings; all loadings must have been appended.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written.
  public func finish(_ results: LearningResults) throws(SpectrumFileError) {
    precondition(
      written == header.spectrumCount && dataset?.shape[1] == results.count
        && results.factors.count == results.count * header.channelCount,
      "\(results.count) factors for loadings of \(written) of \(header.spectrumCount) spectra")
    try translatingErrors(of: path) {
      var encoder = MetadataEncoder()
      try encoder.write(results.entries(for: header), to: group)
      let shape = header.navigationShape
      // A single spectrum has no navigation for a mask to lie on.
      if mask.contains(true), !shape.isEmpty {
        try group.createDataset(
          "navigation_mask", type: .bool, shape: shape, chunk: shape, deflate: 4, shuffle: true,
          fletcher32: true
        ).write(mask)
      }
    }
  }

  /// The array of loadings, spectra × components, about a megabyte a chunk; made when first asked for.
  private func loadings(_ components: Int) throws(SpectrumFileError) -> Dataset {
    if let dataset { return dataset }
    chunkSpectra = min(max(1_000_000 / (4 * components), 1), header.spectrumCount)
    let created = try translatingErrors(of: path) {
      try group.createDataset(
        "loadings", type: .float32, shape: [header.spectrumCount, components],
        chunk: [chunkSpectra, components], deflate: 4, shuffle: true, fletcher32: true)
    }
    dataset = created
    return created
  }
}
