internal import LinearAlgebra
internal import Spectra

/// Some spectra of fixed membership on their way through the steps: one thread's share of the work.
///
/// Sendable unchecked: a panel is used by one thread at a time, and whoever starts threads waits for
/// them before it looks at their panels.
final class SpectrumPanel: @unchecked Sendable {
  /// The number of spectra in every panel but the last.
  static let fullCount = 256

  let capacity: Int
  /// The indices of the spectra in the source.
  private(set) var spectra = 0..<0
  /// What the steps gave, spectrum by spectrum.
  private(set) var outcomes: [PreprocessSteps.Outcome] = []
  /// The kept channels of the spectra, one a row.
  var values: Matrix { work.rows(0..<spectra.count).columns(steps.kept) }

  /// The sums of the usable spectra; nil when not asked for.
  private(set) var sums: PCAPanel?
  /// What the usable spectra hold of the components, one spectrum a row; nil when not denoised.
  var loadings: Matrix?

  private let steps: PreprocessSteps
  private let channels: Range<Int>
  private let work: Matrix
  private var blocks: [Block] = []

  /// Creates a panel for some channels of up to `capacity` spectra.
  init(steps: PreprocessSteps, channels: Range<Int>, capacity: Int) {
    self.steps = steps
    self.channels = channels
    self.capacity = capacity
    work = Matrix(rows: capacity, columns: steps.axis.count)
  }

  /// Gives the panel its spectra: a range of the source and the blocks that hold it.
  func assign(_ spectra: Range<Int>, _ blocks: [Block]) {
    precondition(spectra.count <= capacity, "\(spectra.count) spectra for room for \(capacity)")
    self.spectra = spectra
    self.blocks = blocks
    outcomes = []
  }

  /// Copies the spectra in and does the steps that need no others.
  func open() {
    for block in blocks {
      for index in block.spectra.clamped(to: spectra) {
        work.copy(
          block, spectrum: index - block.first, channels: channels,
          toRow: index - spectra.lowerBound)
      }
    }
    blocks = []
    outcomes = (0..<spectra.count).map { steps.open(work.row($0)) }
  }

  /// Tells a local average the counts in the fit window.
  func report(to local: LocalAverage) {
    for outcome in outcomes {
      local.append(
        lower: outcome.windowSums.lower, upper: outcome.windowSums.upper,
        usable: outcome.countsInAverage)
    }
  }

  /// Does the other steps up to the norm.
  func finish(_ local: LocalAverage?) {
    for row in 0..<spectra.count {
      steps.finish(
        work.row(row), &outcomes[row], local: local, spectrum: spectra.lowerBound + row)
    }
  }

  /// The rows that may enter the components.
  var usableRows: [Int] {
    outcomes.indices.filter { outcomes[$0].flags.isDisjoint(with: .unusable) }
  }

  /// What components of other spectra left of the usable ones; nil when nobody asked.
  var residuals: Matrix?

  /// The shifts of the usable spectra, unknown for the others.
  private(set) var shifts: [EnergyShift] = []

  /// Measures the shift of every usable spectrum on all channels of the panel.
  func measure(_ estimate: (UnsafePointer<Float>) -> EnergyShift) {
    shifts = outcomes.indices.map {
      outcomes[$0].flags.isDisjoint(with: .unusable) ? estimate(work.row($0)) : .unknown
    }
  }

  /// Changes the flags of one spectrum.
  func insert(_ flag: QualityFlags, row: Int) { outcomes[row].flags.insert(flag) }

  /// Sums the usable spectra for the components, weighted so that counting noise becomes uniform, or
  /// as they are.
  ///
  /// A normalised spectrum is net counts over a divisor; times divisor/√(its mean raw counts), its
  /// noise has the same size as that of every other. A spectrum without counts has no weight.
  func gather(_ weighting: PreprocessOptions.Weighting, pilot: [Float]) {
    let sums = sums ?? PCAPanel(pilot: pilot, capacity: capacity)
    self.sums = sums
    sums.clear()
    let spectra = values
    for row in usableRows {
      let outcome = outcomes[row]
      switch weighting {
      case .none: sums.take(spectra, row: row)
      case .poisson:
        guard outcome.rawSum > 0 else { continue }
        let mean = Float(outcome.rawSum / Double(spectra.columnCount))
        sums.take(spectra, row: row, weight: outcome.divisor / mean.squareRoot())
      }
    }
  }

  /// The spectra as a block for a sink.
  var block: Block { block(of: values) }

  /// The rows of a matrix, one a spectrum, as a block.
  func block(of rows: Matrix) -> Block {
    Block(
      first: spectra.lowerBound, count: spectra.count, channels: rows.columnCount,
      values: rows.elements)
  }
}
