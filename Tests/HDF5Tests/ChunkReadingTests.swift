import HDF5
import Testing

/// Chunks decoded by several threads: the values that libhdf5's own filters and conversions give,
/// whatever the threads, and an error for every damage.
struct ChunkReadingTests {
  // MARK: Against libhdf5

  private func slab(in shape: [Int], _ random: inout Random) -> Hyperslab {
    let start = shape.map { Int.random(in: 0..<$0, using: &random) }
    let count = zip(shape, start).map { Int.random(in: 1...($0 - $1), using: &random) }
    return Hyperslab(start: start, count: count)
  }

  /// Writes random arrays and expects the same bits as from the dataset while it is written: then all
  /// reading goes through libhdf5.
  private func compare<Number: StoredNumber>(
    seed: UInt64, number: (inout Random) -> Number
  ) throws {
    let scratch = try Scratch()
    let path = scratch.path("chunks.h5")
    let file = try File(creating: path)
    var random = Random(state: seed)
    var expected: [(name: String, slab: Hyperslab, values: [Float])] = []
    for trial in 0..<24 {
      let shape = (0..<(1 + trial % 4)).map { _ in Int.random(in: 1...9, using: &random) }
      let filters = 1 + Int.random(in: 0..<7, using: &random)
      let dataset = try file.root.createDataset(
        "\(trial)", type: Number.numberType, shape: shape,
        chunk: shape.map { Int.random(in: 1...$0, using: &random) },
        deflate: filters & 1 > 0 ? Int.random(in: 0...9, using: &random) : nil,
        shuffle: filters & 2 > 0, fletcher32: filters & 4 > 0)
      // Not all of the chunks of one array in four are written.
      let part = trial % 4 == 0 ? slab(in: shape, &random) : Hyperslab(all: shape)
      try dataset.write((0..<part.elementCount).map { _ in number(&random) }, part)
      var slabs = [Hyperslab(all: shape)]
      for _ in 0..<6 { slabs.append(slab(in: shape, &random)) }
      for slab in slabs { expected.append(("\(trial)", slab, try dataset.readFloats(slab))) }
    }
    try file.close()
    let root = try File(opening: path).root
    for threads in [1, 3] {
      // The same dataset for all slabs of an array: chunks that were read in part are kept.
      var datasets: [String: Dataset] = [:]
      for (name, slab, values) in expected {
        let dataset = try datasets[name] ?? root.dataset(name)
        datasets[name] = dataset
        let read = try dataset.readFloats(slab, threads: threads)
        #expect(
          read.map(\.bitPattern) == values.map(\.bitPattern),
          "\(Number.self) \(dataset.shape), \(dataset.chunkShape ?? []), \(dataset.filters), \(slab)"
        )
      }
    }
  }

  @Test func `whole numbers are libhdf5's to the bit`() throws {
    func integers<Number: StoredNumber & FixedWidthInteger>(_ type: Number.Type) throws {
      try compare(seed: UInt64(Number.bitWidth)) { random in
        // All magnitudes: Float rounds those beyond 2²⁴.
        Number.random(in: .min ... .max, using: &random)
          >> Number.random(in: 0..<Number(Number.bitWidth), using: &random)
      }
    }
    try integers(Int8.self)
    try integers(Int16.self)
    try integers(Int32.self)
    try integers(Int64.self)
    try integers(UInt8.self)
    try integers(UInt16.self)
    try integers(UInt32.self)
    try integers(UInt64.self)
  }

  @Test func `real numbers are libhdf5's to the bit, NaN and infinity included`() throws {
    try compare(seed: 11) { Float(bitPattern: UInt32.random(in: 0 ... .max, using: &$0)) }
    try compare(seed: 12) { Double(bitPattern: UInt64.random(in: 0 ... .max, using: &$0)) }
    // Around the end of Float's range, its subnormal numbers and the ties of rounding.
    let most = Double(Float.greatestFiniteMagnitude)
    let special = [
      most, most.nextUp, most * (1 + 0x1p-26), most * 2, 0x1p-126, 0x1.8p-149, 0x1p-150,
      1 + 0x1p-24, 1 + 0x3p-24, .infinity, .nan,
    ]
    try compare(seed: 13) { random in
      let sign: Double = .random(using: &random) ? 1 : -1
      return sign * special[Int.random(in: 0..<special.count, using: &random)]
    }
    try compare(seed: 14) { Bool.random(using: &$0) }
  }

  // MARK: Files of h5py

  private static let shape = [8, 24]

  /// Numbers from 0 on, those of a slab.
  private func numbers(_ slab: Hyperslab) -> [Float] {
    (slab.start[0]..<(slab.start[0] + slab.count[0])).flatMap { row in
      (slab.start[1]..<(slab.start[1] + slab.count[1])).map { Float(row * Self.shape[1] + $0) }
    }
  }

  @Test(arguments: [1, 2, 5]) func `chunks that Python encoded`(threads: Int) throws {
    let whole = Hyperslab(all: Self.shape)
    let cut = Hyperslab(start: [1, 5], count: [6, 14])
    for (name, datasets) in [
      (
        "chunks.h5",
        [
          "python i2", "python u2", "python i4", "python f4", "python f8", "python i8", "masks",
          "old checksum", "big endian", "half", "twelve bits",
        ]
      ), ("chunks_v110.h5", ["filtered", "edges unfiltered"]),
    ] {
      let root = try File(opening: fixture(name)).root
      for name in datasets {
        let dataset = try root.dataset(name)
        for slab in [whole, cut, cut, whole] {
          let read = try dataset.readFloats(slab, threads: threads)
          #expect(read == numbers(slab), "\(name) \(slab)")
        }
      }
    }
    let root = try File(opening: fixture("chunks.h5")).root
    let bytes = numbers(whole).map { Float(Int8(truncatingIfNeeded: Int($0))) }
    #expect(try root.dataset("python i1").readFloats(threads: threads) == bytes)
    let grown = Hyperslab(start: [0, 0], count: [3, 5])
    #expect(try root.dataset("grown").readFloats(threads: threads) == numbers(grown))
  }

  @Test(arguments: [1, 4]) func `chunks that were never written hold the fill value`(
    threads: Int
  ) throws {
    let dataset = try File(opening: fixture("chunks.h5")).root.dataset("fill")
    for slab in [Hyperslab(all: Self.shape), Hyperslab(start: [2, 3], count: [5, 20])] {
      var index = 0
      let all = numbers(slab)
      var expected = all
      for row in slab.start[0]..<(slab.start[0] + slab.count[0]) {
        for column in slab.start[1]..<(slab.start[1] + slab.count[1]) {
          if row < 4 ? column < 8 : column >= 8 { expected[index] = 7.5 }
          index += 1
        }
      }
      #expect(try dataset.readFloats(slab, threads: threads) == expected)
    }
  }

  @Test(arguments: [1, 4]) func `damaged chunks are errors, the others are read`(
    threads: Int
  ) throws {
    let group = try File(opening: fixture("chunks.h5")).root.group("damaged")
    let beside = Hyperslab(start: [0, 0], count: [8, 8])
    let part = Hyperslab(start: [5, 9], count: [1, 2])
    let members = try group.members.map(\.name)
    #expect(members.count == 12)
    for name in members where name != "bomb" {
      let dataset = try group.dataset(name)
      #expect(try dataset.readFloats(beside, threads: threads) == numbers(beside), "\(name)")
      for slab in [nil, part] {
        let error = expect(.corrupt) { try dataset.readFloats(slab, threads: threads) }
        #expect(error?.object == "/damaged/\(name)")
        #expect(error?.description.contains("the chunk at [4, 8]") == true, "\(name)")
      }
    }
    let before = peakMemory()
    expect(.corrupt) {
      try group.dataset("bomb").readFloats(Hyperslab(start: [7], count: [5]), threads: threads)
    }
    #expect(peakMemory() - before < 64 << 20)
  }
}
