import Augmentation
import Classification
import Evaluation
import Spectra

/// What `evaluate` found: the document of `--json` (Schemas/evaluate.schema.json), and its text.
struct EvaluationReport: Encodable {
  /// The classes on one energy axis.
  struct Group: Encodable {
    var energyAxis: UniformAxis
    var classes: [ClassEvaluation]
    /// How often a classifier tells the synthetic spectra of each class from the real ones; null for a
    /// class with too few.
    var toldApart: [TwoSampleTest?]
    var leaks: ClassLeaks?
  }

  var real: String
  var synthetic: String
  var seed: UInt64
  var groups: [Group]

  /// The tables: ours, or the paper's where these were asked for.
  func text(_ metrics: Evaluate.Metrics) -> String {
    groups.flatMap { group in
      zip(group.classes, group.toldApart).map { item, toldApart in
        let paper = metrics == .paper ? item.paper : nil
        let rows =
          paper.map(Self.paperRows)
          ?? Self.rows(item, toldApart, scale: group.energyAxis.scale)
        return "\(item.heading)\n" + Self.table(rows)
      } + (group.leaks.map { [$0.text] } ?? [])
    }.joined(separator: "\n\n")
  }

  /// The measures of a class, below a head; `scale` is eV a channel.
  static func rows(
    _ item: ClassEvaluation, _ toldApart: TwoSampleTest?, scale: Double
  ) -> [[String]] {
    func number(_ value: Double) -> String { Text.number(value, digits: 3) }
    let limits = item.limits
    func row(
      _ name: String, _ limit: ClosedRange<Double>, _ factor: Double = 1,
      _ measure: (SyntheticQuality) -> Double
    ) -> [String] {
      let value = measure(item.quality)
      var words: [String] = []
      if limit.lowerBound > -.infinity { words.append("from \(number(factor * limit.lowerBound))") }
      if limit.upperBound < .infinity { words.append("to \(number(factor * limit.upperBound))") }
      return [
        name, number(factor * value),
        number(factor * measure(item.nullLow)) + " … " + number(factor * measure(item.nullHigh)),
        words.joined(separator: " "), limit.contains(value) ? "" : "beyond",
      ]
    }
    func atMost(_ limit: Double) -> ClosedRange<Double> { -.infinity...limit }
    func atLeast(_ limit: Double) -> ClosedRange<Double> { limit ... .infinity }
    return [
      ["", "synthetic", "real, 95 %", "limit", ""],
      row("Fréchet distance", atMost(limits.frechetDistance)) { $0.frechetDistance },
      row("kernel distance", atMost(limits.kernelDistance)) { $0.kernelDistance },
      row("noise, ×", limits.noiseRatio) { $0.noiseRatio },
      row("spread of noise, ×", limits.noiseSpreadRatio) { $0.noiseSpreadRatio },
      row("diversity, ×", limits.diversity) { $0.diversity },
      row("coverage", atLeast(limits.coverage)) { $0.coverage },
      row("authenticity, ×", atLeast(limits.nearestNeighbourRatio)) { $0.nearestNeighbourRatio },
      row("energy shift, eV", -limits.energyShift...limits.energyShift, scale) { $0.energyShift },
      row("background", atMost(limits.background)) { $0.background },
    ]
      + (toldApart.map {
        [
          [
            "told apart by an SVM", Text.percent($0.accuracy),
            "\(Text.percent($0.nullMean)), up to \(Text.percent($0.nullHigh))", "none", "",
          ]
        ]
      } ?? [])
  }

  /// The paper's metrics of a class, below a head.
  static func paperRows(_ paper: PaperComparison) -> [[String]] {
    func row(_ name: String, _ measure: (PaperMetrics) -> Double?) -> [String] {
      func number(_ metrics: PaperMetrics) -> String {
        measure(metrics).map { Text.number($0, digits: 3) } ?? "none"
      }
      return [
        name, number(paper.metrics), number(paper.real),
        number(paper.realLow) + " … " + number(paper.realHigh),
      ]
    }
    return [
      ["", "synthetic", "real", "from … to"],
      row("FID") { $0.frechetDistance }, row("PCC") { $0.correlation },
      row("CosD") { $0.cosineDistance }, row("SNR") { $0.signalToNoise },
      row("KL divergence") { $0.kullbackLeibler },
    ]
  }

  /// Rows of cells in columns, the first to the left, the others to the right.
  static func table(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : space + row[column]
      }
      return "  " + cells.joined(separator: "   ")
    }.joined(separator: "\n")
  }
}

extension ClassEvaluation {
  /// The verdict in words.
  var heading: String {
    let faults = shortcomings.isEmpty ? "" : " (\(shortcomings.joined(separator: ", ")))"
    return "\(name): \(verdict.rawValue)\(faults); \(syntheticCount) synthetic spectra against "
      + "\(realCount) real ones, in groups of \(groupSize)"
  }
}

extension ClassLeaks {
  fileprivate var text: String {
    let table = EvaluationReport.table(rows)
    return (["How often one number of a spectrum alone tells its class:", table] + warnings)
      .joined(separator: "\n")
  }

  private var all: [(name: String, leak: Leak)] { [("noise", noise), ("area", area)] }

  /// How often each number tells the class, below a head.
  var rows: [[String]] {
    [["", "real", "synthetic", "by chance", "at most"]]
      + all.map { name, leak in
        [
          name, Text.percent(leak.real.balancedAccuracy),
          Text.percent(leak.synthetic.balancedAccuracy), Text.percent(leak.real.chance),
          Text.percent(leak.real.chanceLimit),
        ]
      }
  }

  /// What follows from that.
  var warnings: [String] {
    all.filter(\.leak.real.isLeak).map { name, _ in
      "The \(name) of a real spectrum alone tells its class: a classifier may learn that instead of "
        + "the fine structure; test it on spectra of other acquisitions."
    }
      + all.filter {
        $0.leak.synthetic.balancedAccuracy > $0.leak.real.balancedAccuracy + 0.05
      }.map { name, _ in
        "The \(name) of a synthetic spectrum tells its class better than that of a real one: the method has "
          + "added a signature of its own."
      }
  }
}
