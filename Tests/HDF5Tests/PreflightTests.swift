import Foundation
import HDF5
import Testing

/// What the walk through a file refuses, and what it lets pass.
struct PreflightTests {
  /// The finding on a file: the object and why; nil when nothing speaks against it.
  private func finding(_ path: String) -> (kind: HDF5Error.Kind, object: String, detail: String)? {
    Preflight.finding(on: path).map { ($0.kind, $0.object, $0.detail) }
  }

  @Test func `sound files pass`() throws {
    for name in ["dense.h5", "chunks_v110.h5"] { #expect(finding(fixture(name)) == nil, "\(name)") }
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("shared.h5"))
    // A chain of groups, each with two links to the next: two ways more at every step, but few enough.
    var group = try file.root.createGroup("first")
    for _ in 0..<15 {
      let next = try group.createGroup("a")
      try group.link("b", to: next)
      group = next
    }
    try file.root.createDataset("empty", type: .float32, shape: [0, 7]).write([Float]())
    try file.close()
    #expect(finding(scratch.path("shared.h5")) == nil)
  }

  @Test func `data of other files are named`() throws {
    let kinds = finding(fixture("kinds.h5"))
    #expect(kinds?.kind == .refused && kinds?.object == "/links/external")
    #expect(kinds?.detail.contains("dense.h5") == true)
    let refused = try File(opening: fixture("kinds.h5")).root.group("refused")
    #expect(
      expect(.refused) { try refused.dataset("virtual") }?.detail.contains("dense.h5") == true)
    let elsewhere = expect(.refused) { try refused.dataset("elsewhere") }
    #expect(elsewhere?.detail.contains("absent.raw") == true)
  }

  @Test func `a group in itself is refused`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("ring.h5"))
    let outer = try file.root.createGroup("outer")
    try outer.createGroup("inner").link("again", to: outer)
    try file.close()
    let ring = finding(scratch.path("ring.h5"))
    #expect(ring?.kind == .refused && ring?.object == "/outer/inner/again")
  }

  @Test func `more ways through the groups than anyone could walk are refused`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("ways.h5"))
    var group = try file.root
    for _ in 0..<40 {
      let next = try group.createGroup("a")
      try group.link("b", to: next)
      group = next
    }
    try file.close()
    #expect(finding(scratch.path("ways.h5"))?.kind == .tooLarge)
  }

  @Test func `sizes that nothing stands for are refused`() throws {
    let scratch = try Scratch()
    func file(_ name: String, _ shapes: [[Int]], chunk: [Int]? = nil) throws -> String {
      let path = scratch.path(name)
      let file = try File(creating: path)
      for (index, shape) in shapes.enumerated() {
        _ = try file.root.createDataset(
          "d\(index)", type: .float32, shape: shape, chunk: chunk, deflate: chunk == nil ? nil : 1)
      }
      try file.close()
      return path
    }
    let tera = finding(try file("tera.h5", [[4], [1 << 20, 1 << 20]]))
    #expect(tera?.kind == .tooLarge && tera?.object == "/d1")
    #expect(tera?.detail.contains("\(1 << 42)") == true)
    // None of them is too large by itself.
    let many = try file("many.h5", (0..<70).map { _ in [1000, 16_000] })
    #expect(finding(many)?.kind == .tooLarge)
    #expect(finding(try file("few.h5", (0..<60).map { _ in [1000, 16_000] })) == nil)
    let hollow = finding(try file("hollow.h5", [[600, 600]], chunk: [6, 60]))
    #expect(hollow?.kind == .tooLarge && hollow?.detail.contains("0 of its 1000 chunks") == true)
    #expect(finding(try file("small.h5", [[500, 500]], chunk: [5, 50])) == nil)
    let chunk = finding(try file("chunk.h5", [[30_000_000]], chunk: [30_000_000]))
    #expect(chunk?.kind == .tooLarge && chunk?.object == "/d0")
  }
}
