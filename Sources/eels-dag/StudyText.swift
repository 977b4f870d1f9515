import Studies

/// The tables as Markdown: tables.md.
extension StudyTables {
  /// The whole page.
  var text: String {
    var parts = [Self.heading(self)]
    for group in Self.unique(situations.map { Section($0, .clean) }) {
      let variants = Self.unique(
        accuracies.filter { Section($0.situation, .clean) == group }.map(\.variant))
      for variant in variants {
        var own = group
        own.variant = variant
        parts += page(of: own)
      }
    }
    parts += ["## Table 2: signal-to-noise ratio\n", ratioTable]
    if !quality.isEmpty {
      parts += [
        "## Classes, of all seeds, whose synthetic spectra meet all measures\n", qualityTable,
      ]
    }
    return parts.joined(separator: "\n")
  }

  /// What the tables of all sets have in common.
  private struct Section: Hashable {
    var trainCount: Int
    var isUnbalanced: Bool
    var variant: TestVariant

    init(_ situation: Situation, _ variant: TestVariant) {
      trainCount = situation.trainCount
      isUnbalanced = situation.isUnbalanced
      self.variant = variant
    }

    var name: String {
      let scarce = isUnbalanced ? ", a tenth of that for one class" : ""
      let tests = variant == .clean ? "" : "; test spectra \(variant.name)"
      return "\(trainCount) real training spectra a class\(scarce)\(tests)"
    }

    func contains(_ situation: Situation, _ variant: TestVariant) -> Bool {
      self == Section(situation, variant)
    }
  }

  /// A column of a table.
  private struct Column: Hashable {
    var set: String
    var classifier: Judge
    var name: String { "\(set), \(classifier.rawValue)" }
  }

  private static func heading(_ tables: StudyTables) -> String {
    let seeds = tables.seeds.map(String.init).joined(separator: ", ")
    let apart = tables.isApart ? " Other acquisitions test than train." : ""
    return """
      # Study

      eels-dag \(EELSDAG.version), seeds \(seeds).\(apart) Mean over the seeds ± half of the 95 % interval \
      (Student's t). The best of a column stands in bold. All classes of a set are told apart at once.

      """
  }

  private func page(of group: Section) -> [String] {
    let items = accuracies.filter { group.contains($0.situation, $0.variant) }
    let columns = Self.unique(
      items.map { Column(set: $0.situation.set, classifier: $0.classifier) })
    let measure = group.isUnbalanced ? "balanced accuracy" : "accuracy"
    func table(_ sources: [Source], best: (Source) -> Bool) -> String {
      var rows = sources.map { source in
        [source.method == nil ? "real alone" : source.name + (source.withReal ? " + real" : "")]
      }
      for column in columns {
        let found = sources.map { source in
          items.first {
            $0.source == source && $0.situation.set == column.set
              && $0.classifier == column.classifier
          }.map { group.isUnbalanced ? $0.balancedAccuracy : $0.accuracy }
        }
        let most = zip(sources, found).filter { best($0.0) }.compactMap { $0.1?.mean }.max()
        for (row, value) in found.enumerated() {
          let cell = value.map { Self.percent($0) } ?? "–"
          rows[row].append(
            best(sources[row]) && value != nil && value?.mean == most ? "**\(cell)**" : cell)
        }
      }
      return Self.markdown([["learned from"] + columns.map(\.name)] + rows)
    }
    let sources = Self.unique(items.map(\.source))
    let alone = sources.filter { !$0.withReal }
    let together = sources.filter(\.withReal)
    let isMain = group.variant == .clean && !group.isUnbalanced
    var parts = [
      "## \(isMain ? "Table 1, " : "")\(group.name)\n",
      "\(measure.prefix(1).uppercased() + measure.dropFirst()) in %, synthetic spectra alone:\n",
      table(alone + [.real]) { !$0.withReal },
      "\(measure.prefix(1).uppercased() + measure.dropFirst()) in %, the real training spectra beside them:\n",
      table(together) { _ in true },
    ]
    if !alone.isEmpty {
      parts += [
        "Differences in percentage points, p of a paired t-test over the seeds:\n",
        comparisonTable(of: group, columns),
      ]
    }
    return parts
  }

  private func comparisonTable(of group: Section, _ columns: [Column]) -> String {
    let items = comparisons.filter { group.contains($0.situation, $0.variant) }
    struct Pair: Hashable {
      var source: Source
      var against: Source
    }
    let pairs = Self.unique(items.map { Pair(source: $0.source, against: $0.against) })
    let rows = pairs.map { pair in
      [
        "\(pair.source.name) + real against \(pair.against == .real ? "real alone" : pair.against.name + " + real")"
      ]
        + columns.map { column in
          items.first {
            $0.source == pair.source && $0.against == pair.against
              && $0.situation.set == column.set && $0.classifier == column.classifier
          }.map { Self.difference($0.comparison) } ?? "–"
        }
    }
    return Self.markdown([["compared"] + columns.map(\.name)] + rows)
  }

  private var ratioTable: String {
    let sources = [.real] + Self.unique(signalToNoise.map(\.source).filter { $0 != .real })
    struct Row: Hashable {
      var situation: Situation
      var spectrumClass: String
    }
    let rows = Self.unique(
      signalToNoise.map { Row(situation: $0.situation, spectrumClass: $0.spectrumClass) })
    let cells = rows.map { row in
      let training =
        "\(row.situation.trainCount)" + (row.situation.isUnbalanced ? ", unbalanced" : "")
      return [row.situation.set, row.spectrumClass, training]
        + sources.map { source in
          signalToNoise.first {
            $0.source == source && $0.situation == row.situation
              && $0.spectrumClass == row.spectrumClass
          }.map { Self.number($0.ratio, decimals: 2) } ?? "–"
        }
    }
    return Self.markdown(
      [["set", "class", "trained on"] + sources.map { $0.method == nil ? "originals" : $0.name }]
        + cells)
  }

  private var qualityTable: String {
    let columns = Self.unique(quality.map(\.situation))
    let sources = Self.unique(quality.map(\.source))
    let head = columns.map { situation in
      "\(situation.set), \(situation.trainCount)" + (situation.isUnbalanced ? ", unbalanced" : "")
    }
    let rows = sources.map { source in
      [source.name]
        + columns.map { situation in
          quality.first { $0.source == source && $0.situation == situation }
            .map { "\($0.reached) of \($0.count)" } ?? "–"
        }
    }
    return Self.markdown([["made by"] + head] + rows)
  }

  // MARK: Numbers and tables

  private static func percent(_ mean: SeedMean) -> String {
    number(SeedMean(mean.values.map { 100 * $0 }), decimals: 1)
  }

  private static func number(_ mean: SeedMean, decimals: Int) -> String {
    let half = mean.halfWidth.map { " ± \(fixed($0, decimals))" } ?? ""
    return fixed(mean.mean, decimals) + half
  }

  private static func difference(_ found: SeedComparison) -> String {
    let points = SeedMean(found.difference.values.map { 100 * $0 })
    let sign = points.mean > 0 ? "+" : ""
    let p = found.probability.map { $0 < 0.001 ? " (p < 0.001)" : " (p = \(fixed($0, 3)))" } ?? ""
    return sign + number(points, decimals: 1) + p
  }

  /// A number with so many decimals.
  private static func fixed(_ value: Double, _ decimals: Int) -> String {
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let whole = Int((abs(value) * Double(scale)).rounded())
    let rest = String(whole % scale)
    let digits = String(repeating: "0", count: decimals - rest.count) + rest
    return (value < 0 && whole > 0 ? "−" : "") + "\(whole / scale).\(digits)"
  }

  private static func markdown(_ rows: [[String]]) -> String {
    let lines = [rows[0], rows[0].indices.map { $0 == 0 ? "---" : "--:" }] + rows.dropFirst()
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
  }
}
