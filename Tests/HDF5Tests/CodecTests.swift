import HDF5
import Testing

/// Compressions that HDF5 itself lacks: what h5py and hdf5plugin wrote comes back, and damage is an error.
struct CodecTests {
  private static let codecs = [
    "lzf", "lz4", "lz4 blocks", "zstd", "blosc", "blosc lz4 bits", "blosc zlib", "blosc zstd",
  ]
  private static let shape = [40, 24]

  private func numbers(_ slab: Hyperslab) -> [Int] {
    (slab.start[0]..<(slab.start[0] + slab.count[0])).flatMap { row in
      (slab.start[1]..<(slab.start[1] + slab.count[1])).map { (row * Self.shape[1] + $0) % 97 }
    }
  }

  @Test(arguments: codecs) func `numbers come back, in every way of reading`(codec: String) throws {
    let good = try File(opening: fixture("codecs.h5")).root.group("good")
    let slabs = [
      Hyperslab(all: Self.shape), Hyperslab(start: [3, 5], count: [30, 17]),
      Hyperslab(start: [39, 23], count: [1, 1]),
    ]
    for kind in ["i2", "f4", "f8", "all"] {
      let dataset = try good.dataset("\(codec) \(kind)")
      let isAvailable = dataset.filters.allSatisfy(\.available)
      #expect(isAvailable, "\(dataset.filters)")
      for slab in slabs {
        let expected = numbers(slab)
        let floats: [Float] = expected.map { Float($0) }
        for threads in [1, 3] {
          #expect(try dataset.readFloats(slab, threads: threads) == floats)
        }
        #expect(try dataset.readDoubles(slab).map { Int($0) } == expected)
        #expect(try dataset.readIntegers(slab).map { Int($0) } == expected)
      }
    }
    let bytes = try good.dataset("\(codec) i2").readBytes()
    let words: [UInt8] = numbers(Hyperslab(all: Self.shape)).flatMap { [UInt8($0), 0] }
    #expect(bytes == words)
  }

  @Test(arguments: codecs) func `long matches and noise come back`(codec: String) throws {
    let good = try File(opening: fixture("codecs.h5")).root.group("good")
    let long = try good.dataset("\(codec) long").readIntegers()
    #expect(long == (0..<60_000).map { $0 < 20_000 ? Int64($0 % 251) : 7 })
    // The same noise for all of them.
    let noise = try good.dataset("\(codec) noise").readIntegers()
    let same = try good.dataset("lzf noise").readIntegers()
    #expect(noise == same)
    #expect(noise.count == 3000 && Set(noise).count > 2990)
  }

  @Test(arguments: codecs) func `damage is an error or other numbers, never a crash`(
    codec: String
  ) throws {
    let damaged = try File(opening: fixture("codecs.h5")).root.group("damaged")
    let all = try damaged.members.map(\.name).filter { $0.hasPrefix("\(codec), ") }
    #expect(all.count >= 10)
    for name in all {
      let dataset = try damaged.dataset(name)
      if name.hasSuffix("whole") {
        #expect(try dataset.readFloats() == (0..<1000).map { Float($0 % 97) })
      } else if name.contains("byte") {
        // A literal may be another one, for none of them has a checksum of its own.
        do throws(HDF5Error) {
          #expect(try dataset.readFloats().count == 1000)
        } catch {
          #expect(error.kind == .corrupt, "\(name)")
        }
      } else {
        expect(.corrupt) { try dataset.readFloats() }
        expect(.corrupt) { try dataset.readDoubles() }
      }
    }
  }

  @Test func `a compression that is not known is named, with what to do`() throws {
    let dataset = try File(opening: fixture("codecs.h5")).root.dataset("bitshuffle")
    #expect(dataset.filters.map(\.available) == [false])
    let error = expect(.filterUnavailable(id: 32008, name: "bitshuffle")) {
      try dataset.readFloats()
    }
    #expect(error?.detail.contains("gzip") == true)
  }
}
