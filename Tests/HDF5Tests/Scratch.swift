import Foundation
import HDF5

/// A folder of its own for one test, removed with everything in it at the end.
struct Scratch: ~Copyable {
  let folder: String

  init() throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("hdf5-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { folder + "/" + name }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
