internal import Spectra

/// A table of labels in text (RFC 4180, also with tabs or semicolons): a row a line of the image, or a
/// label a line; or, under a line of headings, the indices of a spectrum and its label.
///
/// Lines that begin with # and empty ones are left out; cells may stand in quotation marks. One line
/// too many at the top is taken for headings.
struct LabelTable {
  /// The file.
  let path: String
  /// The cells, all rows of one length.
  let rows: [[String]]

  /// The largest table.
  private static let largest = 256 << 20

  init(_ file: ByteFile) throws(SpectrumFileError) {
    path = file.path
    guard file.size <= Self.largest else {
      throw SpectrumFileError(
        .unsupported, path: path,
        "\(path) has \(file.size) bytes, too many for a table of labels; save them with numpy.save")
    }
    let bytes = try file.readAll()
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw SpectrumFileError(
        .unsupported, path: path,
        "\(path) is neither HSPY nor .npy nor a table in text (UTF-8); give labels in one of these")
    }
    let lines = text.drop { $0 == "\u{feff}" }.split(whereSeparator: \.isNewline).filter { line in
      line.first != "#" && line.contains { !$0.isWhitespace }
    }
    let separator: Character? = [",", ";", "\t"].first { mark in
      lines.contains { $0.contains(mark) }
    }
    var rows: [[String]] = []
    for (number, line) in lines.enumerated() {
      let cells = Self.cells(line, separator)
      guard cells.count == rows.first?.count ?? cells.count else {
        throw SpectrumFileError(
          .unsupported, path: path,
          "\(path): row \(number + 1) has \(Self.number(cells.count)) where the first has "
            + "\(rows[0].count); give a table whose rows are of one length")
      }
      rows.append(cells)
    }
    self.rows = rows
  }

  private static func number(_ cells: Int) -> String { cells == 1 ? "1 cell" : "\(cells) cells" }

  /// The cells of a line; without a separator, numbers may have blanks between them.
  private static func cells(_ line: Substring, _ separator: Character?) -> [String] {
    guard let separator else {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      return words.allSatisfy { Double($0) != nil } ? words : [trimmed(line)]
    }
    var cells: [String] = []
    var cell = ""
    var isQuoted = false
    var rest = line
    while let character = rest.popFirst() {
      if isQuoted, character == "\"", rest.first == "\"" {
        cell.append(rest.removeFirst())
      } else if character == "\"", isQuoted || trimmed(cell[...]).isEmpty {
        isQuoted.toggle()
      } else if character == separator, !isQuoted {
        cells.append(trimmed(cell[...]))
        cell = ""
      } else {
        cell.append(character)
      }
    }
    return cells + [trimmed(cell[...])]
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  // MARK: Labels

  /// The table as an array of labels of the spectra that `header` describes.
  ///
  /// - Throws: ``SpectrumFileError`` when the shape does not fit them.
  func array(for header: SignalHeader) throws(SpectrumFileError) -> LabelArray {
    for skipped in [0, 1] where rows.count > skipped {
      let body = Array(rows[skipped...])
      let shape = [body.count, body[0].count]
      if LabelArray.layouts(shape, over: header.navigationShape) == [.single] {
        return LabelArray(source: path, shape: shape, values: Self.values(body.flatMap(\.self)))
      }
    }
    if let labels = indexed(header) {
      return LabelArray(source: path, shape: header.navigationShape, values: Self.values(labels))
    }
    let shape = [rows.count, rows.first?.count ?? 0]
    let cells = rows.flatMap(\.self)
    throw LabelArray(source: path, shape: shape, values: .names(cells)).wrongShape(header)
  }

  /// The labels of a table of indices and labels under headings; nil for another one.
  private func indexed(_ header: SignalHeader) -> [String]? {
    let shape = header.navigationShape
    let count = header.spectrumCount
    guard rows.count == count + 1, let columns = rows.first?.count else { return nil }
    guard columns == shape.count + 1 || columns == 2 else { return nil }
    let extents = columns == shape.count + 1 ? shape : [count]
    var labels = [String?](repeating: nil, count: count)
    for row in rows.dropFirst() {
      var place = 0
      for (extent, cell) in zip(extents, row) {
        guard let index = Int(cell), (0..<extent).contains(index) else { return nil }
        place = place * extent + index
      }
      guard labels[place] == nil else { return nil }
      labels[place] = row[columns - 1]
    }
    return labels.compactMap(\.self)
  }

  /// Numbers where all cells that are not empty are numbers, else names.
  private static func values(_ cells: [String]) -> LabelArray.Values {
    var numbers: [Double] = []
    for cell in cells {
      guard let number = cell.isEmpty ? -1 : Double(cell) else { return .names(cells) }
      numbers.append(number)
    }
    return .numbers(numbers)
  }
}
