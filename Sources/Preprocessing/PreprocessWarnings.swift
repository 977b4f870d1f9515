/// What a user should know about a finished run, one sentence each.
enum PreprocessWarnings {
  static func about(_ report: PreprocessReport) -> [String] {
    var warnings: [String] = []
    let total = report.spectrumCount
    if report.usableCount == 0 {
      warnings.append("no spectrum is usable: all are flagged, none was denoised")
    }
    let replaced = report.flags.count { !$0.isDisjoint(with: .replacedFit) }
    let replacedShare = Double(replaced) / Double(max(total, 1))
    if report.plan.background != nil, replacedShare > 0.05 {
      warnings.append(
        "\(decimal(100 * replacedShare)) % of the spectra gave no background of their own and took "
          + "the exponent of those around them (flags failed, uncertain and poor fit): a wider window "
          + "makes fits of their own possible"
          + (report.plan.background?.fit == .linearCombination
            ? "" : "; the fit 'lcpl' needs fewer counts"))
    }
    if report.plan.alignment?.method == .drift, 10 * report.knownShiftCount < report.usableCount {
      warnings.append(
        "only \(report.knownShiftCount) of \(total) spectra show the features of the window; the drift "
          + "between them is interpolated, and constant at the ends")
    }
    if report.plan.components == OptimalThreshold.mostComponents {
      warnings.append(
        "the number of components has reached its limit of \(OptimalThreshold.mostComponents): the "
          + "noise is probably correlated between channels; choose the number yourself")
    }
    return warnings
  }
}
