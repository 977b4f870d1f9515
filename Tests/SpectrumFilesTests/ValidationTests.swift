import Foundation
import HDF5
import SpectrumFiles
import Testing

/// The rules in the program are those in Schemas; Tests/Interop/test_validate.py breaks every one.
struct ValidationTests {
  private struct Rules: Decodable {
    struct Rule: Decodable {
      var id: String
      var severity: ValidationRule.Severity
      var statement: String
      var consequence: String
    }

    var rules: [Rule]
  }

  @Test(arguments: [("hspy-3.3", ValidationRule.hspy), ("nexus", ValidationRule.nexus)])
  func `the rules are those of the schemas`(name: String, rules: [ValidationRule]) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../Schemas")
    let data = try Data(contentsOf: root.appendingPathComponent("\(name).json"))
    let stored = try JSONDecoder().decode(Rules.self, from: data).rules
    #expect(stored.map(\.id) == rules.map(\.id))
    for (rule, other) in zip(rules, stored) {
      #expect(rule.severity == other.severity, "\(rule.id)")
      #expect(rule.statement == other.statement, "\(rule.id)")
      #expect(rule.consequence == other.consequence, "\(rule.id)")
    }
    #expect(Set(rules.map(\.id)).count == rules.count)
  }

  @Test(arguments: [
    "hyperspy250_dataaxis", "hyperspy250_all_metadata_kinds", "hyperspy250_decomposition_cluster",
    "hyperspy250_funcaxis", "hyperspy250_markers", "hyperspy250_model", "hyperspy250_ragged",
  ]) func `sound files are sound`(name: String) throws {
    let validation = try FileValidation(of: Fixture.path("\(name).hspy"))
    #expect(validation.isSound && validation.formats.first == "HSPY")
    for finding in validation.findings { #expect(finding.rule.severity == .note, "\(finding)") }
  }

  @Test func `an old file is judged by the rules of its time`() throws {
    for name in ["version_1.0", "version_1.1", "version_2.1"] {
      let findings = try FileValidation(of: Fixture.path("\(name).hspy")).findings
      #expect(findings.filter { $0.rule.severity == .error }.isEmpty, "\(findings)")
    }
    let newer = try FileValidation(of: Fixture.path("version_4.0.hspy"))
    #expect(newer.isSound && newer.findings.map(\.rule.id).contains("hspy.format-newer"))
  }

  @Test func `what is neither is refused`() throws {
    for (name, kind) in [
      ("hdf5_only.h5", SpectrumFileError.Kind.notHSPY), ("not_hdf5.hspy", .notHDF5),
      ("truncated.hspy", .truncated), ("absent", .missing),
    ] {
      let path = try Fixture.path(name)
      let error = #expect(throws: SpectrumFileError.self) { try FileValidation(of: path) }
      #expect(error?.kind == kind, "\(name)")
    }
  }
}
