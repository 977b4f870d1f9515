import HDF5
import Testing

/// Parts of arrays: random arrays and slabs against slices of the same array in memory.
struct HyperslabTests {
  /// The places of a slab's elements in the array, in row-major order.
  private func places(_ slab: Hyperslab, in shape: [Int]) -> [Int] {
    var places = [0]
    for (dimension, extent) in shape.enumerated() {
      let range = slab.start[dimension]..<(slab.start[dimension] + slab.count[dimension])
      places = places.flatMap { place in range.map { place * extent + $0 } }
    }
    return places
  }

  private func shape(rank: Int, _ random: inout Random) -> [Int] {
    (0..<rank).map { _ in Int.random(in: 1...7, using: &random) }
  }

  private func slab(in shape: [Int], _ random: inout Random) -> Hyperslab {
    let start = shape.map { Int.random(in: 0...$0, using: &random) }
    let count = zip(shape, start).map { Int.random(in: 0...($0 - $1), using: &random) }
    return Hyperslab(start: start, count: count)
  }

  /// A dataset, chunked and filtered in three cases of four.
  private func dataset(
    _ name: String, _ type: NumberType, _ shape: [Int], in file: File, _ random: inout Random
  ) throws -> Dataset {
    let chunked = Int.random(in: 0..<4, using: &random) > 0
    return try file.root.createDataset(
      name, type: type, shape: shape,
      chunk: chunked ? shape.map { Int.random(in: 1...$0, using: &random) } : nil,
      deflate: chunked && .random(using: &random) ? 4 : nil,
      shuffle: chunked && .random(using: &random),
      fletcher32: chunked && .random(using: &random))
  }

  private func roundTrip<Number: StoredNumber & Equatable>(
    _ seed: UInt64, _ zero: Number, real: (Number) -> Double, number: (inout Random) -> Number
  ) throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("slabs.h5"))
    var random = Random(state: seed)
    for rank in 0...4 {
      for trial in 0..<(rank == 0 ? 1 : 8) {
        let shape = shape(rank: rank, &random)
        var values = (0..<shape.reduce(1, *)).map { _ in zero }
        let dataset =
          rank == 0
          ? try file.root.createDataset("scalar", type: Number.numberType, shape: [])
          : try self.dataset("\(rank)-\(trial)", Number.numberType, shape, in: file, &random)
        // Three writes on top of each other, the first of the whole.
        for slab in [
          Hyperslab(all: shape), slab(in: shape, &random), slab(in: shape, &random),
        ] {
          let places = places(slab, in: shape)
          let part = places.map { _ in number(&random) }
          for (place, value) in zip(places, part) { values[place] = value }
          try dataset.write(part, slab)
        }
        #expect(dataset.elementKind == .number(Number.numberType))
        #expect(try dataset.readDoubles() == values.map(real))
        for _ in 0..<4 {
          let slab = slab(in: shape, &random)
          let expected = places(slab, in: shape).map { real(values[$0]) }
          #expect(try dataset.readDoubles(slab) == expected)
          #expect(try dataset.readFloats(slab) == expected.map(Float.init))
        }
      }
    }
    try file.close()
  }

  @Test func `random slabs of random arrays are slices, for every type of number`() throws {
    func integers<Number: StoredNumber & FixedWidthInteger>(
      _ seed: UInt64, _ range: ClosedRange<Number>
    ) throws {
      try roundTrip(
        seed, Number.zero, real: { Double($0) },
        number: { (random: inout Random) in Number.random(in: range, using: &random) })
    }
    try integers(1, Int8.min ... .max)
    try integers(2, Int16.min ... .max)
    try integers(3, Int32.min ... .max)
    try integers(4, Int64(-1) << 53...1 << 53)
    try integers(5, UInt8.min ... .max)
    try integers(6, UInt16.min ... .max)
    try integers(7, UInt32.min ... .max)
    try integers(8, 0...UInt64(1) << 53)
    try roundTrip(
      9, Float(0), real: { Double($0) }, number: { Float.random(in: -1e6...1e6, using: &$0) })
    try roundTrip(
      10, 0.0, real: { $0 }, number: { Double.random(in: -1e6...1e6, using: &$0) })
    try roundTrip(11, false, real: { $0 ? 1 : 0 }, number: { Bool.random(using: &$0) })
  }

  @Test func `half precision and complex numbers come back as bytes and values`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("bytes.h5"))
    // 1, −2, the largest, the smallest above 0 and infinity of IEEE 754 binary16.
    let half = try file.root.createDataset("half", type: .float16, shape: [5])
    try half.writeBytes([0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x7c])
    let values: [Float] = [1, -2, 65504, 0x1p-24, .infinity]
    #expect(try half.readFloats() == values)
    #expect(half.elementKind == .number(.float16))
    try half.write([Double](repeating: 0, count: 5))
    try half.write(values)
    #expect(try half.readBytes(Hyperslab(start: [2], count: [2])) == [0xff, 0x7b, 0x01, 0x00])

    let complex = try file.root.createDataset("complex", type: .complex64, shape: [2])
    let bytes: [UInt8] = [0, 0, 128, 63, 0, 0, 0, 192, 0, 0, 0, 0, 0, 0, 128, 64]
    try complex.writeBytes(bytes)
    #expect(try complex.readBytes() == bytes)
    #expect(complex.elementKind == .number(.complex64))
    expect(.wrongType) { try complex.readFloats() }
    expect(.wrongType) { try complex.write([1.0, 2.0]) }

    let truth = try file.root.createDataset("truth", type: .bool, shape: [2])
    expect(.wrongType) { try truth.write([1.0, 0.0]) }
    try truth.write([true, false])
    #expect(try truth.readIntegers() == [1, 0])
    let text = try file.root.createStringDataset("text", ["a", "b"])
    expect(.wrongType) { try text.write([1.0, 2.0]) }
    expect(.wrongType) { try text.writeBytes([1, 2]) }
    try file.close()
  }

  @Test func `a slab of another rank or beyond the shape is refused`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("shape.h5"))
    let dataset = try file.root.createDataset("data", type: .int32, shape: [2, 3])
    try dataset.write([Int32](1...6))
    for (start, count) in [
      ([0], [2]), ([0, 0, 0], [1, 1, 1]), ([], []), ([0, 0], [3, 3]), ([0, 1], [2, 3]),
      ([2, 0], [1, 1]), ([-1, 0], [1, 1]), ([0, 0], [-1, 1]), ([0, 4], [1, 0]),
      ([1, 0], [.max, 1]), ([.max, 0], [.max, 1]),
    ] {
      let slab = Hyperslab(start: start, count: count)
      expect(.wrongShape) { try dataset.readFloats(slab) }
      expect(.wrongShape) { try dataset.readIntegers(slab) }
      expect(.wrongShape) { try dataset.readBytes(slab) }
      expect(.wrongShape) { try dataset.write([Int32](), slab) }
    }
    #expect(try dataset.readFloats(Hyperslab(start: [2, 3], count: [0, 0])) == [])
    #expect(try dataset.readIntegers() == [1, 2, 3, 4, 5, 6])
    let error = expect(.wrongShape) { try dataset.readFloats(Hyperslab(start: [1], count: [1])) }
    #expect(error?.object == "/data")
    #expect(
      error?.detail == "the slab [1:2] has 1 dimensions, the data have 2")
    try file.close()
  }
}
