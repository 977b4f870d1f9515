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
