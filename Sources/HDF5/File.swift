internal import CHDF5
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// An HDF5 file.
///
/// Its groups and datasets keep it open as long as they live; ``close()`` closes it and them at
/// once, and every later use of one of them throws `.closed`. Data of other files are never read:
/// external links, external storage and virtual datasets are refused.
public final class File: Sendable {
  let handle: OpenFile
  /// The bytes of the file when it was opened.
  let size: Int

  /// The path with which the file was opened.
  public var path: String { handle.path }

  /// Opens a file for reading, after a ``Preflight`` where one was started.
  ///
  /// - Throws: ``HDF5Error`` of kind `.notFound`, `.cannotOpen` (a folder, no permission, locked by
  ///   a program that writes it), `.notHDF5`, `.truncated` or `.corrupt`; of kind `.refused`,
  ///   `.tooLarge`, `.unsafe` or `.notChecked` when the preflight keeps it closed.
  public convenience init(opening path: String) throws(HDF5Error) {
    let site = CallSite(operation: "open file", path: path)
    let information = try Self.readable(site)
    guard try site.call({ H5Fis_hdf5(path) }) > 0 else { throw site.error(.notHDF5) }
    try Preflight.check(site, information)
    try self.init(trusting: path)
  }

  /// Opens a file for reading as it is.
  init(trusting path: String) throws(HDF5Error) {
    let site = CallSite(operation: "open file", path: path)
    size = Int(try Self.readable(site).st_size)
    let access = try Self.access(site, locking: true)
    do throws(HDF5Error) {
      let id = try site.call { H5Fopen(path, hdf5_read_only(), access.id) }
      handle = OpenFile(path, id, isWritable: false)
    } catch {
      let error = Self.explained(error, at: site)
      guard error.kind == .corrupt, size < Self.smallestSize else { throw error }
      throw site.error(.truncated, stack: error.stack)
    }
  }

  /// Creates a file; none of this name may exist.
  ///
  /// Old readers understand it: every object takes the oldest format that can hold it. The bytes
  /// depend on what is written only, not on the time.
  ///
  /// - Throws: ``HDF5Error`` of kind `.exists`, `.notFound` (no such folder), `.cannotWrite` or
  ///   `.noSpace`.
  public init(creating path: String) throws(HDF5Error) {
    let site = CallSite(operation: "create file", path: path)
    size = 0
    // A lock would outlive the closing for as long as a child process, started meanwhile, runs.
    let access = try Self.access(site, locking: false)
    let creation = try site.scoped(H5Pclose) { H5Pcreate(hdf5_file_create()) }
    _ = try site.call { H5Pset_obj_track_times(creation.id, false) }
    do throws(HDF5Error) {
      let id = try site.call {
        H5Fcreate(path, hdf5_create_exclusive(), creation.id, access.id)
      }
      handle = OpenFile(path, id, isWritable: true)
    } catch {
      throw Self.explained(error, at: site)
    }
  }

  /// The group that holds all others.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed`, or when the group is damaged.
  public var root: Group {
    get throws(HDF5Error) {
      let site = CallSite(operation: "open group", path: path, file: handle, object: "/")
      return Group(
        handle, path: "/", id: try site.call { H5Oopen(handle.id, "/", Library.linkAccess) })
    }
  }

  /// Hands everything written so far to the operating system.
  ///
  /// - Throws: ``HDF5Error`` of kind `.closed` or `.noSpace`.
  public func flush() throws(HDF5Error) {
    let site = CallSite(operation: "write file", path: path, file: handle)
    _ = try site.call { H5Fflush(handle.id, H5F_SCOPE_GLOBAL) }
  }

  /// Writes what is left and closes the file with everything in it; does nothing the second time.
  ///
  /// A created file is complete only when this has returned: a file that is let go unclosed is
  /// closed too, but the failure of its last writes goes unseen.
  ///
  /// - Throws: ``HDF5Error`` of kind `.noSpace` when the last writes fail. The file counts as closed
  ///   then, but libhdf5 keeps what it could not write, and the descriptor, until the process ends.
  public func close() throws(HDF5Error) {
    guard handle.isOpen else { return }
    let site = CallSite(operation: "write file", path: path, file: handle)
    defer {
      handle.close()
      if handle.isWritable { Preflight.trust(path) }
    }
    _ = try site.call { H5Fflush(handle.id, H5F_SCOPE_GLOBAL) }
  }

  /// The number of ids that are open in libhdf5 beyond its own: files, groups, datasets,
  /// attributes, dataspaces, datatypes and property lists of the whole process.
  public static var openObjectCount: Int { Library.openObjectCount }

  /// The property list of an open file: closing it closes its objects, and a chunk of up to 32 MiB
  /// is decompressed once for consecutive reads of its parts.
  private static func access(_ site: CallSite, locking: Bool) throws(HDF5Error) -> ScopedID {
    let access = try site.scoped(H5Pclose) { H5Pcreate(hdf5_file_access()) }
    _ = try site.call { H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG) }
    _ = try site.call { H5Pset_cache(access.id, 0, 4001, 32 << 20, 0.75) }
    _ = try site.call { hdf5_lock(access.id, locking) }
    return access
  }

  /// Where the oldest superblock ends with its entry of the root group: no file is shorter.
  private static let smallestSize = 96

  /// Refuses what libhdf5 would report as unreadable without saying why, or would wait for.
  ///
  /// - Returns: what the system knows of the file.
  private static func readable(_ site: CallSite) throws(HDF5Error) -> stat {
    var information = stat()
    guard stat(site.path, &information) == 0 else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? site.error(.notFound, "there is no such file; check the path")
        : site.error(.cannotOpen, reason(code))
    }
    switch information.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw site.error(.cannotOpen, "it is a folder; name a file in it")
    default: throw site.error(.cannotOpen, "it is not an ordinary file")
    }
    guard let stream = fopen(site.path, "rb") else {
      throw site.error(.cannotOpen, reason(errno))
    }
    fclose(stream)
    return information
  }

  /// The error of opening or creating in the words of the operating system's error behind it.
  private static func explained(_ error: HDF5Error, at site: CallSite) -> HDF5Error {
    let creating = site.operation == "create file"
    switch ErrorStack(lines: error.stack).systemError {
    case EAGAIN?:
      return site.error(
        .cannotOpen, "another program has it open for writing; close it there first",
        stack: error.stack)
    case EEXIST?: return site.error(.exists, stack: error.stack)
    case ENOENT?, ENOTDIR?:
      return site.error(.notFound, "there is no such folder; create it first", stack: error.stack)
    case let code? where error.kind != .noSpace:
      return site.error(creating ? .cannotWrite : .cannotOpen, reason(code), stack: error.stack)
    default: break
    }
    if error.kind == .other { return site.error(.corrupt, stack: error.stack) }
    return error
  }

  private static func reason(_ code: CInt) -> String {
    code == EACCES || code == EPERM
      ? "you have no permission for it; ask its owner" : String(cString: strerror(code))
  }
}

/// The open file behind a ``File`` and its objects.
final class OpenFile: Sendable {
  let path: String
  let id: hid_t
  /// False for a file opened for reading.
  let isWritable: Bool
  private let open = Atomic(true)

  init(_ path: String, _ id: hid_t, isWritable: Bool) {
    self.path = path
    self.id = id
    self.isWritable = isWritable
  }

  /// False once the file and everything in it has been closed.
  var isOpen: Bool { open.load(ordering: .acquiring) }

  /// Closes the file and, by its closing degree, everything in it.
  ///
  /// The mark is changed under the library's lock: no call can find the file open and then have it
  /// closed under its hands.
  func close() {
    Library.release {
      guard open.exchange(false, ordering: .acquiringAndReleasing) else { return }
      H5Fclose(id)
    }
  }

  deinit { close() }
}
