import Foundation
import Spectra
import Testing

struct MetadataTreeTests {
  @Test func `paths create the trees on the way`() {
    var tree = MetadataTree()
    tree[path: ["Acquisition_instrument", "TEM", "beam_energy"]] = .real(200)
    tree[path: ["Acquisition_instrument", "TEM", "microscope"]] = .string("Titan")
    tree[path: ["Acquisition_instrument", "TEM", "frames"]] = .integer(3)
    #expect(tree.number("Acquisition_instrument", "TEM", "beam_energy") == 200)
    #expect(tree.number("Acquisition_instrument", "TEM", "frames") == 3)
    #expect(tree.string("Acquisition_instrument", "TEM", "microscope") == "Titan")
    guard case .tree(let microscope)? = tree[path: ["Acquisition_instrument", "TEM"]] else {
      Issue.record("no tree at Acquisition_instrument/TEM")
      return
    }
    #expect(microscope.members.map(\.key) == ["beam_energy", "microscope", "frames"])
  }

  @Test func `what is not there or of another kind is nil`() {
    let general = MetadataTree(["title": .string("a"), "number": .real(1)])
    let tree = MetadataTree(["General": .tree(general)])
    #expect(tree.string("General", "number") == nil)
    #expect(tree.number("General", "title") == nil)
    #expect(tree[path: ["General", "title", "deeper"]] == nil)
    #expect(tree[path: ["Sample"]] == nil)
    #expect(tree[path: []] == nil)
    #expect(MetadataTree().isEmpty && !tree.isEmpty)
  }

  @Test func `members keep their order, and nil removes one`() {
    var tree = MetadataTree(["b": .integer(1), "a": .integer(2), "c": .none])
    tree["b"] = .integer(3)
    #expect(tree.members.map(\.key) == ["b", "a", "c"])
    #expect(tree["b"] == .integer(3))
    tree["a"] = nil
    #expect(tree.members.map(\.key) == ["b", "c"])
    tree["absent"] = nil
    #expect(tree.members.count == 2)
  }

  @Test func `a value in the way of a path is replaced by a tree`() {
    var tree = MetadataTree(["General": .string("text")])
    tree[path: ["General", "title"]] = .string("a")
    #expect(tree.string("General", "title") == "a")
  }

  @Test func `order, keys and values decide equality`() {
    let tree = MetadataTree(["a": .integer(1), "b": .bool(true)])
    #expect(tree == MetadataTree(["a": .integer(1), "b": .bool(true)]))
    #expect(tree != MetadataTree(["b": .bool(true), "a": .integer(1)]))
    #expect(tree != MetadataTree(["a": .real(1), "b": .bool(true)]))
    #expect(tree != MetadataTree(["a": .integer(1)]))
    #expect(tree != MetadataTree(["a": .integer(1), "c": .bool(true)]))
  }

  @Test func `a tree of every kind survives JSON with its order and its number types`() throws {
    let tree = MetadataTree([
      "z": .real(200), "a": .integer(200),
      "t": .tree(MetadataTree(["y": .none, "x": .bool(true)])),
      "b": .bytes([0, 255]),
      "l": .list([.string("µ"), .tuple([.complex(real: 1, imaginary: -2)])]),
      "f": .array(shape: [1, 2], values: [0.1, 1e300]),
      "i": .integerArray(shape: [1], values: [-1]), "o": .opaque("a marker"),
    ])
    let json = try JSONEncoder().encode(tree)
    #expect(try JSONDecoder().decode(MetadataTree.self, from: json) == tree)
  }
}
