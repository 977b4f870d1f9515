import Preprocessing
import Spectra

/// A plan as people read it: one numbered line a step, what it does and why it stands there.
enum PlanText {
  static func text(_ plan: PreprocessPlan) -> String {
    let steps = plan.steps.enumerated().map { index, step in
      "\(index + 1). \(step.rawValue): \(what(step, plan)); \(step.reason)"
    }
    return
      (steps
      + (plan.background == nil ? ["no background is fitted: \(plan.backgroundReason)"] : []))
      .joined(separator: "\n")
  }

  private static func what(_ step: PreprocessPlan.Step, _ plan: PreprocessPlan) -> String {
    switch step {
    case .flags:
      let level = plan.saturationLevel.map { "saturated from \(Text.number($0)) counts on" }
      return [
        "dead, NaN, infinite and negative spectra", level,
        plan.findsSpikes ? "spikes" : "no search for spikes",
      ].compactMap(\.self).joined(separator: ", ")
    case .spikes: return "channels that stand out are replaced by what their neighbours say"
    case .background:
      guard let background = plan.background else { return "none" }
      let exponents = [background.imageExponent] + (background.fixedExponents ?? [])
      return "\(background.fit.rawValue) power law \(plan.backgroundReason), image's exponent "
        + exponents.map { Text.number($0, digits: 3) }.joined(separator: ", combined ")
    case .alignment:
      guard let alignment = plan.alignment else { return "none" }
      return (alignment.method == .drift ? "the smooth drift" : "each spectrum's own shift")
        + " by features at \(Text.number(alignment.window.firstEnergy, digits: 6)) to "
        + "\(Text.number(alignment.window.lastEnergy, digits: 6)) eV is undone"
    case .signalTest: return "is there anything above background and noise"
    case .crop:
      return "\(plan.crop.count) channels, \(Text.number(plan.crop.firstEnergy, digits: 6)) to "
        + "\(Text.number(plan.crop.lastEnergy, digits: 6)) eV"
    case .norm, .normAgain: return plan.norm == .area ? "integral over energy" : "maximum"
    case .components:
      let weighting =
        switch plan.weighting {
        case .poisson: "weighted for counting noise"
        case .some(.none), nil: "not weighted"
        }
      return "\(weighting), \(plan.componentReason)"
    }
  }
}
