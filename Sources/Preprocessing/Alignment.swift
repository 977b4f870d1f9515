internal import LinearAlgebra
internal import Spectra

/// The alignment of a run: the shifts of all spectra from a sweep of their own.
struct Alignment: Sendable {
  /// The largest shift that is looked for, eV.
  static let greatestShift = 4.0

  let method: PreprocessOptions.Alignment
  /// The steps before it: spectra with their background removed, not yet divided.
  let steps: PreprocessSteps
  private let alignment: EnergyAlignment

  /// Makes the reference from the surveyed spectra.
  ///
  /// `window` is the one asked for; else all that follows the fit window, or everything.
  ///
  /// - Throws: ``PreprocessError/noAlignment(_:)``.
  init(
    _ method: PreprocessOptions.Alignment, window: EnergyWindow?, axis: UniformAxis,
    workRange: Range<Int>, survey: Survey, steps: PreprocessSteps
  ) throws(PreprocessError) {
    self.method = method
    var steps = steps
    steps.norm = .none
    self.steps = steps
    let nets = Matrix(rows: survey.spectra.rowCount, columns: steps.axis.count)
    nets.copy(from: survey.spectra)
    let rows = survey.good.filter { row in
      var outcome = steps.open(nets.row(row))
      steps.finish(nets.row(row), &outcome, local: nil, spectrum: row)
      return outcome.flags.isDisjoint(with: .unusable)
    }
    let channels: Range<Int>
    if let window {
      let asked = window.channels(of: axis).clamped(to: workRange)
      channels =
        (asked.lowerBound - workRange.lowerBound)..<(asked.upperBound - workRange.lowerBound)
    } else {
      let first = steps.background?.fit.channels.upperBound ?? 0
      channels = first..<steps.axis.count
    }
    guard
      let alignment = EnergyAlignment(
        surveyed: nets, rows: rows, window: channels, axis: steps.axis,
        greatestShift: Self.greatestShift)
    else { throw .noAlignment(window) }
    self.alignment = alignment
  }

  /// What the plan says of it; `first` is the work range's first channel on the source's axis.
  func plan(on axis: UniformAxis, from first: Int) -> PreprocessPlan.Alignment {
    let window = alignment.window
    return PreprocessPlan.Alignment(
      method: method,
      window: PreprocessPlan.Channels(
        (window.lowerBound + first)..<(window.upperBound + first), axis: axis))
  }

  /// The shift to undo of every spectrum, channels, and how many were measured; NaN for none, where
  /// too few were for a drift.
  ///
  /// - Throws: ``PreprocessError/noDrift(known:needed:)``; what the source throws.
  func shifts(
    _ sweep: Sweep, progress: (Double) -> Void
  ) throws -> (channels: [Float], known: Int) {
    var measured: [EnergyShift] = []
    let alignment = alignment
    try sweep.run(
      work: { panel in panel.measure { alignment.estimate($0) } },
      result: { for panel in $0 { measured += panel.shifts } }, progress: progress)
    let known = measured.count { $0.isKnown }
    guard let curve = DriftCurve(measured) else {
      if method == .each { return (measured.map(\.channels), known) }
      throw PreprocessError.noDrift(known: known, needed: DriftCurve.leastCount)
    }
    return (
      measured.enumerated().map { spectrum, shift in
        // A spectrum that does not show its own shift has at least the drift.
        method == .each && shift.isKnown ? shift.channels : Float(curve[spectrum])
      }, known
    )
  }
}
