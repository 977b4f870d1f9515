internal import LinearAlgebra
public import Spectra

/// Preprocessing of a source of spectra into a sink, block by block.
///
/// Creating one surveys the source and decides everything but the automatic number of components;
/// ``run(into:progress:)`` reads the spectra, twice when they are denoised, and writes the kept
/// channels as Float32. The steps and the reason for their order: ``PreprocessPlan/steps``.
///
/// What becomes of spectra that something is wrong with: they are flagged, counted and written.
/// A dead spectrum is written as it is; one with NaN or infinite channels as NaN in all channels.
/// A spectrum whose background cannot be fitted gets that of the spectra around it, scaled to its own
/// counts in the window (``BackgroundRemoval``). Spectra with one of the flags
/// ``QualityFlags/unusable`` get the steps before the components and are not denoised. A spectrum
/// whose maximum is not positive is not divided.
///
/// Memory: a few panels of 256 spectra a thread, three rows of the image, the block that the source
/// hands out, at most 2,048 surveyed spectra, and a few channels × channels matrices. Block size and
/// number of threads do not change a bit of the result.
public struct Preprocessor {
  /// The fewest channels that make a spectrum.
  public static let leastChannels = 16

  /// What will be done.
  public let plan: PreprocessPlan
  /// Header of the result: the source's with the energy axis cropped, as Float32.
  public let outputHeader: SignalHeader

  private let source: any SpectrumSource
  private let components: PreprocessOptions.Components
  private let foreignComponents: PCA?
  /// Whether the spectra's own components are looked for.
  private let decomposes: Bool
  private let threads: Int
  private let steps: PreprocessSteps
  private let alignment: Alignment?
  private let workRange: Range<Int>
  /// A spectrum near the mean of the normalised ones.
  private let pilot: [Float]
  private let weighting: WeightingChoice
  /// 1/√ of the mean raw counts, channel by channel; nil without weighting.
  private let channelWeights: [Double]?
  private let surveyWarnings: [String]

  /// Surveys a source and makes the plan.
  ///
  /// `threads` > 0 bounds the number of panels worked on at the same time.
  ///
  /// - Throws: ``PreprocessError`` when the spectra or the options do not allow it; what the source
  ///   throws when it cannot be read.
  public init(
    _ source: any SpectrumSource, options: PreprocessOptions = PreprocessOptions(), threads: Int = 1
  ) throws {
    precondition(threads > 0, "\(threads) threads")
    if case .count(let count) = options.components {
      precondition(count > 0, "\(count) components")
    }
    self.source = source
    self.threads = threads
    components = options.components

    let header = source.header
    let axis = try EnergyAxisRules.axis(of: header)
    let kept = try Self.keptChannels(options.crop, axis: axis)
    foreignComponents = try options.foreignComponents.map {
      try Self.fitting($0, to: axis.cropped(to: kept))
    }
    let asked = try Self.askedFit(options.background, axis: axis, header: header)
    var aligned = kept
    if options.alignment != nil {
      let compared = options.alignmentWindow?.channels(of: axis) ?? kept
      aligned = Self.widened(Self.hull(kept, compared), axis: axis)
    }
    // The window that is looked for may lie outside the crop, as one that is asked for may, but not
    // among plasmons and the zero-loss peak.
    workRange =
      options.background == .automatic && axis[0] >= FirstEdge.lowestEnergy
      ? 0..<axis.count : asked.map { Self.hull(aligned, $0.channels) } ?? aligned
    let survey = try Survey(
      source, channels: workRange, limit: EnergyAxisRules.detectorLimit(of: header.elementType))
    guard !survey.good.isEmpty else { throw survey.complaint }

    let choice = try BackgroundChoice(
      options.background, asked: asked, survey: survey, axis: axis, workRange: workRange,
      header: header)
    let keptInWork =
      (kept.lowerBound - workRange.lowerBound)..<(kept.upperBound - workRange.lowerBound)
    let workRange = workRange
    let background = choice.fit.map {
      BackgroundRemoval(
        options.backgroundFit, fit: $0.counted(from: workRange.lowerBound),
        axis: axis.cropped(to: workRange), isBinned: header.signalAxes[0].isBinned,
        kept: keptInWork, imageExponent: choice.mean.exponent, survey: survey)
    }
    let keptMean = Array(survey.mean[keptInWork])
    let isRemovedAlready =
      try choice.isRemovedAlready || Self.wasRemoved(source, axis, options, survey)
    let levels = CountLevels(mean: keptMean, isRemovedAlready: isRemovedAlready)
    let areCounts = levels.areCounts
    steps = PreprocessSteps(
      axis: axis.cropped(to: workRange), kept: keptInWork, norm: options.norm,
      countsExpected: areCounts,
      saturationLevel: survey.saturationLevel.map { Float($0) },
      spikes: survey.spikes, removesSpikes: options.removesSpikes && survey.spikes != nil,
      background: background,
      emptyChannels: areCounts ? levels.empty.map { $0 + keptInWork.lowerBound } : [])
    if let method = options.alignment {
      alignment = try Alignment(
        method, window: options.alignmentWindow, axis: axis, workRange: workRange, survey: survey,
        steps: steps)
    } else {
      alignment = nil
    }
    // Components that are given are weighted already, or not.
    decomposes = options.components != .none && options.foreignComponents == nil
    weighting = try WeightingChoice(
      decomposes ? options.weighting : PreprocessOptions.Weighting.none, areCounts: areCounts)
    channelWeights = weighting.weighting == .poisson ? levels.weights : nil
    let example = Matrix(rows: 1, elements: survey.mean.map { Float($0) })
    var outcome = steps.open(example.start)
    steps.finish(example.start, &outcome, local: nil, spectrum: 0)
    pilot = example.columns(keptInWork).elements.map { $0.isFinite ? $0 : 0 }

    var order: [PreprocessPlan.Step] = [.flags]
    if steps.removesSpikes { order.append(.spikes) }
    if choice.fit != nil { order.append(.background) }
    order.append(.signalTest)
    if alignment != nil { order.append(.alignment) }
    order.append(.crop)
    if options.norm != .none { order.append(.norm) }
    if options.components != .none {
      order.append(.components)
      if options.norm != .none { order.append(.normAgain) }
    }
    plan = PreprocessPlan(
      crop: PreprocessPlan.Channels(kept, axis: axis),
      background: choice.fit.map {
        PreprocessPlan.Background(
          fit: options.backgroundFit, window: PreprocessPlan.Channels($0.channels, axis: axis),
          imageExponent: choice.mean.exponent,
          fixedExponents: background?.fixedExponents)
      }, backgroundReason: choice.reason,
      alignment: alignment?.plan(on: axis, from: workRange.lowerBound),
      norm: options.norm, components: foreignComponents?.count,
      weighting: foreignComponents.map { $0.channelWeights == nil ? .none : .poisson }
        ?? (decomposes ? weighting.weighting : nil),
      componentReason: foreignComponents.map { "\($0.count) of other spectra, as asked" }
        ?? "decided after the first pass", saturationLevel: survey.saturationLevel,
      findsSpikes: survey.spikes != nil, removesSpikes: steps.removesSpikes, steps: order)
    surveyWarnings =
      choice.warnings + survey.warnings(axis: axis.cropped(to: workRange))
      + levels.warnings(axis: axis.cropped(to: kept))

    var output = header
    output.elementType = .float32
    if let signal = output.axes.firstIndex(where: { !$0.isNavigation }) {
      output.axes[signal].calibration = .uniform(axis.cropped(to: kept))
    }
    outputHeader = output
  }

  /// Preprocesses all spectra.
  ///
  /// `progress` is told the share of the work done, from 0 to 1, after every group of panels.
  /// `loadings` is given, before the spectra that they belong to, what denoised spectra hold of the
  /// components (``PCA``), as blocks of as many channels as there are components: loadings · factors
  /// are the spectra. Those of unusable spectra are NaN.
  ///
  /// - Throws: ``PreprocessError/tooManyComponents(_:usable:channels:)`` and
  ///   ``PreprocessError/noDecomposition`` before anything is written; what source and sink throw.
  public func run(
    into sink: inout some SpectrumSink, progress: (Double) -> Void = { _ in },
    loadings: ((Block) throws -> Void)? = nil
  ) throws -> PreprocessReport {
    var report = PreprocessReport(plan: plan, warnings: surveyWarnings)
    var steps = steps
    let passes = 1.0 + (decomposes ? 1 : 0) + (alignment == nil ? 0 : 1)
    var pass = 0.0
    func sweep(_ steps: PreprocessSteps) -> Sweep {
      Sweep(source: source, steps: steps, channels: workRange, threads: threads)
    }
    if let alignment {
      let shifts = try alignment.shifts(sweep(alignment.steps)) { progress($0 / passes) }
      steps.shifts = shifts.channels
      report.shifts = shifts.channels.map { $0 * Float(steps.axis.scale) }
      report.knownShiftCount = shifts.known
      pass += 1
    }
    if let foreignComponents {
      report.components = foreignComponents
    } else if decomposes {
      try decompose(sweep(steps), &report) { progress((pass + $0) / passes) }
      pass += 1
    } else {
      report.plan.componentReason = "none, as asked"
    }
    let denoiser = report.components.map {
      Denoiser($0, norm: steps.norm, channelWidth: steps.axis.scale)
    }
    let isForeign = foreignComponents != nil
    var misfit = foreignComponents.map { ComponentMisfit(channels: $0.channels) }
    try sweep(steps).run(
      work: { panel in
        panel.loadings = denoiser?.apply(to: panel, keepsResiduals: isForeign)
      },
      result: { panels in
        for panel in panels {
          report.append(panel.outcomes, offset: workRange.lowerBound)
          if let residuals = panel.residuals { misfit?.add(residuals) }
          if let loadings, let rows = panel.loadings { try loadings(panel.block(of: rows)) }
          try sink.append(panel.block)
        }
      }, progress: { progress((pass + $0) / passes) })
    report.warnings += PreprocessWarnings.about(report)
    if let warning = misfit?.warning { report.warnings.append(warning) }
    return report
  }

  /// The first pass: sums, number of components, decomposition.
  private func decompose(
    _ sweep: Sweep, _ report: inout PreprocessReport, progress: (Double) -> Void
  ) throws {
    var sums = PCAAccumulator(pilot: pilot)
    let pilot = pilot
    let weighting = weighting.weighting
    try sweep.run(
      work: { $0.gather(weighting, pilot: pilot) },
      result: { sums.add($0.compactMap(\.sums), threads: sweep.threads) }, progress: progress)
    let choice = try ComponentChoice(
      components, sums: sums, channelWeights: channelWeights, threads: threads)
    report.plan.componentReason = choice.reason
    report.warnings += choice.warnings
    guard let pca = choice.pca else { return }
    report.plan.componentReason += ", " + self.weighting.reason
    report.plan.components = pca.count
    report.components = pca
  }

  private static func keptChannels(
    _ crop: EnergyWindow?, axis: UniformAxis
  ) throws(PreprocessError) -> Range<Int> {
    guard let crop else { return 0..<axis.count }
    let kept = crop.channels(of: axis)
    guard kept.count >= leastChannels else {
      throw .cropTooNarrow(crop, channels: kept.count, least: leastChannels, axis: axis.extent)
    }
    return kept
  }

  /// Components whose energies are those of an axis, to half a channel.
  private static func fitting(
    _ foreign: PreprocessOptions.ForeignComponents, to axis: UniformAxis
  ) throws(PreprocessError) -> PCA {
    let last = axis.count - 1
    guard foreign.axis.count == axis.count,
      [0, last].allSatisfy({ abs(foreign.axis[$0] - axis[$0]) < axis.scale / 2 })
    else {
      throw .foreignComponents(
        axis: foreign.axis.extent, channels: foreign.axis.count, kept: axis.extent,
        keptChannels: axis.count)
    }
    return foreign.pca
  }

  private static func askedFit(
    _ background: PreprocessOptions.Background, axis: UniformAxis, header: SignalHeader
  ) throws(PreprocessError) -> TwoAreaFit? {
    guard case .window(let window) = background else { return nil }
    let isBinned = header.signalAxes[0].isBinned
    guard let fit = TwoAreaFit(window: window, axis: axis, isBinned: isBinned) else {
      throw .windowTooNarrow(
        window, channels: window.channels(of: axis).count, least: TwoAreaFit.leastChannels,
        axis: axis.extent)
    }
    return fit
  }

  /// Some channels more on either side, where there are, that an alignment may bring in.
  private static func widened(_ kept: Range<Int>, axis: UniformAxis) -> Range<Int> {
    let margin = Int((Alignment.greatestShift / axis.scale).rounded(.up)) + 8
    return max(kept.lowerBound - margin, 0)..<min(kept.upperBound + margin, axis.count)
  }

  /// Whether spectra whose background is to be left in have none any more: seen on the whole axis, for
  /// behind an edge net counts look like counts.
  private static func wasRemoved(
    _ source: any SpectrumSource, _ axis: UniformAxis, _ options: PreprocessOptions,
    _ survey: Survey
  ) throws -> Bool {
    guard options.background == .none, axis[0] >= FirstEdge.lowestEnergy else { return false }
    let whole =
      options.crop == nil ? survey : try Survey(source, channels: 0..<axis.count, limit: nil)
    return FirstEdge.isWithoutBackground(whole.mean)
  }

  private static func hull(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
    min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
  }
}

extension UniformAxis {
  /// The first and last energies, as text for messages.
  var extent: String { "\(decimal(self[0])) to \(decimal(self[count - 1]))" }
}
