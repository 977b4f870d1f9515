import Augmentation
import Classification
import Evaluation
import LinearAlgebra
import Reporting
import Spectra
import Studies

/// The report of `evaluate`, for the browser.
struct EvaluationPage {
  /// What was found.
  var report: EvaluationReport
  /// The spectra that were compared.
  var pairs: EvaluatedClasses
  /// What classifiers told after learning from synthetic spectra.
  var trial: PaperProtocol
  /// How the generators were trained; none where the file does not say.
  var runs: [TrainingCurves.Run]

  /// The page.
  var html: HTMLReport {
    var page = HTMLReport(title: "\(report.synthetic) beside \(report.real)")
    page.blocks.append(
      .paragraph(
        "Made by \(EELSDAG.creator). Synthetic spectra beside real ones of the same classes; what a "
          + "number means, the real spectra say: groups of them are compared with each other in the "
          + "same way. Seed \(report.seed)."))
    page.blocks.append(.heading("Verdicts"))
    for item in report.groups.flatMap(\.classes) {
      page.blocks.append(.finding(item.heading, isGood: item.verdict == .good))
    }
    addClassifiers(to: &page)
    page.blocks.append(.heading("Signal to noise"))
    page.blocks.append(Self.signalToNoise(report.groups.flatMap(\.classes)))
    page.blocks.append(
      .paragraph(
        "The mean over the channels of mean over standard deviation across the spectra of a class, as "
          + "the paper on data-augmentation GANs for EELS has it (doi 10.1093/mam/ozae014)."))
    for (group, pair) in zip(report.groups, pairs.groups) { add(group, pair, to: &page) }
    if !runs.isEmpty {
      page.blocks.append(.heading("Training"))
      page.blocks.append(
        .figure(
          TrainingCurves(runs).figure,
          caption:
            "Left: losses of discriminator and generator. Right: Fréchet distance to the training "
            + "spectra, the threshold that real groups set, and the generator that was kept."))
    }
    return page
  }

  private func addClassifiers(to page: inout HTMLReport) {
    page.blocks.append(.heading("What classifiers learn from them"))
    if let obstacle = trial.obstacle {
      page.blocks.append(.paragraph("This was not tried: \(obstacle)."))
      return
    }
    let all = trial.outcomes
    page.blocks.append(
      .paragraph(
        "An SVM with a Gaussian kernel and a network (ANN) of a convolutional and a dense branch learned "
          + "from the real spectra that trained the generators, from the synthetic ones, or from both, and "
          + "told the classes of the other \(all[0].truth.count) real spectra: % right, and in brackets the "
          + "difference from the real spectra alone on the same spectra, percentage points, with its 95 % "
          + "interval."))
    func outcome(_ judge: Judge, _ learned: String) -> PaperProtocol.Outcome? {
      all.first { $0.judge == judge && $0.learned == learned }
    }
    page.blocks.append(
      .table(
        ["learned from"] + Judge.allCases.map(\.rawValue),
        rows: ["real", "synthetic", "both"].map { learned in
          [learned]
            + Judge.allCases.map { judge in
              guard let found = outcome(judge, learned), let real = outcome(judge, "real") else {
                return ""
              }
              let right = Text.number(100 * found.confusion.accuracy, digits: 3)
              if learned == "real" { return right }
              let difference = PairedDifference(
                found.predictions, real.predictions, truth: found.truth)
              return "\(right) (\(difference.points))"
            }
        }))
    for found in all {
      let confusion = found.confusion
      let source = found.learned == "both" ? "real and synthetic" : found.learned
      page.blocks.append(
        .paragraph("\(found.judge.rawValue) that learned from \(source) spectra:"))
      page.blocks.append(
        .table(
          ["true class"] + confusion.classNames.map { "told \($0)" } + ["found"],
          rows: confusion.classNames.indices.map { row in
            [confusion.classNames[row]] + confusion.counts[row].map(String.init)
              + [confusion.recalls[row].map(Text.percent) ?? "none"]
          }))
    }
  }

  private func add(
    _ group: EvaluationReport.Group, _ pair: EvaluatedClasses.Group, to page: inout HTMLReport
  ) {
    let names = group.classes.map(\.name).joined(separator: ", ")
    page.blocks.append(.heading("Spectra: \(names)"))
    let energies = group.energyAxis.coordinates
    let figure = AugmentationFigure(
      zip(pair.real, pair.synthetic).map { real, synthetic in
        ClassSpectra(
          name: real.name, energies: energies, real: real.spectra.elements,
          synthetic: synthetic.spectra.elements)
      })
    page.blocks.append(
      .figure(
        figure.figure,
        caption:
          "Left: spectra of each class, their mean and spread, real and synthetic. "
          + "Right: 75 real spectra over 75 synthetic ones."))
    page.blocks.append(.heading("Measures: \(names)"))
    for (item, toldApart) in zip(group.classes, group.toldApart) {
      let rows = EvaluationReport.rows(item, toldApart, scale: group.energyAxis.scale)
      page.blocks.append(.table([item.name] + rows[0].dropFirst(), rows: Array(rows.dropFirst())))
    }
    page.blocks.append(.heading("Metrics of the paper: \(names)"))
    page.blocks.append(
      .paragraph(
        "They do not see a generator that always gives the mean, which scores better than real "
          + "spectra; they are here to be compared with its tables."))
    for item in group.classes {
      guard let paper = item.paper else { continue }
      let rows = EvaluationReport.paperRows(paper)
      page.blocks.append(.table([item.name] + rows[0].dropFirst(), rows: Array(rows.dropFirst())))
    }
    if let leaks = group.leaks {
      page.blocks.append(.heading("What else tells the classes: \(names)"))
      page.blocks.append(.table(leaks.rows[0], rows: Array(leaks.rows.dropFirst())))
      page.blocks.append(
        .paragraph(
          "How often one number of a spectrum alone tells its class, each class counting alike; at most: the "
            + "highest of 20 values with the classes exchanged at random."))
      for warning in leaks.warnings { page.blocks.append(.finding(warning, isGood: false)) }
    }
  }

  private static func signalToNoise(_ classes: [ClassEvaluation]) -> HTMLReport.Block {
    func number(_ metrics: PaperMetrics?) -> String {
      metrics?.signalToNoise.map { Text.number($0, digits: 3) } ?? "none"
    }
    return .table(
      ["", "real", "synthetic"],
      rows: classes.map { [$0.name, number($0.paper?.real), number($0.paper?.metrics)] })
  }
}
