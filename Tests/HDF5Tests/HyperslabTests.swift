import HDF5
import Testing

/// Parts of arrays: random arrays and slabs against slices of the same array in memory.
struct HyperslabTests {
  /// A generator with a fixed start, so that a failure can be seen again.
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  /// The elements of a slab, in row-major order.
  static func slice<Element>(_ values: [Element], _ shape: [Int], _ slab: Hyperslab) -> [Element] {
    guard !slab.count.contains(0) else { return [] }
    var index = slab.count.map { _ in 0 }
    var result: [Element] = []
    while true {
      var offset = 0
      for (d, i) in index.enumerated() { offset = offset * shape[d] + slab.start[d] + i }
      result.append(values[offset])
      var d = index.count - 1
      while d >= 0 {
        index[d] += 1
        if index[d] < slab.count[d] { break }
        index[d] = 0
        d -= 1
      }
      if d < 0 { return result }
    }
  }

  @Test func `a random slab of a random array is the slice in memory`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("slabs.h5"))
    var random = Random(state: 7)
    for rank in 1...4 {
      for trial in 0..<20 {
        let shape = (0..<rank).map { _ in Int.random(in: 1...7, using: &random) }
        let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) }
        let chunk = trial % 2 == 0 ? nil : shape.map { Int.random(in: 1...$0, using: &random) }
        let dataset = try file.root.createDataset(
          "\(rank)-\(trial)", type: .float32, shape: shape, chunk: chunk,
          deflate: chunk == nil ? nil : 4, shuffle: chunk != nil, fletcher32: chunk != nil)
        try dataset.write(values)
        let start = shape.map { Int.random(in: 0...$0, using: &random) }
        let count = zip(shape, start).map { Int.random(in: 0...($0 - $1), using: &random) }
        let slab = Hyperslab(start: start, count: count)
        #expect(try dataset.readFloats(slab) == Self.slice(values, shape, slab))
      }
    }
    try file.close()
  }
}
