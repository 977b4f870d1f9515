/// An entry of a group.
public struct Member: Sendable, Equatable {
  /// What an entry is, or points to.
  public enum Kind: Sendable, Equatable {
    /// A group.
    case group
    /// A dataset.
    case dataset
    /// A stored datatype.
    case datatype
    /// The path of another object, which may or may not exist.
    case softLink(String)
    /// An object of another file; it is never followed.
    case externalLink(file: String, path: String)
    /// Something that only its own program understands.
    case other
  }

  /// The name within the group.
  public let name: String
  /// What it is.
  public let kind: Kind

  /// Creates the description of an entry.
  public init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}
