import Classification

/// How well a classifier tells the classes of spectra that it has not learned from: what `classify` prints.
struct ClassificationResult: Encodable {
  /// What it learned from.
  struct Training: Encodable {
    var real: Int
    var synthetic: Int
  }

  /// What it was tested on.
  struct Test: Encodable {
    /// Spectra of the test files that trained something.
    struct LeftOut: Encodable {
      var trainedGenerators: Int
      var trainsClassifier: Int
    }

    var spectra: Int
    var leftOut: LeftOut
  }

  /// One class.
  struct Class: Encodable {
    var name: String
    var training: Training
    /// The test spectra.
    var spectra: Int
    /// Those of them whose class was found.
    var correct: Int
    /// Their share; nil without test spectra, as its interval.
    var recall: Double?
    /// Wilson's 95 % interval.
    var recallInterval: [Double]?
  }

  var classifier: ClassifierKind
  var seed: UInt64
  var settings: JSONValue
  var training: Training
  var test: Test
  var accuracy: Double
  /// Wilson's 95 % interval.
  var accuracyInterval: [Double]
  var balancedAccuracy: Double
  var classes: [Class]
  /// One row a true class, one column a class told.
  var confusion: [[Int]]
  /// The file with the classifier, if one was asked for.
  var model: String?
  var warnings: [String]

  init(
    _ confusion: ConfusionMatrix, _ data: ClassificationData, _ trained: ClassifierKind.Trained,
    kind: ClassifierKind, seed: UInt64, model: String?
  ) {
    classifier = kind
    self.seed = seed
    settings = trained.settings
    training = Training(real: data.real.count, synthetic: data.generated.count)
    test = Test(
      spectra: data.test.count,
      leftOut: .init(
        trainedGenerators: data.leftOutForGenerators,
        trainsClassifier: data.leftOutForClassifier))
    accuracy = confusion.accuracy
    accuracyInterval = Self.interval(confusion.correct, of: confusion.total)
    balancedAccuracy = confusion.balancedAccuracy
    classes = confusion.classNames.enumerated().map { label, name in
      let row = confusion.counts[label]
      let count = row.reduce(0, +)
      return Class(
        name: name,
        training: Training(
          real: data.real.spectra(ofClass: label).count,
          synthetic: data.generated.spectra(ofClass: label).count),
        spectra: count, correct: row[label], recall: confusion.recalls[label],
        recallInterval: count == 0 ? nil : Self.interval(row[label], of: count))
    }
    self.confusion = confusion.counts
    self.model = model
    warnings = data.warnings + trained.warnings
  }

  private static func interval(_ correct: Int, of count: Int) -> [Double] {
    let interval = wilsonInterval(successes: correct, of: count)
    return [interval.lowerBound, interval.upperBound]
  }

  /// The result as people read it.
  var text: String {
    func share(_ value: Double) -> String { Text.percent(value) }
    func range(_ interval: [Double]) -> String { "\(share(interval[0])) to \(share(interval[1]))" }
    let correct = classes.reduce(0) { $0 + $1.correct }
    var lines = [
      "accuracy: \(share(accuracy)) (95 % interval \(range(accuracyInterval))), \(correct) of "
        + "\(test.spectra) spectra",
      "balanced accuracy: \(share(balancedAccuracy))", "",
    ]
    lines += Self.table(
      [["class", "recall", "95 % interval", "found", "of"]]
        + classes.map {
          [
            $0.name, $0.recall.map(share) ?? "–", $0.recallInterval.map(range) ?? "–",
            "\($0.correct)", "\($0.spectra)",
          ]
        })
    lines += ["", "confusion matrix, a true class a row, a class told a column:"]
    lines += Self.table(
      [[""] + classes.map(\.name)]
        + zip(classes, confusion).map { [$0.name] + $1.map(String.init) })
    return lines.joined(separator: "\n")
  }

  /// Rows in columns as wide as their widest cell: the first to the left, the others to the right.
  private static func table(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }
      return cells.joined(separator: "  ")
    }
  }
}
