internal import HDF5

/// What went wrong with a file of spectra or of networks, in one sentence that says what to do.
public struct SpectrumFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure, for exit codes and tests.
  public enum Kind: Sendable, Equatable {
    /// There is no such file or folder.
    case missing
    /// The file may not be read.
    case cannotRead
    /// The file is not an HDF5 file.
    case notHDF5
    /// The file is HDF5 but holds no HyperSpy signal.
    case notHSPY
    /// The file ends before its contents do.
    case truncated
    /// The file contradicts itself or cannot be decoded.
    case damaged
    /// The file holds what this program does not read: a filter, a link, a kind of data.
    case unsupported
    /// Trying the file first crashed or did not come to an end.
    case unsafe
    /// The file could not be tried first, for want of a process.
    case notChecked
    /// Two arrays do not fit each other.
    case wrongShape
    /// Several objects would do, or none.
    case ambiguous
    /// The disk is full.
    case noSpace
    /// The file cannot be written.
    case cannotWrite
  }

  /// The kind of failure.
  public let kind: Kind
  /// The file.
  public let path: String
  /// The object in the file, for example `/Experiments/x/data`; empty for the file itself.
  public let object: String
  /// One sentence: what is wrong and what to do.
  public let message: String
  /// libhdf5's own account, innermost first; for verbose output only.
  public let details: [String]

  /// The sentence.
  public var description: String { message }

  package init(
    _ kind: Kind, path: String, object: String = "", _ message: String, details: [String] = []
  ) {
    self.kind = kind
    self.path = path
    self.object = object
    self.message = message
    self.details = details
  }

  init(_ error: HDF5Error, path: String) {
    // A file that is being written has a temporary name, which means nothing to its reader.
    let sentence = error.description.replacing(error.file, with: path)
    let (kind, advice): (Kind, String) =
      switch error.kind {
      case .notHDF5:
        (.notHDF5, OtherFile.sentence(about: path))
      case .truncated:
        (.truncated, "\(path) is truncated: it ends before its contents do; copy it again")
      case .noSpace:
        (.noSpace, "\(path) cannot be written: the disk is full; free some space")
      case .cannotWrite, .exists:
        (.cannotWrite, "\(path) cannot be written; check its folder's permissions (\(sentence))")
      case .refused, .tooLarge, .filterUnavailable, .wrongType: (.unsupported, sentence)
      case .unsafe: (.unsafe, sentence)
      case .notChecked: (.notChecked, sentence)
      case .cannotOpen: (.cannotRead, sentence)
      case .notFound where error.object.isEmpty && error.operation == "open file":
        (.missing, OtherFile.sentence(aboutMissing: path))
      case .notFound where error.object.isEmpty: (.missing, sentence)
      case .notFound, .wrongShape, .corrupt, .closed, .other: (.damaged, sentence)
      }
    self.init(kind, path: path, object: error.object, advice, details: error.stack)
  }
}

/// Runs calls of the HDF5 room; their errors come out as sentences about the file at `path`.
func translatingErrors<Result>(
  of path: String, _ body: () throws -> Result
) throws(SpectrumFileError) -> Result {
  do {
    return try body()
  } catch let error as SpectrumFileError {
    throw error
  } catch let error as HDF5Error {
    throw SpectrumFileError(error, path: path)
  } catch {
    throw SpectrumFileError(.damaged, path: path, "\(path): \(error)")
  }
}
