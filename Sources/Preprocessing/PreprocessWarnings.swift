/// What a user should know about a finished run, one sentence each.
enum PreprocessWarnings {
  static func about(_ report: PreprocessReport) -> [String] {
    var warnings: [String] = []
    let total = report.spectrumCount
    func share(_ flag: QualityFlags) -> Double {
      Double(report.flags.count { $0.contains(flag) }) / Double(max(total, 1))
    }
    if report.usableCount == 0 {
      warnings.append("no spectrum is usable: all are flagged, none was denoised")
    }
    if report.plan.background != nil, share(.failedFit) > 0.05 {
      warnings.append(
        "the background fit failed in \(decimal(100 * share(.failedFit))) % of the spectra, which "
          + "took the image's exponent: a wider window makes the fit steadier")
    }
    if report.plan.components == OptimalThreshold.mostComponents {
      warnings.append(
        "the number of components has reached its limit of \(OptimalThreshold.mostComponents): the "
          + "noise is probably correlated between channels; choose the number yourself")
    }
    return warnings
  }
}
