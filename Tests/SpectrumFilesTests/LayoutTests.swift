import Foundation
import SpectrumFiles
import Testing

/// Where numbers lie: chunk shapes and the boxes of a range of spectra.
struct LayoutTests {
  private struct Case: Decodable {
    var navigation: [Int]
    var signal: [Int]
    var bytes: Int
    var chunk: [Int]
  }

  @Test func `chunk shapes are HyperSpy's`() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("chunks.json")))
    let cases = try JSONDecoder().decode([Case].self, from: data)
    #expect(cases.count == 17)
    for item in cases {
      let chunk = chunkShape(
        navigation: item.navigation, signal: item.signal, itemBytes: item.bytes)
      #expect(chunk == item.chunk, "\(item)")
    }
  }

  @Test(arguments: [
    ([128, 128], 1360, 4, [13, 13]), ([256, 256], 2048, 4, [11, 11]),
    ([1024, 1024], 2048, 4, [3, 40]), ([1024, 1024], 2048, 2, [3, 81]),
    ([512, 512], 2048, 4, [7, 17]), ([4096, 4096], 2048, 4, [1, 122]),
    ([4096, 8192], 4096, 4, [1, 61]), ([1, 1024, 1024], 2048, 4, [1, 3, 40]),
    ([50, 300, 400], 2048, 4, [1, 11, 11]), ([100_000], 300, 4, [833]), ([], 2048, 4, []),
  ]) func `wide images get chunks of fewer rows`(
    navigation: [Int], channels: Int, bytes: Int, expected: [Int]
  ) {
    let chunk = streamedChunkShape(navigation: navigation, signal: [channels], itemBytes: bytes)
    #expect(chunk == expected + [channels])
  }

  @Test func `a row of chunks fits memory, a chunk a megabyte, for any shape`() {
    for width in stride(from: 1, through: 6000, by: 37) {
      for channels in [1, 100, 1024, 3001, 60_000] {
        for bytes in [1, 2, 4, 8] {
          let navigation = [700, width]
          let chunk = streamedChunkShape(
            navigation: navigation, signal: [channels], itemBytes: bytes)
          let theirs = chunkShape(navigation: navigation, signal: [channels], itemBytes: bytes)
          let rowBytes = width * channels * 4
          #expect(chunk[0] == 1 || chunk[0] * rowBytes <= 32_000_000, "\(chunk) of \(navigation)")
          #expect(chunk[..<2].reduce(1, *) == 1 || chunk.reduce(bytes, *) <= 1_000_000)
          #expect(zip(chunk, navigation + [channels]).allSatisfy { 1...$1 ~= $0 })
          if theirs[0] * rowBytes <= 32_000_000 { #expect(chunk == theirs) }
        }
      }
    }
  }

  @Test(arguments: [[7], [3, 4], [2, 3, 4], [1, 5], [5, 1], [2, 2, 2, 2]])
  func `boxes cover a range in order`(shape: [Int]) {
    let count = shape.reduce(1, *)
    for first in 0...count {
      for last in first...count {
        let boxes = navigationBoxes(first..<last, shape: shape)
        #expect(boxes.flatMap { positions($0, shape: shape) } == Array(first..<last))
        #expect(boxes.count <= 2 * shape.count - 1)
      }
    }
    #expect(navigationBoxes(0..<count, shape: shape).count == 1)
    #expect(navigationBoxes(0..<1, shape: []) == [NavigationBox(start: [], count: [])])
  }

  /// The row-major positions of a box, in order.
  private func positions(_ box: NavigationBox, shape: [Int]) -> [Int] {
    var positions = [0]
    for axis in shape.indices {
      let range = box.start[axis]..<(box.start[axis] + box.count[axis])
      positions = positions.flatMap { position in range.map { position * shape[axis] + $0 } }
    }
    return positions
  }
}
