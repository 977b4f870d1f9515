import HDF5
import Testing

/// Attributes: every kind of value comes back as it was written.
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
}
