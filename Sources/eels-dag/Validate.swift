import ArgumentParser
import SpectrumFiles

/// `eels-dag validate`: whether a file keeps the rules of its format, one finding a line.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a file against the rules of HSPY and NeXus.",
    discussion: """
      One line for every finding: the path of the object, how much it matters, the rule, what holds it, and \
      what happens otherwise. An error keeps readers from the data or shows them something else; the exit \
      code is then 3. The rules stand in Schemas/hspy-3.3.json and Schemas/nexus.json.

      Example: eels-dag validate si.hspy
      """)

  @Argument(help: "An HSPY or NeXus file (.hspy, .h5, .hdf5, .nxs).")
  var file: String

  @Flag(help: "Print one JSON document (Schemas/validate.schema.json).")
  var json = false

  @OptionGroup var talk: TalkOptions

  /// What `--json` prints.
  struct Report: Encodable {
    /// One breach of a rule.
    struct Item: Encodable {
      var object: String
      var rule: String
      var severity: ValidationRule.Severity
      var statement: String
      var found: String
      var consequence: String

      init(_ finding: Finding) {
        object = finding.object
        rule = finding.rule.id
        severity = finding.rule.severity
        statement = finding.rule.statement
        found = finding.found
        consequence = finding.rule.consequence
      }

      var line: String {
        "\(object): \(severity.rawValue) \(rule): \(statement); found: \(found); otherwise: \(consequence)"
      }
    }

    var file: String
    /// `HSPY`, `NeXus`, or both.
    var formats: [String]
    /// True when no finding is an error.
    var isSound: Bool
    var findings: [Item]
  }

  func run() throws {
    talk.apply()
    let validation = try FileValidation(of: file)
    let report = Report(
      file: file, formats: validation.formats, isSound: validation.isSound,
      findings: validation.findings.map(Report.Item.init))
    if json {
      try Console.output(JSONValue.text(report, pretty: true))
    } else {
      for item in report.findings { try Console.output(item.line) }
      let count = Text.count(report.findings.count, "finding", "findings")
      Console.say("\(file): \(report.formats.joined(separator: " and ")), \(count)")
    }
    if !report.isSound { throw ExitCode(ExitStatus.inputRefused.rawValue) }
  }
}
