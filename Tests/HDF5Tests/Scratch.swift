import Foundation
import HDF5
import Testing

/// A folder of its own for one test, removed with everything in it at the end.
struct Scratch: ~Copyable {
  let folder: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "hdf5-tests-\(UUID().uuidString)")
    folder = url.path
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { folder + "/" + name }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}

/// A file that h5py made, see `Fixtures/README.md`.
func fixture(_ name: String) -> String {
  Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)").path
}

/// What `kinds.h5` and `dense.h5` hold.
struct Expected: Decodable {
  let numbers: [String: [Double]]
  let texts: [String: [String]]
  let stored: [String: String]
  let dense: [String]

  static func load() throws -> Expected {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("kinds.json")))
    return try JSONDecoder().decode(Expected.self, from: data)
  }
}

/// Expects an ``HDF5Error`` of this kind whose sentence names the file.
@discardableResult
func expect<Value>(
  _ kind: HDF5Error.Kind, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Value
) -> HDF5Error? {
  let error = #expect(throws: HDF5Error.self, sourceLocation: sourceLocation) {
    _ = try body()
  }
  guard let error else { return nil }
  #expect(error.kind == kind, "\(error) \(error.stack)", sourceLocation: sourceLocation)
  #expect(error.description.hasSuffix("."), sourceLocation: sourceLocation)
  #expect(error.description.contains(error.file), sourceLocation: sourceLocation)
  #expect(!error.file.isEmpty, sourceLocation: sourceLocation)
  return error
}

/// A generator with a fixed start, so that a failure can be seen again.
struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

// Glibc's enumerations of resources are types of their own in Swift.
#if canImport(Glibc)
/// Limits the size of the files that this process writes.
func setFileSizeLimit(_ limit: inout rlimit) -> CInt {
  setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

/// The most memory that this process has had, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss << 10 : 0
}
#else
/// Limits the size of the files that this process writes.
func setFileSizeLimit(_ limit: inout rlimit) -> CInt { setrlimit(RLIMIT_FSIZE, &limit) }

/// The most memory that this process has had, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
}
#endif
