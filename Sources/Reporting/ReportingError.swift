/// Why a picture was not written.
public enum ReportingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file's name ends neither in `.png` nor in `.svg`.
  case unknownFormat(path: String)
  /// The system refused to write the file; `reason` is its message.
  case cannotWrite(path: String, reason: String)
  /// The drawing library gave up, for example on a picture that is too large; `reason` is its
  /// message.
  case cannotDraw(path: String, reason: String)

  /// One sentence that names the file and says what to do.
  public var description: String {
    switch self {
    case .unknownFormat(let path):
      "'\(path)' has no known picture format: choose a name that ends in .png or .svg"
    case .cannotWrite(let path, let reason):
      "cannot write the picture '\(path)' (\(reason)): "
        + "choose a folder that exists, is writable and has space"
    case .cannotDraw(let path, let reason):
      "cannot draw the picture '\(path)' (\(reason)): draw fewer classes in one picture"
    }
  }
}
