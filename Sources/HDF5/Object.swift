internal import CHDF5

/// A group or a dataset: something in a file that has attributes.
///
/// It keeps its file open as long as it lives, unless the file is closed by ``File/close()``.
public class Object: @unchecked Sendable {
  // Unchecked because a class with heirs cannot be checked; every property is a constant.

  let file: OpenFile
  let id: hid_t
  /// The path inside the file, for example `/Experiments/image/data`.
  public let path: String

  /// The path of the file.
  public var filePath: String { file.path }

  /// Returns the property list with which an object of this class was created.
  let creationList: @convention(c) (hid_t) -> hid_t

  init(
    _ file: OpenFile, path: String, id: hid_t,
    creationList: @escaping @convention(c) (hid_t) -> hid_t
  ) {
    self.file = file
    self.path = path
    self.id = id
    self.creationList = creationList
  }

  /// The place that an error of an operation on this object names.
  func at(_ operation: String) -> CallSite {
    CallSite(operation: operation, path: file.path, file: file, object: path)
  }

  deinit {
    // A file that has been closed has closed its objects; their numbers may be in use again.
    Library.release { if file.isOpen { H5Oclose(id) } }
  }
}
