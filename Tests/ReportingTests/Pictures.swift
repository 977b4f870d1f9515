import Foundation

#if canImport(FoundationXML)
import FoundationXML
#endif

/// An empty folder that a test may fill and that is gone afterwards.
struct PictureFolder: ~Copyable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "eels-dag-pictures-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

/// What the header of a PNG says; nil for anything else.
struct PNGHeader: Equatable {
  var width: Int
  var height: Int

  init?(_ bytes: [UInt8]) {
    guard bytes.count > 24, bytes[..<8] == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A],
      bytes[12..<16].elementsEqual("IHDR".utf8)
    else { return nil }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 << 8 | Int($1) } }
    width = number(16..<20)
    height = number(20..<24)
  }
}

/// The texts and paths of an SVG document; throws where it is not well-formed XML.
final class SVGContents: NSObject, XMLParserDelegate {
  private(set) var texts: [String] = []
  private(set) var root = ""
  /// The path data of every drawn line, with the colour that it has.
  private(set) var lines: [(data: String, style: String)] = []
  private var current: String?

  init(_ bytes: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.coderReadCorrupt) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if root.isEmpty { root = name }
    if name == "text" { current = "" }
    // Older versions of cairo write one style attribute, newer ones an attribute a property.
    if name == "path", let data = attributes["d"] {
      let style = attributes.filter { $0.key != "d" }.map { "\($0.key):\($0.value)" }
      lines.append((data, style.sorted().joined(separator: ";")))
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { current? += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if let text = current, name == "text" {
      texts.append(text)
      current = nil
    }
  }
}
