import Foundation
import HDF5
import Testing

/// Files: opening, creating, closing, and what stands in the way.
struct FileTests {
  @Test func `what cannot be opened says why`() throws {
    let scratch = try Scratch()
    let missing = expect(.notFound) { try File(opening: scratch.path("missing.h5")) }
    #expect(
      missing?.description == "Cannot open file \(scratch.path("missing.h5")): "
        + "there is no such file; check the path.")
    expect(.notFound) { try File(opening: scratch.path("missing/missing.h5")) }
    let folder = expect(.cannotOpen) { try File(opening: scratch.folder) }
    #expect(folder?.detail == "it is a folder; name a file in it")
    let pipe = scratch.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    expect(.cannotOpen) { try File(opening: pipe) }
    for (name, contents) in [("empty.h5", ""), ("text.h5", "not HDF5\n"), ("short.h5", "\u{89}HD")]
    {
      try Data(contents.utf8).write(to: URL(fileURLWithPath: scratch.path(name)))
      expect(.notHDF5) { try File(opening: scratch.path(name)) }
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read everything"))
  func `a file without permission says so`() throws {
    let scratch = try Scratch()
    let path = scratch.path("private.h5")
    try File(creating: path).close()
    chmod(path, 0)
    expect(.cannotOpen) { try File(opening: path) }
    chmod(scratch.folder, 0o500)
    expect(.cannotWrite) { try File(creating: scratch.path("new.h5")) }
    chmod(scratch.folder, 0o700)
  }

  @Test func `a truncated file is one, wherever it was cut`() throws {
    let scratch = try Scratch()
    let path = scratch.path("cut.h5")
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("kinds.h5")))
    for length in [8, 20, 96, 1000, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      expect(.truncated) { try File(opening: path) }
    }
  }

  @Test func `a file is never written over`() throws {
    let scratch = try Scratch()
    let path = scratch.path("once µ.h5")
    let file = try File(creating: path)
    try file.root.setAttribute("a", .integer(1))
    try file.close()
    expect(.exists) { try File(creating: path) }
    #expect(try File(opening: path).root.attribute("a") == .integer(1))
    expect(.notFound) { try File(creating: scratch.path("no folder/new.h5")) }
  }

  @Test func `a file that another program writes is left alone`() throws {
    let scratch = try Scratch()
    let path = scratch.path("locked.h5")
    try File(creating: path).close()
    let descriptor = open(path, O_RDWR)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let error = expect(.cannotOpen) { try File(opening: path) }
    #expect(error?.detail == "another program has it open for writing; close it there first")
    close(descriptor)
    #expect(try File(opening: path).root.members == [])
  }

  @Test func `nothing works after closing, and it says so`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("closed.h5"))
    let group = try file.root.createGroup("group")
    let dataset = try group.createDataset("data", type: .float32, shape: [2])
    let other = try File(creating: scratch.path("other.h5"))
    let text = try group.createStringDataset("text", "Mn")
    try dataset.write([Float(1), 2])
    try file.close()
    try file.close()
    expect(.closed) { try file.root }
    expect(.closed) { try file.flush() }
    expect(.closed) { try group.members }
    expect(.closed) { try group.contains("data") }
    expect(.closed) { try group.group("x") }
    expect(.closed) { try group.dataset("data") }
    expect(.closed) { try group.createGroup("x") }
    expect(.closed) { try group.createDataset("x", type: .int8, shape: []) }
    expect(.closed) { try group.createStringDataset("x", "text") }
    expect(.closed) { try group.copy("data", to: other.root, as: "x") }
    expect(.closed) { try other.root.copy("/", to: group, as: "x") }
    expect(.closed) { try group.link("x", to: dataset) }
    expect(.closed) { try group.unlink("data") }
    expect(.closed) { try dataset.removeAttribute("x") }
    expect(.closed) { try group.attributes() }
    expect(.closed) { try dataset.attribute("x") }
    expect(.closed) { try dataset.setAttribute("x", .integer(1)) }
    expect(.closed) { try dataset.setFixedAttribute("x", "text") }
    expect(.closed) { try dataset.setInt32Attribute("x", 1) }
    expect(.closed) { try dataset.readFloats() }
    expect(.closed) { try dataset.readBytes() }
    expect(.closed) { try text.readStrings() }
    expect(.closed) { try dataset.write([Float(1), 2]) }
    expect(.closed) { try dataset.storageSize }
    #expect(dataset.shape == [2])
    #expect(dataset.path == "/group/data")
    try other.close()
  }

  @Test func `objects keep their file open`() throws {
    let scratch = try Scratch()
    let path = scratch.path("kept.h5")
    let dataset: Dataset = try {
      let file = try File(creating: path)
      return try file.root.createGroup("group").createDataset("data", type: .int8, shape: [3])
    }()
    try dataset.write([Int8](1...3))
    #expect(try dataset.readIntegers() == [1, 2, 3])
  }

  @Test func `the same contents are the same bytes, whenever they are written`() throws {
    let scratch = try Scratch()
    func write(_ name: String) throws -> Data {
      let file = try File(creating: scratch.path(name))
      let group = try file.root.createGroup("group", trackingOrder: true)
      for (text, order) in [("one", true), ("two", false)] {
        let inner = try group.createGroup(text, trackingOrder: order)
        try inner.setAttribute("text", .string(text))
        let data = try inner.createDataset(
          "data", type: .float32, shape: [4], chunk: [2], deflate: 4, shuffle: true,
          fletcher32: true)
        try data.write([Float](repeating: 2, count: 4))
        try inner.createStringDataset("texts", ["a", text])
      }
      try file.close()
      return try Data(contentsOf: URL(fileURLWithPath: scratch.path(name)))
    }
    let first = try write("first.h5")
    Thread.sleep(forTimeInterval: 1.1)
    #expect(try write("second.h5") == first)
  }

  @Test func `a full disk is told from other failures`() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let file = try File(creating: scratch.path("full.h5"))
      let dataset = try file.root.createDataset("data", type: .float64, shape: [100_000])
      try file.flush()
      // Files of this process may not grow beyond 64 KiB.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 65536, rlim_max: 65536)
      try #require(setFileSizeLimit(&limit) == 0)
      expect(.noSpace) { try dataset.write([Double](repeating: 1, count: 100_000)) }
      expect(.noSpace) { try file.close() }
      expect(.closed) { try dataset.readFloats() }
    }
  }

  @Test func `texts that libhdf5 allocated are given back`() async {
    // Alone in its process: the memory is that of all tests.
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let path = scratch.path("texts.h5")
      let file = try File(creating: path)
      let long = String(repeating: "x", count: 4 << 20)
      try file.root.createStringDataset("texts", [long])
      try file.root.setAttribute("text", .string(long))
      try file.close()
      let root = try File(opening: path).root
      let dataset = try root.dataset("texts")
      try #require(try dataset.readStrings() == [long])
      try #require(try root.attribute("text") == .string(long))
      let before = peakMemory()
      for _ in 0..<50 {
        _ = try dataset.readStrings()
        _ = try root.attribute("text")
      }
      // Kept, they would be 400 MiB.
      try #require(peakMemory() - before < 100 << 20)
    }
  }

  @Test func `no test leaves anything open in libhdf5`() async {
    // Alone in its process: the count is of all files.
    await #expect(processExitsWith: .success) {
      try #require(File.openObjectCount == 0)
      let tests: [(String, () throws -> Void)] = [
        (
          "kinds",
          AttributeTests().`every kind of value comes back, from a group and from a dataset`
        ),
        ("replace", AttributeTests().`a value takes the place of one of the same name`),
        ("refuse", AttributeTests().`what would not come back is not written`),
        ("h5py", AttributeTests().`attributes that h5py wrote`),
        ("dense", AttributeTests().`dense storage and the order of creation`),
        (
          "slabs",
          HyperslabTests().`random slabs of random arrays are slices, for every type of number`
        ),
        (
          "bytes",
          HyperslabTests().`half precision and complex numbers come back as bytes and values`
        ),
        ("shape", HyperslabTests().`a slab of another rank or beyond the shape is refused`),
        ("members", GroupTests().`members are told apart and foreign files are not followed`),
        (
          "paths",
          GroupTests().`paths are looked up, what is not there or something else is an error`
        ),
        ("order", GroupTests().`the order of creation is kept where it is asked for`),
        ("twice", GroupTests().`nothing is made twice or in a file opened for reading`),
        ("copy", GroupTests().`a copy in another file is the same to the bit`),
        ("link", GroupTests().`a hard link is the same data under a second name`),
        ("numbers", DatasetTests().`numbers of every type and byte order that h5py wrote`),
        ("named", DatasetTests().`elements that are no real numbers are named`),
        ("exact", DatasetTests().`integers are exact or an error, no elements are no values`),
        ("texts", DatasetTests().`texts of every length and padding`),
        ("foreign", DatasetTests().`data of other files are refused, missing filters are named`),
        ("flipped", DatasetTests().`a flipped bit is an error where there is a checksum`),
        ("sizes", DatasetTests().`stored sizes are the compressed ones`),
        ("open", FileTests().`what cannot be opened says why`),
        ("cut", FileTests().`a truncated file is one, wherever it was cut`),
        ("over", FileTests().`a file is never written over`),
        ("locked", FileTests().`a file that another program writes is left alone`),
        ("closed", FileTests().`nothing works after closing, and it says so`),
        ("kept", FileTests().`objects keep their file open`),
      ]
      for (name, test) in tests {
        try test()
        try #require(File.openObjectCount == 0, "\(name)")
      }
    }
  }
}
