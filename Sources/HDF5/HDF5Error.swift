/// What went wrong with an HDF5 file, and where.
public struct HDF5Error: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure that a caller may want to tell apart.
  public enum Kind: Sendable, Equatable {
    /// The file exists but cannot be opened: a folder, no permission, locked.
    case cannotOpen
    /// The file is something else than HDF5.
    case notHDF5
    /// The file is shorter than it says.
    case truncated
    /// There is no such file, object or attribute.
    case notFound
    /// The object or its values are of another type than was asked for.
    case wrongType
    /// A slab has another rank than the dataset, or reaches beyond it.
    case wrongShape
    /// The file or object exists already.
    case exists
    /// The data are compressed by a filter that this libhdf5 lacks.
    case filterUnavailable(id: Int, name: String)
    /// The file has been closed.
    case closed
    /// An external link, external storage or a virtual dataset: data of other files are not read.
    case refused
    /// More is declared than the stored bytes can honestly stand for, or than memory holds.
    case tooLarge
    /// The process that tries a file first crashed or did not come to an end.
    case unsafe
    /// No process could try the file first.
    case notChecked
    /// The disk is full.
    case noSpace
    /// The file cannot be created or changed.
    case cannotWrite
    /// The contents are damaged.
    case corrupt
    /// Anything else that libhdf5 reports.
    case other
  }

  /// The kind of failure.
  public let kind: Kind
  /// What was attempted, for example "open file" or "read dataset".
  public let operation: String
  /// The path of the file.
  public let file: String
  /// The path of the object inside the file; empty when the file itself is meant.
  public let object: String
  /// What was found and what to do, as the rest of a sentence.
  public let detail: String
  /// The lines of libhdf5's error stack, innermost first.
  public let stack: [String]

  init(_ kind: Kind, at site: CallSite, _ detail: String? = nil, stack: [String] = []) {
    self.kind = kind
    operation = site.operation
    file = site.path
    object = site.object
    self.detail = detail ?? kind.detail ?? stack.first ?? "libhdf5 gave no reason"
    self.stack = stack
  }

  /// One sentence: what failed, on which object of which file, why, and what to do.
  public var description: String {
    "Cannot \(operation) \(object.isEmpty ? "" : "\(object) of ")\(file): \(detail)."
  }
}

extension HDF5Error.Kind {
  /// What to say where the place of the failure knows nothing better.
  fileprivate var detail: String? {
    switch self {
    case .notHDF5: "it is not an HDF5 file; .hspy, .nxs and .h5 files are"
    case .truncated:
      "the file is shorter than it says, as after an interrupted copy; copy it again from its source"
    case .filterUnavailable(let id, let name):
      "it is compressed with \(name) (HDF5 filter \(id)), which this libhdf5 does not have; "
        + "save it again with gzip, or install the filter and name its folder in HDF5_PLUGIN_PATH"
    case .closed: "the file has been closed"
    case .refused:
      "its data lie in another file, and data of other files are not read; copy them into one file"
    case .noSpace: "the disk is full or a quota is used up; free some space and run this again"
    case .cannotWrite: "it cannot be written to; check permissions, or write somewhere else"
    case .corrupt:
      "its contents are damaged, or of a format newer than this libhdf5 reads; use a backup copy"
    case .exists: "it exists already; choose another name"
    case .notFound: "there is no such object"
    case .tooLarge: "it asks for more memory than there is; use a complete copy"
    case .cannotOpen, .wrongType, .wrongShape, .unsafe, .notChecked, .other: nil
    }
  }
}
