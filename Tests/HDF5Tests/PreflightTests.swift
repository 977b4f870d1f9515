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
    #expect(finding(try file("chunk.h5", [[30_000_000]], chunk: [30_000_000])) == nil)
  }

  @Test func `what an aborted acquisition left behind passes`() throws {
    let scratch = try Scratch()
    let path = scratch.path("aborted.h5")
    let file = try File(creating: path)
    // 1 GiB, of which one chunk in 4,096 was written.
    let shape = [512, 512, 2048]
    let data = try file.root.createDataset(
      "data", type: .uint16, shape: shape, chunk: [8, 8, 2048], deflate: 1)
    let written = Hyperslab(start: [0, 8, 0], count: [8, 8, 2048])
    try data.write((0..<written.elementCount).map { UInt16($0 % 251) }, written)
    try file.close()
    #expect(finding(path) == nil)
    let read = try File(opening: path).root.dataset("data")
    let counts = try read.chunkCounts
    #expect(counts?.written == 1 && counts?.all == 4096)
    // The written chunk among its neighbours, row by row of the image.
    let values = try read.readFloats(
      Hyperslab(start: [0, 0, 0], count: [2, 24, 2048]), threads: 2)
    for y in 0..<2 {
      for x in 0..<24 {
        let spectrum = values[((y * 24 + x) * 2048)..<((y * 24 + x + 1) * 2048)]
        let first = (y * 8 + x - 8) * 2048
        let expected = (0..<2048).map { 8..<16 ~= x ? Float((first + $0) % 251) : 0 }
        #expect(Array(spectrum) == expected, "\(y), \(x)")
      }
    }
  }

  @Test func `chunks of the compressions of libhdf5 are tried where they were written`() throws {
    // Of 4 GB in scale-offset chunks three were written, and three of a short array.
    let start = ContinuousClock.now
    #expect(finding(fixture("sparse.h5")) == nil)
    #expect(ContinuousClock.now - start < .seconds(2))
    let root = try File(opening: fixture("sparse.h5")).root
    for (name, starts) in [("few", [0, 700_000, 999_999_000]), ("many", [0, 2000, 4000])] {
      let data = try root.dataset(name)
      #expect(try data.chunkCounts?.written == 3)
      for first in starts {
        let values = try data.readIntegers(Hyperslab(start: [first], count: [1000]))
        #expect(values == (0..<1000).map { Int64($0) }, "\(name) at \(first)")
      }
      #expect(try data.readIntegers(Hyperslab(start: [1000], count: [2])) == [-3, -3])
    }
  }
}
