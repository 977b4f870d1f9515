internal import HDF5
internal import Spectra

/// An array of numbers that lies in a file as one run of bytes, row-major.
///
/// A part is read run by run, so that memory and time are those of the part, whatever the size of
/// the file.
struct RawArray: SignalStorage {
  /// The file.
  let file: ByteFile
  /// Which object of the file it is.
  let path: String
  /// Where the first number begins.
  let offset: Int
  /// The sizes along the dimensions, slowest first.
  let shape: [Int]
  /// The type of the numbers: a real one.
  let elementType: ElementType
  /// True when the first byte of a number is its most significant one.
  let isBigEndian: Bool

  func floats(_ slab: Hyperslab, threads: Int) throws -> [Float] {
    switch elementType {
    case .int8: try numbers(slab, of: Int8.self) { Float($0) }
    case .int16: try numbers(slab, of: Int16.self) { Float($0) }
    case .int32: try numbers(slab, of: Int32.self) { Float($0) }
    case .int64: try numbers(slab, of: Int64.self) { Float($0) }
    case .bool: try numbers(slab, of: UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: try numbers(slab, of: UInt8.self) { Float($0) }
    case .uint16: try numbers(slab, of: UInt16.self) { Float($0) }
    case .uint32: try numbers(slab, of: UInt32.self) { Float($0) }
    case .uint64: try numbers(slab, of: UInt64.self) { Float($0) }
    case .float32: try numbers(slab, of: UInt32.self) { Float(bitPattern: $0) }
    case .float64: try numbers(slab, of: UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float16, .complex64, .complex128: throw notReal
    }
  }

  func doubles(_ slab: Hyperslab) throws -> [Double] {
    switch elementType {
    case .int8: try numbers(slab, of: Int8.self) { Double($0) }
    case .int16: try numbers(slab, of: Int16.self) { Double($0) }
    case .int32: try numbers(slab, of: Int32.self) { Double($0) }
    case .int64: try numbers(slab, of: Int64.self) { Double($0) }
    case .bool: try numbers(slab, of: UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: try numbers(slab, of: UInt8.self) { Double($0) }
    case .uint16: try numbers(slab, of: UInt16.self) { Double($0) }
    case .uint32: try numbers(slab, of: UInt32.self) { Double($0) }
    case .uint64: try numbers(slab, of: UInt64.self) { Double($0) }
    case .float32: try numbers(slab, of: UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: try numbers(slab, of: UInt64.self) { Double(bitPattern: $0) }
    case .float16, .complex64, .complex128: throw notReal
    }
  }

  func integers(_ slab: Hyperslab) throws -> [Int64] {
    try wholeNumbers(doubles(slab), of: path, in: file.path)
  }

  private var notReal: SpectrumFileError {
    SpectrumFileError(
      .unsupported, path: file.path, object: path,
      "\(file.path): \(path) holds \(elementType.rawValue), which is no spectrum")
  }

  /// The numbers of a slab, converted one by one.
  private func numbers<Stored: FixedWidthInteger, Number>(
    _ slab: Hyperslab, of type: Stored.Type, _ convert: (Stored) -> Number
  ) throws -> [Number] {
    precondition(
      !shape.isEmpty && slab.count.count == shape.count
        && zip(shape, zip(slab.start, slab.count)).allSatisfy { $1.0 >= 0 && $1.0 + $1.1 <= $0 },
      "\(slab) of \(shape)")
    // The trailing dimensions that the slab covers, and the one before them, lie in one run.
    var inner = shape.count - 1
    while inner > 0, slab.count[inner] == shape[inner] { inner -= 1 }
    let stride = shape.dropFirst(inner + 1).reduce(1, *)
    let run = slab.count.dropFirst(inner).reduce(1, *)
    var values: [Number] = []
    values.reserveCapacity(slab.elementCount)
    var bytes = [UInt8](repeating: 0, count: run * MemoryLayout<Stored>.size)
    for outer in Self.positions(Array(slab.count[..<inner])) {
      var index = 0
      for (axis, size) in shape[...inner].enumerated() {
        index = index * size + slab.start[axis] + (axis < inner ? outer[axis] : 0)
      }
      try bytes.withUnsafeMutableBytes { buffer in
        try file.read(offset + index * stride * MemoryLayout<Stored>.size, into: buffer)
        for number in buffer.bindMemory(to: Stored.self) {
          values.append(
            convert(isBigEndian ? Stored(bigEndian: number) : Stored(littleEndian: number)))
        }
      }
    }
    return values
  }

  /// All positions of a box, row-major; one, the empty one, of a box without dimensions.
  private static func positions(_ counts: [Int]) -> [[Int]] {
    counts.reduce([[]]) { positions, count in
      positions.flatMap { position in (0..<count).map { position + [$0] } }
    }
  }
}

/// An array of numbers in memory, of one dimension.
struct MemoryArray: SignalStorage {
  /// The file that it was read from.
  let file: String
  /// Which object of the file it is.
  let path: String
  /// The numbers.
  let values: [Double]

  var shape: [Int] { [values.count] }

  func floats(_ slab: Hyperslab, threads: Int) -> [Float] { doubles(slab).map { Float($0) } }

  func doubles(_ slab: Hyperslab) -> [Double] {
    Array(values[slab.start[0]..<slab.start[0] + slab.count[0]])
  }

  func integers(_ slab: Hyperslab) throws -> [Int64] {
    try wholeNumbers(doubles(slab), of: path, in: file)
  }
}

/// Numbers that must be whole, as whole numbers.
private func wholeNumbers(_ values: [Double], of object: String, in path: String) throws -> [Int64]
{
  try values.map { value in
    guard let integer = Int64(exactly: value) else {
      throw SpectrumFileError(
        .unsupported, path: path, object: object,
        "\(path): \(object) holds \(value) where whole numbers belong")
    }
    return integer
  }
}
