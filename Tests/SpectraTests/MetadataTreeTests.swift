import Spectra
import Testing

@Suite struct MetadataTreeTests {
  @Test func pathsCreateTheTreesOnTheWay() {
    var tree = MetadataTree()
    tree[path: ["Acquisition_instrument", "TEM", "beam_energy"]] = .real(200)
    tree[path: ["General", "title"]] = .string("MnO")
    #expect(tree.number("Acquisition_instrument", "TEM", "beam_energy") == 200)
    #expect(tree.string("General", "title") == "MnO")
    #expect(tree.members.map(\.key) == ["Acquisition_instrument", "General"])
  }

  @Test func assigningNilRemoves() {
    var tree = MetadataTree(["a": .integer(1), "b": .bool(true)])
    tree["a"] = nil
    #expect(tree == MetadataTree(["b": .bool(true)]))
    #expect(tree["a"] == nil)
  }

  @Test func orderAndValuesDecideEquality() {
    let one = MetadataTree(["a": .none, "b": .list([.integer(1), .string("x")])])
    let other = MetadataTree(["b": .list([.integer(1), .string("x")]), "a": .none])
    #expect(one != other)
    #expect(one == MetadataTree(["a": .none, "b": .list([.integer(1), .string("x")])]))
  }

  @Test func aPathThroughAValueFindsNothing() {
    let tree = MetadataTree(["a": .integer(1)])
    #expect(tree[path: ["a", "b"]] == nil)
    #expect(tree.string("a") == nil)
    #expect(tree.number("a") == 1)
  }
}
