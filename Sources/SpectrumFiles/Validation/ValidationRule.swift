/// A rule of a file format: what has to hold, and what happens where it does not.
///
/// The rules stand in `Schemas/hspy-3.3.json` and `Schemas/nexus.json`, too, for other programs; a test
/// keeps both the same.
public struct ValidationRule: Sendable, Equatable {
  /// How much a breach matters.
  public enum Severity: String, Sendable, Equatable, Codable {
    /// Readers refuse the file, or read something else than was meant.
    case error
    /// Readers take the file, but not all of it, not all of them, or not in every way.
    case warning
    /// Sound, but not for every reader.
    case note
  }

  /// The rule's name, for example `hspy.axis-size`.
  public let id: String
  /// How much a breach matters.
  public let severity: Severity
  /// What has to hold.
  public let statement: String
  /// What happens where it does not.
  public let consequence: String

  init(
    _ id: String, _ severity: Severity, _ statement: String, otherwise consequence: String
  ) {
    self.id = id
    self.severity = severity
    self.statement = statement
    self.consequence = consequence
  }
}

/// A place in a file that breaks a rule.
public struct Finding: Sendable, Equatable {
  /// The rule.
  public let rule: ValidationRule
  /// The path of the object; an attribute follows an `@`.
  public let object: String
  /// What is there instead.
  public let found: String
}
