import Foundation
import HDF5
import Testing

/// Groups: members, paths, links, copies.
struct GroupTests {
  @Test func `members are told apart and foreign files are not followed`() throws {
    let file = try File(opening: fixture("kinds.h5"))
    let links = try file.root.group("links")
    #expect(
      try links.members == [
        Member(name: "dangling", kind: .softLink("/nowhere")),
        Member(name: "external", kind: .externalLink(file: "dense.h5", path: "/many")),
        Member(name: "hard", kind: .dataset),
        Member(name: "soft", kind: .softLink("/numbers/compact")),
        Member(name: "through", kind: .softLink("/links/external/m00")),
      ])
    #expect(try file.root.members.contains(Member(name: "links", kind: .group)))
    #expect(
      try file.root.group("other").members.contains(Member(name: "named type", kind: .datatype)))

    #expect(try links.dataset("soft").readFloats() == links.dataset("hard").readFloats())
    expect(.notFound) { try links.dataset("dangling") }
    expect(.refused) { try links.group("external") }
    expect(.refused) { try links.dataset("through") }
    expect(.refused) { try links.dataset("external/m00") }
    expect(.refused) { try file.root.dataset("links/external/m00") }
    expect(.refused) { try links.contains("external/m00") }
    #expect(try links.contains("external"))
  }

  @Test func `paths are looked up, what is not there or something else is an error`() throws {
    let file = try File(opening: fixture("kinds.h5"))
    let root = try file.root
    #expect(try root.contains("numbers/compact"))
    #expect(try root.contains("/numbers/compact"))
    #expect(try root.group("links").contains("/numbers"))
    #expect(try !root.contains("numbers/missing"))
    #expect(try !root.contains("missing/compact"))
    #expect(try !root.contains(""))
    #expect(try root.dataset("numbers/compact").path == "/numbers/compact")
    #expect(try root.group("numbers").dataset("compact").path == "/numbers/compact")
    let error = expect(.notFound) { try root.group("numbers").dataset("missing") }
    #expect(error?.object == "/numbers/missing")
    #expect(
      error?.description
        == "Cannot open dataset /numbers/missing of \(file.path): there is no such object.")
    expect(.notFound) { try root.group("missing/numbers") }
    expect(.wrongType) { try root.dataset("numbers") }
    expect(.wrongType) { try root.group("numbers/compact") }
    expect(.wrongType) { try root.group("other/named type") }
  }

  @Test func `the order of creation is kept where it is asked for`() throws {
    let scratch = try Scratch()
    let path = scratch.path("order.h5")
    let file = try File(creating: path)
    let names = ["zebra", "a10", "µ", "a2", "B"]
    for (group, tracking) in [("tracked", true), ("plain", false)] {
      let group = try file.root.createGroup(group, trackingOrder: tracking)
      for name in names { _ = try group.createGroup(name) }
    }
    try file.close()
    let reopened = try File(opening: path)
    #expect(try reopened.root.group("tracked").members.map(\.name) == names)
    #expect(
      try reopened.root.group("plain").members.map(\.name) == ["B", "a10", "a2", "zebra", "µ"])
  }

  @Test func `nothing is made twice or in a file opened for reading`() throws {
    let scratch = try Scratch()
    let path = scratch.path("twice.h5")
    let file = try File(creating: path)
    let root = try file.root
    let data = try root.createDataset("data", type: .float32, shape: [2])
    expect(.exists) { try root.createGroup("data") }
    expect(.notFound) { try root.createGroup("missing/group") }
    expect(.exists) { try root.createDataset("data", type: .int8, shape: []) }
    expect(.exists) { try root.createStringDataset("data", "text") }
    expect(.exists) { try root.link("data", to: data) }
    _ = try root.createGroup("group")
    expect(.exists) { try root.copy("data", to: root, as: "group") }
    expect(.wrongType) { try root.createStringDataset("text", ["a\0b"]) }
    #expect(try !root.contains("text"))
    try root.setAttribute("kept", .integer(1))
    try file.close()

    let reopened = try File(opening: path)
    let again = try reopened.root
    expect(.cannotWrite) { try again.createGroup("new") }
    expect(.cannotWrite) { try again.createDataset("new", type: .int8, shape: []) }
    expect(.cannotWrite) { try again.setAttribute("new", .integer(1)) }
    expect(.cannotWrite) { try again.link("new", to: again) }
    expect(.cannotWrite) { try again.unlink("data") }
    expect(.cannotWrite) { try again.removeAttribute("kept") }
    expect(.cannotWrite) { try again.copy("data", to: again, as: "new") }
    expect(.cannotWrite) { try again.dataset("data").write([Float(1), 2]) }
  }

  @Test func `a copy in another file is the same to the bit`() throws {
    let scratch = try Scratch()
    let source = try File(opening: fixture("kinds.h5"))
    let path = scratch.path("copy.h5")
    let target = try File(creating: path)
    for name in ["numbers", "other", "texts", "attributes", "refused"] {
      try source.root.copy(name, to: target.root, as: "copied \(name)")
    }
    expect(.notFound) { try source.root.copy("missing", to: target.root, as: "x") }
    expect(.refused) { try source.root.copy("links/external", to: target.root, as: "x") }
    try target.close()

    let copied = try File(opening: path)
    for name in ["numbers", "other"] {
      let (left, right) = (try source.root.group(name), try copied.root.group("copied \(name)"))
      #expect(try left.members == right.members)
      for member in try left.members where member.kind == .dataset {
        let (left, right) = (try left.dataset(member.name), try right.dataset(member.name))
        #expect(left.shape == right.shape && left.elementKind == right.elementKind)
        #expect(left.chunkShape == right.chunkShape && left.filters == right.filters)
        #expect(try left.storageSize == right.storageSize)
        if left.elementKind != .variableLength
          && left.elementKind != .other("references to objects")
        {
          #expect(try left.readBytes() == right.readBytes(), "\(member.name)")
        }
      }
    }
    for member in try source.root.group("texts").members {
      #expect(
        try source.root.group("texts").dataset(member.name).readStrings()
          == copied.root.group("copied texts").dataset(member.name).readStrings())
    }
    let attributes = try copied.root.group("copied attributes").attributes()
    let expected = try source.root.group("attributes").attributes()
    #expect(attributes.map(\.name) == expected.map(\.name))
    #expect(attributes.map(\.value) == expected.map(\.value))

    // Chunks are carried even when their filter is missing here.
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for (name, hex) in try Expected.load().stored {
      let digits = Array(hex)
      let stored = stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(digits[$0...($0 + 1)]), radix: 16)
      }
      #expect(stored.count > 20)
      #expect(bytes.firstRange(of: Data(stored)) != nil, "\(name)")
    }
  }

  @Test func `a hard link is the same data under a second name`() throws {
    let scratch = try Scratch()
    let path = scratch.path("links.h5")
    let file = try File(creating: path)
    let image = try file.root.createGroup("image")
    let data = try image.createDataset("data", type: .float32, shape: [1000])
    try data.write([Float](repeating: 1, count: 1000))
    let entry = try file.root.createGroup("entry")
    try entry.link("signal", to: data)
    try file.root.link("also", to: image)
    try entry.dataset("signal").write([Float(5)], Hyperslab(start: [7], count: [1]))
    #expect(try data.readFloats(Hyperslab(start: [6], count: [3])) == [1, 5, 1])
    try file.root.link("removed", to: data)
    try file.root.unlink("removed")
    expect(.notFound) { try file.root.unlink("removed") }
    #expect(try data.readFloats()[7] == 5)
    try file.close()
    let reopened = try File(opening: path)
    #expect(try reopened.root.dataset("entry/signal").readFloats()[7] == 5)
    #expect(try reopened.root.dataset("also/data").readFloats()[7] == 5)
    #expect(try reopened.root.group("entry").members == [Member(name: "signal", kind: .dataset)])
    // 4,000 bytes once.
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(size ?? 0 < 8000)
  }
}
