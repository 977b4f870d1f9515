/// What a run did and found, spectrum by spectrum in the order of the source.
public struct PreprocessReport: Sendable {
  /// The plan, with the number of components that was used.
  public var plan: PreprocessPlan
  /// What is wrong with every spectrum.
  public var flags: [QualityFlags] = []
  /// A of every background, counts per eV · eV^r; NaN where none was fitted.
  public var coefficients: [Double] = []
  /// r of every background; NaN where none was fitted.
  public var exponents: [Double] = []
  /// The reduced χ² of every background in its window; NaN where none was fitted.
  public var reducedChiSquared: [Float] = []
  /// The shifts of the energy scales that were undone, eV; NaN for spectra that were left; empty
  /// without an alignment.
  public var shifts: [Float] = []
  /// The number of spectra whose own shift could be measured.
  public var knownShiftCount = 0
  /// The channels of spectra that held spikes, counted on the source's axis: replaced ones when that
  /// was asked for.
  public var spikes: [Spike] = []
  /// The principal components; nil when spectra were not denoised.
  public var components: PCA?
  /// What the user should know, one sentence each.
  public var warnings: [String]

  /// Channels of a spectrum that a spike holds.
  public struct Spike: Sendable, Equatable {
    /// The index of the spectrum in the source.
    public var spectrum: Int
    /// The channels on the source's axis.
    public var channels: Range<Int>
  }

  init(plan: PreprocessPlan, warnings: [String]) {
    self.plan = plan
    self.warnings = warnings
  }

  /// Adds what the steps gave for the next spectra.
  ///
  /// `offset` is the first channel of the work range.
  mutating func append(_ outcomes: [PreprocessSteps.Outcome], offset: Int) {
    for outcome in outcomes {
      for run in outcome.spikes {
        let channels = (run.lowerBound + offset)..<(run.upperBound + offset)
        spikes.append(Spike(spectrum: flags.count, channels: channels))
      }
      flags.append(outcome.flags)
      coefficients.append(outcome.background.coefficient)
      exponents.append(outcome.background.exponent)
      reducedChiSquared.append(Float(outcome.reducedChiSquared))
    }
  }

  /// The number of spectra.
  public var spectrumCount: Int { flags.count }
  /// The number of spectra that entered the components and were denoised (or would have been).
  public var usableCount: Int { flags.count { $0.isDisjoint(with: .unusable) } }

  /// How many spectra carry each flag; flags without a spectrum are left out.
  public var flagCounts: [(name: String, meaning: String, count: Int)] {
    QualityFlags.all.compactMap { item in
      let count = flags.count { $0.contains(item.flag) }
      return count > 0 ? (item.name, item.meaning, count) : nil
    }
  }
}
