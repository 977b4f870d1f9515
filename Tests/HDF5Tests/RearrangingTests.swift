import HDF5
import Testing

/// Objects that are moved, renamed, linked and copied with all that hangs on them.
struct RearrangingTests {
  @Test func `an entry moves without being copied`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("a.h5"))
    let (root, group) = (try file.root, try file.root.createGroup("a"))
    let data = try group.createDataset("data", type: .int16, shape: [3])
    try data.write([1, 2, 3] as [Int16])
    let identity = try data.identity
    let other = try root.createGroup("b")
    try group.move("data", to: other, as: "µ")
    #expect(try other.dataset("µ").identity == identity)
    #expect(try group.members.isEmpty && other.dataset("µ").readIntegers() == [1, 2, 3])
    #expect(try other.identity != identity && root.identity != other.identity)
    expect(.notFound) { try group.move("data", to: other, as: "x") }
    _ = try root.createGroup("c")
    expect(.exists) { try root.move("c", to: root, as: "b") }
    try file.close()
    let again = try File(opening: scratch.path("a.h5"))
    #expect(try again.root.dataset("b/µ").readIntegers() == [1, 2, 3])
    expect(.cannotWrite) { try again.root.move("a", to: again.root, as: "z") }
  }

  @Test func `a soft link is made, and leads where it says`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("a.h5"))
    let root = try file.root
    _ = try root.createGroup("a").createDataset("data", type: .int8, shape: [1])
    try root.createSoftLink("l", to: "/a/data")
    try root.createSoftLink("none", to: "/b")
    #expect(
      try root.members == [
        Member(name: "a", kind: .group), Member(name: "l", kind: .softLink("/a/data")),
        Member(name: "none", kind: .softLink("/b")),
      ])
    #expect(try root.dataset("l").identity == root.dataset("a/data").identity)
    expect(.exists) { try root.createSoftLink("l", to: "/") }
  }

  @Test func `attributes of every type are copied to the bit`() throws {
    let scratch = try Scratch()
    let source = try File(opening: fixture("kinds.h5")).root
    let file = try File(creating: scratch.path("a.h5"))
    var count = 0
    for member in try source.members where member.kind == .group {
      let group = try source.group(member.name)
      let copy = try file.root.createGroup(member.name)
      let left = try group.copyAttributes(to: copy)
      #expect(try left == group.referringAttributes())
      let kept = try group.attributes().filter { !left.contains($0.name) }
      let copied = try copy.attributes()
      #expect(copied.map(\.name) == kept.map(\.name))
      for (a, b) in zip(copied, kept) { #expect("\(a.value)" == "\(b.value)", "\(a.name)") }
      count += copied.count
    }
    #expect(count > 10)
  }

  @Test func `an attribute gets another name`() throws {
    let scratch = try Scratch()
    let root = try File(creating: scratch.path("a.h5")).root
    try root.setAttribute("a", .string("é"))
    try root.setAttribute("b", .integer(1))
    try root.renameAttribute("a", to: "c d")
    #expect(try root.attributes().map(\.name) == ["b", "c d"])
    #expect(try root.attribute("c d") == .string("é"))
    expect(.exists) { try root.renameAttribute("b", to: "c d") }
  }

  @Test func `the order of creation is known`() throws {
    let scratch = try Scratch()
    let root = try File(creating: scratch.path("a.h5")).root
    #expect(try root.createGroup("a", trackingOrder: true).tracksOrder)
    #expect(try !root.createGroup("b").tracksOrder)
  }

  @Test(arguments: NumberType.allCases, [1, 3])
  func `bytes are written by any number of threads as they stand`(
    type: NumberType, threads: Int
  ) throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("a.h5"))
    let plain = try file.root.createDataset("plain", type: type, shape: [10, 7])
    let bytes = (0..<(70 * type.size)).map {
      UInt8(truncatingIfNeeded: $0 % (type == .bool ? 2 : 251))
    }
    try plain.writeBytes(bytes)
    let packed = try file.root.createDataset("packed", like: plain, chunk: [4, 7], deflate: 4)
    #expect(packed.elementKind == plain.elementKind && packed.chunkShape == [4, 7])
    #expect(packed.filters.map(\.name) == ["shuffle", "gzip", "fletcher32"])
    for first in stride(from: 0, to: 10, by: 4) {
      let slab = Hyperslab(start: [first, 0], count: [min(4, 10 - first), 7])
      try packed.writeBytes(plain.readBytes(slab), slab, threads: threads)
    }
    #expect(try packed.readBytes() == bytes && packed.isFixedSize)
    #expect(try !packed.holdsReferences)
  }

  @Test func `elements of variable size are known`() throws {
    let scratch = try Scratch()
    let root = try File(creating: scratch.path("a.h5")).root
    #expect(try !root.createStringDataset("texts", ["a", "bc"]).isFixedSize)
    #expect(try root.createDataset("numbers", type: .float16, shape: []).isFixedSize)
  }
}
