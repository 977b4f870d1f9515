internal import CHDF5
internal import Synchronization

/// The funnel through which every call to libhdf5 goes: lock, call, error stack.
///
/// Not every build of libhdf5 may be called from several threads, so that one lock serves all of
/// them. It is not re-entrant: what runs inside calls C functions only, and the callbacks that
/// libhdf5 calls meanwhile collect names and nothing else.
enum Library {
  private static let lock = Mutex(())

  /// The property list with which links are followed: external links are refused.
  ///
  /// Reading it is what starts libhdf5.
  static let linkAccess: hid_t = {
    // Without its own handler libhdf5 closes nothing behind our back while the process exits.
    H5dont_atexit()
    H5open()
    let access = H5Pcreate(hdf5_link_access())
    precondition(hdf5_refuse_external_links(access) >= 0, "libhdf5 cannot refuse external links")
    return access
  }()

  /// Starts libhdf5 before it is needed.
  static func start() { lock.withLock { _ in _ = linkAccess } }

  /// Lets libhdf5 give back memory as soon as it is free, instead of keeping it for its next use.
  ///
  /// What libhdf5 then takes for valid though it never wrote it is what the system's allocator puts there.
  static func keepNoMemory() {
    lock.withLock { _ in
      H5set_free_list_limits(0, 0, 0, 0, 0, 0)
      H5garbage_collect()
    }
  }

  /// Calls libhdf5 and turns a negative result into an error.
  ///
  /// - Throws: ``HDF5Error`` with the error stack; `.closed` when the file of the site is closed.
  static func call<Result: FixedWidthInteger & SignedInteger & Sendable>(
    at site: CallSite, _ body: () -> Result
  ) throws(HDF5Error) -> Result {
    try lock.withLock { (_) throws(HDF5Error) -> Result in
      if let file = site.file, !file.isOpen { throw HDF5Error(.closed, at: site) }
      _ = linkAccess
      hdf5_silence()
      let result = body()
      guard result < 0 else { return result }
      let stack = ErrorStack()
      throw HDF5Error(stack.kind, at: site, stack: stack.lines)
    }
  }

  /// Calls libhdf5 where a failure has no one to be told to: while releasing.
  static func release(_ body: () -> Void) {
    lock.withLock { _ in
      hdf5_silence()
      body()
    }
  }

  /// What libhdf5 counts as open, and the scoped ids, of which it counts only some.
  static var openObjectCount: Int {
    let scoped = ScopedID.liveCount.load(ordering: .relaxed)
    return lock.withLock { _ in
      _ = linkAccess
      return scoped + Int(H5Fget_obj_count(hdf5_any_file(), hdf5_any_object()))
    }
  }
}

/// What is being done, to which object of which file: the place that an error names.
struct CallSite {
  var operation: String
  let path: String
  /// The open file; nil while it is being opened.
  var file: OpenFile?
  var object = ""

  /// Calls libhdf5 through the funnel.
  func call<Result: FixedWidthInteger & SignedInteger & Sendable>(
    _ body: () -> Result
  ) throws(HDF5Error) -> Result {
    try Library.call(at: self, body)
  }

  /// Calls a function that returns an id, to be released by `close` at the end of the scope.
  func scoped(
    _ close: @escaping @convention(c) (hid_t) -> herr_t, _ body: () -> hid_t
  ) throws(HDF5Error) -> ScopedID {
    ScopedID(try call(body), close)
  }

  /// Refuses to change a file that was opened for reading.
  ///
  /// libhdf5 refuses too, but keeps some of the changes in memory, and then cannot close the file.
  func requireWritable() throws(HDF5Error) {
    guard let file, file.isOpen, !file.isWritable else { return }
    throw error(.cannotWrite, "the file was opened for reading only")
  }

  /// An error at this place.
  func error(_ kind: HDF5Error.Kind, _ detail: String? = nil, stack: [String] = []) -> HDF5Error {
    HDF5Error(kind, at: self, detail, stack: stack)
  }
}

/// An id of a dataspace, datatype or property list, released at the end of its scope.
struct ScopedID: ~Copyable {
  /// How many there are in the process.
  static let liveCount = Atomic(0)

  let id: hid_t
  private let close: @convention(c) (hid_t) -> herr_t

  init(_ id: hid_t, _ close: @escaping @convention(c) (hid_t) -> herr_t) {
    self.id = id
    self.close = close
    Self.liveCount.add(1, ordering: .relaxed)
  }

  deinit {
    // An id that could not be released goes on counting.
    Library.release { if close(id) >= 0 { Self.liveCount.subtract(1, ordering: .relaxed) } }
  }
}
