import Foundation
import HDF5
import Testing

/// Attributes: every kind of value comes back as it was written, and as h5py wrote it.
struct AttributeTests {
  private static let values: [(name: String, value: AttributeValue)] = [
    ("text", .string("Mn L₂,₃ white lines, µm")), ("nothing", .string("")),
    ("texts", .strings(["y", "x", "energy_loss", ""])), ("no texts", .strings([])),
    ("true", .bool(true)), ("false", .bool(false)),
    ("integer", .integer(-9_007_199_254_740_993)), ("largest", .integer(.max)),
    ("real", .real(0.1)), ("infinite", .real(-.infinity)), ("complex", .complex(1.5, -2)),
    ("bytes", .bytes([0, 1, 255, 0], tag: "V4")), ("numbers", .numbers([1, 2.5, -3], shape: [3])),
    ("table", .numbers([1, 2, 3, 4, 5, 6], shape: [2, 3])),
    ("no numbers", .numbers([], shape: [0])), ("one", .numbers([7], shape: [1])),
    ("empty", .empty), ("größe", .real(2)), ("a/b", .integer(1)),
  ]

  @Test func `every kind of value comes back, from a group and from a dataset`() throws {
    let scratch = try Scratch()
    let path = scratch.path("attributes.h5")
    let file = try File(creating: path)
    let objects: [Object] = [
      try file.root, try file.root.createGroup("tracked", trackingOrder: true),
      try file.root.createDataset("data", type: .float32, shape: []),
    ]
    for object in objects {
      for (name, value) in Self.values.reversed() { try object.setAttribute(name, value) }
    }
    try file.close()

    let reopened = try File(opening: path)
    let byName = Self.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (object, expected) in [
      (try reopened.root as Object, byName),
      (try reopened.root.group("tracked"), Self.values.reversed()),
      (try reopened.root.dataset("data"), byName),
    ] {
      let found = try object.attributes()
      #expect(found.map(\.name) == expected.map(\.name))
      #expect(found.map(\.value) == expected.map(\.value))
      for (name, value) in Self.values { #expect(try object.attribute(name) == value) }
      #expect(try object.attribute("missing") == nil)
    }
  }

  @Test func `a damaged attribute among many is an error`() throws {
    let scratch = try Scratch()
    let path = scratch.path("damaged.h5")
    let file = try File(creating: path)
    let group = try file.root.createGroup("group")
    for index in 0..<8 { try group.setAttribute("attribute \(index)", .integer(1)) }
    try file.close()
    var bytes = try Data(contentsOf: URL(filePath: path))
    // Its message starts with the version, eight bytes before the name.
    let name = try #require(bytes.range(of: Data("attribute 4\0".utf8)))
    bytes[name.lowerBound - 8] = 0xEE
    try bytes.write(to: URL(filePath: path))
    let damaged = try File(opening: path).root.group("group")
    let error = expect(.corrupt) { try damaged.attributes() }
    #expect(error?.description.contains("/group") == true)
  }

  @Test func `a value takes the place of one of the same name`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("replace.h5"))
    let root = try file.root
    try root.setAttribute("a", .string("long ago"))
    try root.setInt32Attribute("a", -7)
    #expect(try root.attribute("a") == .integer(-7))
    try root.setFixedAttribute("a", "NXdata")
    #expect(try root.attribute("a") == .string("NXdata"))
    try root.setFixedAttribute("a", ["y", "x", "energy_loss"])
    #expect(try root.attribute("a") == .strings(["y", "x", "energy_loss"]))
    try root.setFixedAttribute("a", "")
    #expect(try root.attribute("a") == .string(""))
    try root.setFixedAttribute("a", "µm")
    #expect(try root.attribute("a") == .string("µm"))
    #expect(try root.attributes().count == 1)
    try root.removeAttribute("a")
    #expect(try root.attribute("a") == nil)
    expect(.notFound) { try root.removeAttribute("a") }
    try file.close()
  }

  @Test func `what would not come back is not written`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("refused.h5"))
    let root = try file.root
    try root.setAttribute("a", .integer(1))
    expect(.wrongType) { try root.setAttribute("a", .string("a\0b")) }
    expect(.wrongType) { try root.setAttribute("a", .strings(["", "a\0"])) }
    expect(.wrongType) { try root.setFixedAttribute("a", "a\0") }
    expect(.wrongType) { try root.setAttribute("a", .bytes([], tag: "")) }
    expect(.wrongType) { try root.setAttribute("a", .unreadable("references")) }
    // Attributes of the oldest format end at 64 KiB.
    expect(.other) {
      try root.setAttribute("b", .numbers([Double](repeating: 0, count: 9000), shape: [9000]))
    }
    #expect(try root.attributes().map(\.name) == ["a"])
    #expect(try root.attribute("a") == .integer(1))
    try file.close()
  }

  @Test func `attributes that h5py wrote`() throws {
    let file = try File(opening: fixture("kinds.h5"))
    let group = try file.root.group("attributes")
    var expected: [String: AttributeValue] = [
      "long": .unreadable("16-byte floating-point numbers that are not IEEE's"),
      "u8 beyond": .unreadable("the integer 18446744073709551615, more than 63 bits"),
      "i8 array beyond": .unreadable("an array of integers beyond the 53 bits of a Double"),
      "bools": .numbers([1, 0], shape: [2]), "enumeration": .unreadable("an enumeration"),
      "c8": .complex(1, -2), "c16 big": .complex(1, -2),
      "one integer": .numbers([7], shape: [1]), "one real": .numbers([7.5], shape: [1]),
      "one text": .strings(["data"]), "one fixed text": .strings(["data"]),
      "table": .numbers([0, 1, 2, 3, 4, 5], shape: [2, 3]),
      "vlen UTF-8": .string("µm"), "vlen ASCII": .string("nm"), "fixed UTF-8": .string("µm"),
      "fixed ASCII": .string("nm"), "fixed null-terminated": .string("nm"),
      "fixed space-padded": .string("nm"), "texts": .strings(["a", "µ", ""]),
      "fixed texts": .strings(["y", "x", "energy_loss"]), "opaque": .bytes([0, 1, 0], tag: ""),
      "empty": .empty, "empty text": .empty, "null text": .string(""),
      "reference": .unreadable("references to objects"),
      "rgba": .unreadable("records of R, G, B, A"),
      "ragged": .unreadable("arrays of various lengths"),
      "complex array": .unreadable("an array of complex numbers"),
    ]
    for order in ["", " big"] {
      for code in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
        expected[code + order] = .integer(42)
      }
      for code in ["f2", "f4", "f8"] { expected[code + order] = .real(-1.5) }
    }
    for base in ["int8", "uint8", "int32", "int32 big"] { expected["bool " + base] = .bool(true) }
    let found = try group.attributes()
    for (name, value) in found { #expect(value == expected[name], "\(name)") }
    #expect(Set(found.map(\.name)) == Set(expected.keys))
  }

  @Test func `dense storage and the order of creation`() throws {
    let names = try Expected.load().dense
    let file = try File(opening: fixture("dense.h5"))
    let many = try file.root.group("many")
    #expect(try many.members.map(\.name) == names)
    #expect(try many.attributes().map(\.name) == names)
    for name in names {
      #expect(try many.attribute(name)?.wholeNumber == Int64(name.dropFirst()))
    }
    let untracked = try file.root.group("untracked").attributes()
    #expect(untracked.map(\.name) == names.sorted())
    #expect(untracked.map(\.value) == names.sorted().map { .string("text " + $0) })
  }

  @Test func `values are read leniently where the meaning is plain`() {
    #expect(AttributeValue.strings(["data"]).text == "data")
    #expect(AttributeValue.strings(["a", "b"]).text == nil)
    #expect(AttributeValue.numbers([7], shape: [1]).wholeNumber == 7)
    #expect(AttributeValue.real(7).wholeNumber == 7)
    #expect(AttributeValue.real(7.5).wholeNumber == nil)
    #expect(AttributeValue.real(.nan).wholeNumber == nil)
    #expect(AttributeValue.integer(.max).wholeNumber == .max)
    #expect(AttributeValue.integer(2).number == 2)
    #expect(AttributeValue.integer(1).truth == true)
    #expect(AttributeValue.numbers([0], shape: [1]).truth == false)
    #expect(AttributeValue.integer(2).truth == nil)
    #expect(AttributeValue.bool(true).number == nil)
  }
}
