internal import Spectra

/// NumPy's file of one array (`.npy`): a magic word, a version, a header that is a Python dictionary of
/// `descr`, `fortran_order` and `shape`, and the numbers
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
///
/// Numbers, truth values and texts of fixed length are read; pickled objects never are.
struct NPYFile {
  /// The code of the elements, for example `<i4`.
  let type: String
  /// True when the first dimension is the fastest.
  let isFortranOrder: Bool
  /// The sizes of the dimensions.
  let shape: [Int]
  /// Where the elements begin.
  let offset: Int

  /// True for the first bytes of such a file.
  static func begins(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59])
  }

  /// Reads an array of labels of the spectra that `header` describes, if its shape fits them.
  ///
  /// - Throws: ``SpectrumFileError``; nothing is read of an array whose shape does not fit.
  static func labelArray(
    in file: ByteFile, for header: SignalHeader
  ) throws(SpectrumFileError) -> LabelArray {
    let npy = try NPYFile(file)
    guard npy.shape.allSatisfy({ $0 > 0 }),
      !LabelArray.layouts(npy.shape, over: header.navigationShape).isEmpty
    else {
      var empty = LabelArray(source: file.path, shape: [0], values: .numbers([]))
      empty.shape = npy.shape
      throw empty.wrongShape(header)
    }
    return LabelArray(source: file.path, shape: npy.shape, values: try npy.values(of: file))
  }

  init(_ file: ByteFile) throws(SpectrumFileError) {
    let start = try file.read(0..<min(12, file.size))
    guard start.count >= 10 else { throw file.truncated }
    // The length takes two bytes in version 1, four in the later ones.
    let wide = start[6] > 1
    guard start.count >= (wide ? 12 : 10) else { throw file.truncated }
    let length = start[8..<(wide ? 12 : 10)].reversed().reduce(0) { $0 << 8 | Int($1) }
    offset = (wide ? 12 : 10) + length
    guard length <= Self.longestHeader else {
      throw Self.damaged(file, "its header declares \(length) bytes")
    }
    let text = String(decoding: try file.read((wide ? 12 : 10)..<offset), as: UTF8.self)
    guard let type = text.firstMatch(of: #/'descr'\s*:\s*'([^']*)'/#),
      let order = text.firstMatch(of: #/'fortran_order'\s*:\s*(True|False)/#),
      let shape = text.firstMatch(of: #/'shape'\s*:\s*\(([^)]*)\)/#)
    else {
      throw Self.unsupported(
        file, "is no plain array; save indices, names or masks with numpy.save")
    }
    self.type = String(type.1)
    isFortranOrder = order.1 == "True"
    var sizes: [Int] = []
    for part in shape.1.split(separator: ",") {
      let digits = part.filter { !$0.isWhitespace }
      if digits.isEmpty { continue }
      guard let size = Int(digits), size >= 0 else {
        throw Self.damaged(file, "its shape is (\(shape.1))")
      }
      sizes.append(size)
    }
    self.shape = sizes
  }

  private static let longestHeader = 1 << 16

  /// The elements, row-major.
  private func values(of file: ByteFile) throws(SpectrumFileError) -> LabelArray.Values {
    var parts = type[...]
    let order = parts.first.map { "<>|=".contains($0) ? parts.removeFirst() : "|" } ?? "|"
    guard let kind = parts.first, let size = Int(parts.dropFirst()), size > 0, size < 1 << 16 else {
      throw Self.unsupported(file, "holds \(type); save indices, names or masks")
    }
    let width = kind == "U" ? 4 * size : size
    var bytes = width
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= file.size - offset else { throw file.truncated }
      bytes = product
    }
    let data = try file.read(offset..<(offset + bytes))
    let isBigEndian = order == ">"
    let count = bytes / width
    func unsigned(_ place: Int, _ width: Int) -> UInt64 {
      let part = data[place..<(place + width)]
      return isBigEndian
        ? part.reduce(0) { $0 << 8 | UInt64($1) }
        : part.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    func all<Value>(_ value: (Int) -> Value) -> [Value] {
      let values = (0..<count).map { value($0 * width) }
      if !isFortranOrder || shape.count < 2 { return values }
      return reordered(
        values, shape: shape.reversed(), order: Array(shape.indices.reversed()))
    }
    switch (kind, size) {
    case ("b", 1): return .truths(all { data[$0] != 0 })
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
      let shift = UInt64(64 - 8 * width)
      return .numbers(all { Double(Int64(bitPattern: unsigned($0, width) << shift) >> shift) })
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8):
      return .numbers(all { Double(unsigned($0, width)) })
    case ("f", 4):
      return .numbers(
        all { Double(Float(bitPattern: UInt32(truncatingIfNeeded: unsigned($0, width)))) })
    case ("f", 8): return .numbers(all { Double(bitPattern: unsigned($0, width)) })
    case ("U", _):
      return .names(
        all { place in
          let scalars = (0..<size).map { UInt32(truncatingIfNeeded: unsigned(place + 4 * $0, 4)) }
          return String(
            String.UnicodeScalarView(
              scalars.prefix { $0 != 0 }.map { Unicode.Scalar($0) ?? "\u{fffd}" }))
        })
    case ("S", _):
      return .names(
        all { place in
          String(decoding: data[place..<(place + size)].prefix { $0 != 0 }, as: UTF8.self)
        })
    default: throw Self.unsupported(file, "holds \(type); save indices, names or masks")
    }
  }

  private static func unsupported(_ file: ByteFile, _ what: String) -> SpectrumFileError {
    SpectrumFileError(.unsupported, path: file.path, "\(file.path) \(what)")
  }

  private static func damaged(_ file: ByteFile, _ what: String) -> SpectrumFileError {
    SpectrumFileError(
      .damaged, path: file.path, "\(file.path) is damaged: \(what); save it again with numpy.save")
  }
}
