public import LinearAlgebra
public import Spectra

/// What spectra are grouped by: their scores on the principal components of all of them.
///
/// Each spectrum x is divided by its length |x| first, so that thickness and dose do not group
/// spectra; scores are those of ``PCA``, of the components that stand above the noise
/// (``OptimalThreshold``). Distances between scores are those between the denoised spectra.
///
/// The spectra are read twice, block by block. Block size and number of threads change nothing.
public struct SpectrumScores {
  /// The indices of the spectra that have scores, rising.
  public let spectra: [Int]
  /// Their scores, spectra × components.
  public let scores: Matrix
  /// Why so many components.
  public let reason: String

  /// Decomposes the usable spectra of a source; those that hold a value that is no finite number, or
  /// nothing but zeros, are left out.
  ///
  /// - Parameters:
  ///   - source: the spectra.
  ///   - usable: for each of them, whether it may be used.
  ///   - components: how many components; nil for as many as stand above the noise.
  ///   - threads: how many threads may sum.
  ///   - progress: gets the share of the work that is done.
  /// - Throws: ``PreprocessError``; what the source throws when it cannot be read.
  public init(
    of source: any SpectrumSource, usable: [Bool], components: Int?, threads: Int = 1,
    progress: (Double) -> Void = { _ in }
  ) throws {
    let header = source.header
    precondition(
      usable.count == header.spectrumCount,
      "\(usable.count) marks for \(header.spectrumCount) spectra")
    if header.channelCount < Preprocessor.leastChannels {
      throw PreprocessError.tooFewChannels(
        header.channelCount, least: Preprocessor.leastChannels)
    }
    var spectra: [Int] = []
    var sums: PCAAccumulator?
    var pilot: [Float] = []
    try Self.forEachPanel(of: source, usable: usable) { panel, indices, done in
      if sums == nil {
        pilot = panel.rows(0..<1).elements
        sums = PCAAccumulator(pilot: pilot)
      }
      let taken = PCAPanel(pilot: pilot, capacity: panel.rowCount)
      for row in 0..<panel.rowCount { taken.take(panel, row: row) }
      sums?.add([taken], threads: threads)
      spectra += indices
      progress(done / 2)
    }
    guard let sums else { throw PreprocessError.empty }
    let most = max(min(sums.count - 1, sums.channels), 0)
    var choice = try ComponentChoice(
      components.map { .count($0) } ?? .automatic, sums: sums, channelWeights: nil,
      threads: threads)
    if choice.pca == nil, most > 0 {
      // Too few spectra to tell noise by.
      choice = try ComponentChoice(
        .count(most), sums: sums, channelWeights: nil, threads: threads)
    }
    guard let pca = choice.pca else {
      throw PreprocessError.tooManyComponents(1, usable: sums.count, channels: sums.channels)
    }
    // Spectra that were denoised have no more components than before, and what rounding left.
    let variances = pca.explainedVariance.prefix(pca.count)
    let kept = max(variances.count { $0 > Self.leastVariance * (variances.first ?? 0) }, 1)
    let projectors = Matrix(rows: pca.count, elements: pca.projectors).rows(0..<kept)
    let scores = Matrix(rows: spectra.count, columns: kept)
    var row = 0
    try Self.forEachPanel(of: source, usable: usable) { panel, _, done in
      scores.rows(row..<row + panel.rowCount).setProduct(panel, transposed: projectors)
      row += panel.rowCount
      progress(0.5 + done / 2)
    }
    self.spectra = spectra
    self.scores = scores
    reason = kept == pca.count ? choice.reason : "\(kept), all that the spectra hold"
  }

  /// Components of less than this share of the first one's variance are left out: sums in Float leave
  /// as much of what is not there, and it moves a spectrum by less than a thousandth of its length.
  private static let leastVariance = 1e-6

  /// Reads all usable spectra, divided by their lengths, in panels of fixed membership.
  private static func forEachPanel(
    of source: any SpectrumSource, usable: [Bool],
    _ body: (_ panel: Matrix, _ spectra: [Int], _ done: Double) throws -> Void
  ) throws {
    let count = source.header.spectrumCount
    let channels = source.header.channelCount
    let panel = Matrix(rows: SpectrumPanel.fullCount, columns: channels)
    var spectra: [Int] = []
    var start = 0
    while start < count {
      let end = min(start + source.preferredBlockCount, count)
      if usable[start..<end].contains(true) {
        let block = try source.read(start..<end)
        for index in start..<end where usable[index] {
          let spectrum = block.spectrum(index - start)
          let square = spectrum.reduce(0.0) { $0 + Double($1) * Double($1) }
          guard square > 0, square.isFinite else { continue }
          let length = square.squareRoot()
          let target = panel.row(spectra.count)
          for (channel, value) in spectrum.enumerated() {
            target[channel] = Float(Double(value) / length)
          }
          spectra.append(index)
          if spectra.count == panel.rowCount {
            try body(panel, spectra, Double(index) / Double(count))
            spectra = []
          }
        }
      }
      start = end
    }
    if !spectra.isEmpty { try body(panel.rows(0..<spectra.count), spectra, 1) }
  }
}
