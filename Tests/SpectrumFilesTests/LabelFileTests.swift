import Foundation
import Spectra
import SpectrumFiles
import Testing

/// Files of labels; Tests/Interop/test_label.py has them written by NumPy and HyperSpy.
@Suite struct LabelFileTests {
  /// Spectra in two rows of three.
  private static let header = SignalHeader(
    title: "image",
    axes: [
      .navigation("y", count: 2), .navigation("x", count: 3),
      .energyLoss(UniformAxis(offset: 0, scale: 1, count: 4)),
    ])

  private func labels(
    _ bytes: [UInt8], name: String = "labels.npy", names: [String]? = nil
  ) throws -> Labels {
    try Fixture.withPath(name) { path in
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      return try LabelFile.labels(in: path, of: Self.header, names: names).labels
    }
  }

  /// NumPy's format: magic word, version 1, the length of the header, header, elements.
  private func npy(_ header: String, _ data: [UInt8]) -> [UInt8] {
    let text = Array(header.utf8) + [10]
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)]
      + text + data
  }

  private var small: [UInt8] {
    npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }", [0, 1, 2, 255, 1, 0])
  }

  @Test func indices() throws {
    let found = try labels(small)
    #expect(found.values == [0, 1, 2, -1, 1, 0])
    #expect(found.classNames == ["class 0", "class 1", "class 2"])
    #expect(found.axes == Self.header.navigationAxes && found.counts == [2, 2, 1])
    let columns = npy(
      "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }",
      [0, 0, 3, 0, 1, 0, 4, 0, 2, 0, 255, 255])
    #expect(try labels(columns).values == [0, 1, 2, 3, 4, -1])
  }

  @Test func arraysInMemory() throws {
    func labels(
      _ shape: [Int], _ values: LabelArray.Values, _ names: [String]? = nil
    ) throws(SpectrumFileError) -> Labels {
      try LabelArray(source: "x", shape: shape, values: values).labels(
        of: Self.header, names: names)
    }
    // Three masks of two rows of three, and the same with the masks last.
    let first: [Double] = [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    #expect(try labels([3, 2, 3], .numbers(first)).values == [0, 1, 2, -1, 1, -1])
    let last: [Double] = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    #expect(try labels([2, 3, 3], .numbers(last)).values == [0, 1, 2, -1, 1, -1])
    #expect(
      try labels([6], .names(["b", "a", "", "b", "none", "a"])).values == [1, 0, -1, 1, -1, 0])
    #expect(
      try labels([6], .names(["b", "a", "", "b", "none", "a"]), ["b", "a"]).values
        == [0, 1, -1, 0, -1, 1])
    #expect(throws: SpectrumFileError.self) { try labels([3, 2], .numbers(Array(first[..<6]))) }
    #expect(throws: SpectrumFileError.self) {
      try labels([6], .numbers([0, 0, 0, 0, 0, .infinity]))
    }
    #expect(throws: SpectrumFileError.self) { try labels([6], .numbers([0, 0, 0, 0, 0, 1e300])) }
  }

  /// Files with some bytes changed are read or refused in words; nothing crashes.
  @Test func mutants() throws {
    var state: UInt64 = 11
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let wholes = [
      small,
      npy(
        "{'descr': '<U4', 'fortran_order': False, 'shape': (6,), }", Array(repeating: 65, count: 96)
      ),
      npy("{'descr': '|b1', 'fortran_order': True, 'shape': (2, 3), }", [0, 1, 0, 1, 0, 1]),
      Array("0,1,2\n1,\"0\",-1\n".utf8), Array("y,x,l\n0,0,a\n".utf8),
    ]
    var read = 0
    for round in 0..<600 {
      var bytes = wholes[round % wholes.count]
      for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
      if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
      do {
        _ = try labels(bytes)
        read += 1
      } catch let error as SpectrumFileError {
        #expect(!error.description.isEmpty)
      }
    }
    #expect(read > 30 && read < 500, "\(read) read")
  }
}
