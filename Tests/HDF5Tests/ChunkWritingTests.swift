import Foundation
import HDF5
import Testing

/// Chunks encoded by several threads: the bytes that libhdf5's own filters make, whatever the threads.
struct ChunkWritingTests {
  private func file(
    _ scratch: borrowing Scratch, _ name: String, type: NumberType, shape: [Int], chunk: [Int],
    deflate: Int?, shuffle: Bool, write: (Dataset) throws -> Void
  ) throws -> Data {
    let path = scratch.path(name)
    let file = try File(creating: path)
    let dataset = try file.root.createDataset(
      "data", type: type, shape: shape, chunk: chunk, deflate: deflate, shuffle: shuffle,
      fletcher32: true)
    try write(dataset)
    try file.close()
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  // Values of another type than the dataset's take the way through libhdf5's filters.
  @Test(arguments: [true, false]) func `one chunk is what libhdf5 makes of it`(shuffle: Bool) throws
  {
    let scratch = try Scratch()
    let shape = [5, 7]
    let numbers = (0..<35).map { Double($0 * $0 % 251) }
    func bytes<Number: StoredNumber>(_ name: String, _ type: NumberType, _ values: [Number]) throws
      -> Data
    {
      try file(
        scratch, name, type: type, shape: shape, chunk: shape, deflate: nil, shuffle: shuffle
      ) { try $0.write(values, threads: 2) }
    }
    #expect(
      try bytes("a.h5", .float32, numbers.map(Float.init)) == bytes("b.h5", .float32, numbers))
    // 35 bytes: the checksum of an odd number of bytes.
    #expect(
      try bytes("c.h5", .uint8, numbers.map { UInt8($0) }) == bytes("d.h5", .uint8, numbers))
  }

  @Test(arguments: [1, 2, 31, 32, 33, 703, 11_519, 11_520, 11_521, 90_001])
  func `checksums are libhdf5's, of any number of bytes`(count: Int) throws {
    let scratch = try Scratch()
    var random = Random(state: UInt64(count))
    let shape = [count]
    // The greatest sums, those of 0, and any.
    let ranges: [ClosedRange<UInt8>] = [255...255, 0...0, 0...255, 0...1]
    for (index, range) in ranges.enumerated() {
      let numbers = (0..<count).map { _ in UInt8.random(in: range, using: &random) }
      let ours = try file(
        scratch, "\(index) a.h5", type: .uint8, shape: shape, chunk: shape, deflate: nil,
        shuffle: false
      ) { try $0.write(numbers) }
      let theirs = try file(
        scratch, "\(index) b.h5", type: .uint8, shape: shape, chunk: shape, deflate: nil,
        shuffle: false
      ) { try $0.write(numbers.map(Double.init)) }
      #expect(ours == theirs)
    }
  }

  /// Planes of noise are stored as they are, and what libhdf5 and we read is the same.
  @Test(arguments: [1, 6]) func `noise in the low bytes is not deflated`(level: Int) throws {
    let scratch = try Scratch()
    var random = Random(state: 9)
    let count = 70_000
    func size(_ name: String, _ values: [Float]) throws -> UInt64 {
      let path = scratch.path(name)
      let file = try File(creating: path)
      let dataset = try file.root.createDataset(
        "data", type: .float32, shape: [count], chunk: [count], deflate: level, shuffle: true,
        fletcher32: true)
      try dataset.write(values, threads: 2)
      try file.close()
      let written = try File(opening: path).root.dataset("data")
      #expect(try written.readDoubles().map { Float($0) } == values)
      #expect(try written.readFloats(nil, threads: 2) == values)
      return try written.storageSize
    }
    // Three noisy planes of four, and one that all values share.
    let noise = (0..<count).map { _ in Float.random(in: 1..<1.9, using: &random) }
    let stored = try size("noise.h5", noise)
    #expect(stored > 2 * UInt64(count) && stored < 3 * UInt64(count) + 4000)
    // Counts have no noise in their low bytes.
    let counts = (0..<count).map { _ in Float(Int.random(in: 0..<64, using: &random)) }
    #expect(try size("counts.h5", counts) < UInt64(count) * 6 / 5)
    // All bytes are noise.
    let wild = (0..<count).map { _ in
      Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random))
    }
    #expect(try size("wild.h5", wild) < 4 * UInt64(count) + 400)
  }

  @Test func `chunks over the edge come back, whatever the level and the number of threads`() throws
  {
    let scratch = try Scratch()
    let shape = [7, 5, 11]
    var random = Random(state: 5)
    let values = (0..<385).map { _ in Float.random(in: -1...1, using: &random) }
    for level in [1, 4, 9] {
      let files = try [1, 2, 5].map { threads in
        try file(
          scratch, "\(level)-\(threads).h5", type: .float32, shape: shape, chunk: [3, 2, 4],
          deflate: level, shuffle: true
        ) { dataset in
          let rows = [0..<3, 3..<7]
          for rows in rows {
            let slab = Hyperslab(start: [rows.lowerBound, 0, 0], count: [rows.count, 5, 11])
            try dataset.write(
              Array(values[(rows.lowerBound * 55)..<(rows.upperBound * 55)]), slab,
              threads: threads)
          }
        }
      }
      #expect(files[0] == files[1] && files[0] == files[2])
      let read = try File(opening: scratch.path("\(level)-2.h5")).root.dataset("data")
      #expect(try read.readFloats() == values)
    }
  }

  @Test func `a slab that cuts chunks is written as well, before and after whole chunks`() throws {
    let scratch = try Scratch()
    var expected = [Float](repeating: 0, count: 48)
    _ = try file(
      scratch, "cut.h5", type: .float32, shape: [6, 8], chunk: [3, 4], deflate: 4, shuffle: true
    ) { dataset in
      func write(_ start: [Int], _ count: [Int], _ value: Float) throws {
        let slab = Hyperslab(start: start, count: count)
        try dataset.write(Array(repeating: value, count: slab.elementCount), slab, threads: 2)
        for i in 0..<count[0] {
          for j in 0..<count[1] { expected[(start[0] + i) * 8 + start[1] + j] = value }
        }
      }
      try write([1, 2], [3, 5], 1)
      try write([0, 0], [3, 8], 2)
      try write([2, 3], [2, 2], 3)
      try write([3, 4], [3, 4], 4)
    }
    #expect(
      try File(opening: scratch.path("cut.h5")).root.dataset("data").readFloats() == expected)
  }
}
