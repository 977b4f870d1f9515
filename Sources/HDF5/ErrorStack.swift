internal import CHDF5

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The lines of libhdf5's error stack of this thread, innermost first, and what they mean.
///
/// libhdf5 names no cause by number: one failure shows as a dozen lines, the innermost with the
/// text that tells a full disk from a damaged file. These texts are searched.
struct ErrorStack {
  let lines: [String]

  /// A stack that has been taken before.
  init(lines: [String]) { self.lines = lines }

  /// Takes the lines off the stack; call it under the library's lock, on the thread that failed.
  init() {
    let collected = NameList()
    _ = H5Ewalk2(
      hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
      { _, entry, context in
        guard let entry = entry?.pointee, let context else { return 0 }
        let function = entry.func_name.map { String(cString: $0) } ?? ""
        let text = entry.desc.map { String(cString: $0) } ?? ""
        NameList.at(context).names.append("\(function): \(text)")
        return 0
      }, collected.context)
    H5Eclear2(hid_t(H5E_DEFAULT))
    lines = collected.names
  }

  /// The number of the operating system's error that lies behind the failure, if one does.
  var systemError: CInt? {
    for line in lines {
      guard let text = line.firstRange(of: "errno = ") else { continue }
      return CInt(line[text.upperBound...].prefix { $0.isNumber })
    }
    return nil
  }

  /// The kind of failure, as far as the lines tell.
  var kind: HDF5Error.Kind {
    switch systemError {
    case ENOSPC, EDQUOT, EFBIG: return .noSpace
    case EACCES, EPERM, EROFS: return .cannotWrite
    default: break
    }
    for (text, kind) in Self.signs where lines.contains(where: { $0.contains(text) }) {
      return kind
    }
    return .other
  }

  private static let signs: [(String, HDF5Error.Kind)] = [
    ("truncated file", .truncated),
    ("extern_traverse", .refused),
    ("no write intent", .cannotWrite),
    ("no write access", .cannotWrite),
    ("already exists", .exists),
    ("doesn't exist", .notFound),
    ("component not found", .notFound),
    ("no appropriate function for conversion path", .wrongType),
    ("unable to convert between src and dest", .wrongType),
    ("memory allocation failed", .tooLarge),
    ("Fletcher32 checksum", .corrupt),
    ("checksum", .corrupt),
    ("inflate() failed", .corrupt),
    // All that release 1.14 says of a checksum or a deflate that fails.
    ("filter returned failure during read", .corrupt),
    ("signature", .corrupt),
    ("version number", .corrupt),
    ("addr overflow", .corrupt),
    ("address overflowed", .corrupt),
    ("invalid address", .corrupt),
  ]
}

/// Names that a callback of libhdf5 collects; the callback calls nothing else of libhdf5.
final class NameList {
  var names: [String] = []

  /// The pointer to hand to the callback; valid as long as the list lives.
  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  /// The list behind the pointer.
  static func at(_ context: UnsafeMutableRawPointer) -> NameList {
    Unmanaged<NameList>.fromOpaque(context).takeUnretainedValue()
  }
}
