import Foundation
import HDF5
import Testing

/// Datasets: what h5py wrote, what is refused, what is damaged.
struct DatasetTests {
  @Test func `numbers of every type and byte order that h5py wrote`() throws {
    let expected = try Expected.load().numbers
    let file = try File(opening: fixture("kinds.h5"))
    let group = try file.root.group("numbers")
    #expect(try Set(group.members.map(\.name)) == Set(expected.keys))
    let types: [String: NumberType] = [
      "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16,
      "u4": .uint32, "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    for (name, values) in expected {
      let dataset = try group.dataset(name)
      #expect(dataset.shape == [2, 3])
      #expect(try dataset.readDoubles() == values, "\(name)")
      #expect(try dataset.readFloats() == values.map(Float.init), "\(name)")
      let part = Hyperslab(start: [1, 1], count: [1, 2])
      #expect(try dataset.readFloats(part) == [Float(values[4]), Float(values[5])], "\(name)")
      if let type = types[String(name.prefix(2))] {
        #expect(dataset.elementKind == .number(type), "\(name)")
        #expect(dataset.elementSize == type.size)
      }
      if values.allSatisfy({ $0 == $0.rounded() }) {
        #expect(try dataset.readIntegers() == values.map { Int64($0) }, "\(name)")
      } else {
        expect(.wrongType) { try dataset.readIntegers() }
      }
    }
    #expect(try group.dataset("bool").elementKind == .number(.bool))
    #expect(try group.dataset("compact").chunkShape == nil)
    let everything = try group.dataset("everything")
    #expect(everything.chunkShape == [1, 2])
    #expect(
      everything.filters == [
        Filter(id: 2, name: "shuffle", available: true, parameters: [8]),
        Filter(id: 1, name: "gzip", available: true, parameters: [4]),
        Filter(id: 3, name: "fletcher32", available: true),
      ])
  }

  @Test func `elements that are no real numbers are named`() throws {
    let file = try File(opening: fixture("kinds.h5"))
    let other = try file.root.group("other")
    let kinds: [String: ElementKind] = [
      "complex64": .number(.complex64), "complex128 big": .number(.complex128),
      "rgba": .compound(["R", "G", "B", "A"]), "ragged": .variableLength,
      "opaque": .opaque(tag: ""),
      "enumeration": .other("an enumeration"), "reference": .other("references to objects"),
      "long": .other("16-byte floating-point numbers that are not IEEE's"),
    ]
    for (name, kind) in kinds {
      let dataset = try other.dataset(name)
      #expect(dataset.elementKind == kind, "\(name)")
      expect(.wrongType) { try dataset.readFloats() }
      expect(.wrongType) { try dataset.readIntegers() }
      expect(.wrongType) { try dataset.readStrings() }
    }
    #expect(try other.dataset("opaque").readBytes() == [0, 1, 2, 3, 0, 5])
    #expect(try other.dataset("rgba").readBytes() == [1, 2, 3, 4, 5, 6, 7, 8])
    for name in ["ragged", "reference"] {
      expect(.wrongType) { try other.dataset(name).readBytes() }
    }
    expect(.wrongType) { try file.root.dataset("texts/variable ASCII").readBytes() }
    expect(.wrongType) { try file.root.dataset("texts/scalar").readFloats() }
    #expect(try file.root.dataset("texts/scalar").elementKind == .string)
    #expect(try file.root.dataset("texts/scalar").shape == [])
  }

  @Test func `integers are exact or an error, no elements are no values`() throws {
    let file = try File(opening: fixture("kinds.h5"))
    let other = try file.root.group("other")
    #expect(try other.dataset("whole").readIntegers() == [1, -2])
    expect(.wrongType) { try other.dataset("fraction").readIntegers() }
    expect(.wrongType) { try other.dataset("beyond").readIntegers() }
    #expect(try other.dataset("beyond").readIntegers(Hyperslab(start: [1], count: [1])) == [1])
    #expect(try other.dataset("beyond").readDoubles() == [0x1p64, 1])
    for (name, shape) in [("empty", [0]), ("nothing", [0, 3])] {
      let dataset = try other.dataset(name)
      #expect(dataset.shape == shape)
      #expect(try dataset.readFloats() == [])
      #expect(try dataset.readBytes() == [])
    }
  }

  @Test func `texts of every length and padding`() throws {
    let expected = try Expected.load().texts
    let file = try File(opening: fixture("kinds.h5"))
    let group = try file.root.group("texts")
    #expect(try Set(group.members.map(\.name)) == Set(expected.keys))
    for (name, texts) in expected {
      #expect(try group.dataset(name).readStrings() == texts, "\(name)")
    }
    let scratch = try Scratch()
    let path = scratch.path("texts.h5")
    let written = try File(creating: path)
    let long = String(repeating: "µ", count: 200_000)
    try written.root.createStringDataset("list", ["Mn²⁺", "", long])
    try written.root.createStringDataset("one", "core")
    try written.root.createStringDataset("none", [])
    try written.close()
    let root = try File(opening: path).root
    #expect(try root.dataset("list").readStrings() == ["Mn²⁺", "", long])
    #expect(try root.dataset("one").readStrings() == ["core"])
    #expect(try root.dataset("one").shape == [])
    #expect(try root.dataset("none").readStrings() == [])
  }

  @Test func `data of other files are refused, missing filters are named`() throws {
    let file = try File(opening: fixture("kinds.h5"))
    let refused = try file.root.group("refused")
    expect(.refused) { try refused.dataset("virtual") }
    expect(.refused) { try refused.dataset("elsewhere") }
    for (name, id) in [
      ("lzf", 32000), ("zstd", 32015), ("blosc", 32001), ("blosc2", 32026),
      ("bitshuffle", 32008), ("lz4", 32004),
    ] {
      let dataset = try refused.dataset(name)
      guard let filter = dataset.filters.first(where: { $0.id == id }) else {
        Issue.record("\(name): \(dataset.filters)")
        continue
      }
      #expect(filter.name == name)
      // Where a plug-in is installed the values are read.
      if filter.available {
        #expect(try dataset.readDoubles() == (0..<24).map(Double.init))
      } else {
        let error = expect(.filterUnavailable(id: id, name: name)) { try dataset.readFloats() }
        #expect(error?.description.contains("\(name) (HDF5 filter \(id))") == true)
      }
    }
  }

  @Test func `a flipped bit is an error where there is a checksum`() throws {
    let scratch = try Scratch()
    let path = scratch.path("flipped.h5")
    let file = try File(creating: path)
    let dataset = try file.root.createDataset(
      "data", type: .uint8, shape: [64], chunk: [64], fletcher32: true)
    let values = [UInt8](100..<164)
    try dataset.write(values)
    try file.close()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let place = try #require(bytes.firstRange(of: Data(values)))
    bytes[place.lowerBound + 7] ^= 4
    try bytes.write(to: URL(fileURLWithPath: path))
    let damaged = try File(opening: path).root.dataset("data")
    expect(.corrupt) { try damaged.readFloats() }
    expect(.corrupt) { try damaged.readBytes() }
  }

  @Test func `stored sizes are the compressed ones`() throws {
    let scratch = try Scratch()
    let file = try File(creating: scratch.path("sizes.h5"))
    let plain = try file.root.createDataset("plain", type: .float64, shape: [10, 100])
    let packed = try file.root.createDataset(
      "packed", type: .float64, shape: [10, 100], chunk: [5, 100], deflate: 9, shuffle: true)
    #expect(try packed.storageSize == 0)
    for dataset in [plain, packed] { try dataset.write([Double](repeating: 3, count: 1000)) }
    try file.flush()
    #expect(try plain.storageSize == 8000)
    #expect(try 1..<800 ~= packed.storageSize)
    try file.close()
  }

  @Test func `several threads read at once`() async throws {
    let scratch = try Scratch()
    let path = scratch.path("threads.h5")
    let file = try File(creating: path)
    let dataset = try file.root.createDataset(
      "data", type: .int32, shape: [200, 50], chunk: [7, 50], deflate: 1)
    try dataset.write((0..<10_000).map(Int32.init))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for row in stride(from: task, to: 200, by: 8) {
            let values = try dataset.readIntegers(Hyperslab(start: [row, 0], count: [1, 50]))
            #expect(values == (0..<50).map { Int64(row * 50 + $0) })
            expect(.notFound) { try file.root.group("missing \(task)") }
          }
        }
      }
      try await group.waitForAll()
    }
    try file.close()
  }
}
