/// The text of a spectral data file (EMSA/MAS, ISO 22029): keywords, then one spectrum.
///
/// A keyword line is `#KEYWORD -units : value`; `#SPECTRUM` begins the data and `#ENDOFDATA` ends them.
/// `DATATYPE` is `Y` for values alone, row after row, or `XY` for pairs of energy and value. Values are
/// separated by commas or blanks.
struct MSAText {
  /// One keyword line before the data.
  struct Keyword: Equatable {
    /// The keyword without its units, for example `BEAMKV`.
    var name: String
    /// The keyword as it stands, for example `BEAMKV   -kV`.
    var key: String
    /// The units, for example `kV`; nil when there are none.
    var units: String?
    /// What stands behind the colon; nil when there is no colon.
    var value: String?
  }

  /// The keywords in order, those of several lines put together.
  let keywords: [Keyword]
  /// The values of the spectrum.
  let values: [Double]
  /// The energies that stand beside the values; empty when there are none.
  let energies: [Double]
  /// True when the data end where the file says so.
  let isComplete: Bool

  /// True for the first bytes of such a file: its first line is the keyword `FORMAT`.
  static func begins(_ bytes: [UInt8]) -> Bool {
    let line = bytes.drop { [9, 10, 13, 32].contains($0) }
      .prefix { ![10, 13, 58].contains($0) }
    let text = String(decoding: line, as: UTF8.self).uppercased()
    return text.first == "#" && text.dropFirst().split(separator: " ").first == "FORMAT"
  }

  /// What is wrong with a text.
  struct Fault: Error, Equatable {
    /// The line, counted from 1.
    var line: Int
    /// In words that follow the line's number.
    var what: String
  }

  /// Reads a text, whose bytes are taken for Latin-1.
  ///
  /// - Throws: ``Fault`` where the data are no numbers.
  init(_ bytes: [UInt8]) throws(Fault) {
    var keywords: [Keyword] = []
    var values: [Double] = []
    var energies: [Double] = []
    var isComplete = false
    var inData = false
    var hasEnergies = false
    var number = 0
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      let text = String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) }))
      if text.first == "#" {
        let keyword = Self.keyword(text)
        if inData {
          isComplete = isComplete || keyword.name == "ENDOFDATA"
          continue
        }
        if keyword.name == "SPECTRUM" {
          inData = true
          hasEnergies =
            keywords.last { $0.name == "DATATYPE" }?.value.map {
              Self.trimmed($0[...]).uppercased() == "XY"
            } ?? false
          continue
        }
        let place = keywords.firstIndex { $0.key == keyword.key }
        if let place, ["TITLE", "COMMENT"].contains(keyword.name) {
          keywords[place].value = (keywords[place].value ?? "") + (keyword.value ?? "")
        } else if let place {
          keywords[place].value = keyword.value
        } else {
          guard keywords.count < Self.mostKeywords else {
            throw Fault(line: number, what: "is the keyword of number \(Self.mostKeywords + 1)")
          }
          keywords.append(keyword)
        }
      } else if inData, !isComplete {
        try Self.add(text, of: number, hasEnergies, &energies, &values)
      }
    }
    self.keywords = keywords
    self.values = values
    self.energies = energies
    self.isComplete = isComplete
  }

  private static let mostKeywords = 10_000

  /// Takes a keyword line apart; a hyphen parts the keyword from its units.
  private static func keyword(_ line: String) -> Keyword {
    let body = line.drop { $0 == "#" }
    let colon = body.firstIndex(of: ":")
    let key = trimmed(body[..<(colon ?? body.endIndex)])
    let hyphen = key.firstIndex(of: "-")
    return Keyword(
      name: trimmed(key[..<(hyphen ?? key.endIndex)]), key: key,
      units: hyphen.map { trimmed(key[key.index(after: $0)...]) },
      value: colon.map { value(body[body.index(after: $0)...]) })
  }

  /// What stands behind the colon and a blank: a text of several lines may begin with more blanks.
  private static func value(_ text: Substring) -> String {
    let value = text.first == " " ? text.dropFirst() : text
    return String(value.reversed().drop(while: \.isWhitespace).reversed())
  }

  /// Adds the numbers of a line.
  private static func add(
    _ line: String, of number: Int, _ hasEnergies: Bool, _ energies: inout [Double],
    _ values: inout [Double]
  ) throws(Fault) {
    let fields = line.split { $0 == "," || $0.isWhitespace }
    guard !hasEnergies || fields.count.isMultiple(of: 2) else {
      throw Fault(line: number, what: "has no value beside every energy")
    }
    for (index, field) in fields.enumerated() {
      guard let value = Double(field) else {
        throw Fault(line: number, what: "is no row of numbers: \(field.prefix(40))")
      }
      if hasEnergies, index.isMultiple(of: 2) {
        energies.append(value)
      } else {
        values.append(value)
      }
    }
  }

  static func trimmed(_ text: Substring) -> String {
    String(
      text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
