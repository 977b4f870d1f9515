#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// A report in one HTML file that needs nothing else: no network, no script, pictures inside.
package struct HTMLReport {
  /// What stands below the title, one below the other.
  package enum Block {
    /// A heading.
    case heading(String)
    /// Words.
    case paragraph(String)
    /// A finding, good or bad.
    case finding(String, isGood: Bool)
    /// Rows of cells below a head; the first cell of a row is its name, the others are numbers.
    case table([String], rows: [[String]])
    /// A picture and what it shows.
    case figure(Figure, caption: String)
  }

  /// Stands on top.
  package var title: String
  /// The content.
  package var blocks: [Block] = []

  /// Creates an empty report.
  package init(title: String) { self.title = title }

  /// Writes the report.
  ///
  /// - Throws: ``ReportingError``; what was at `path` before is then untouched.
  package func write(to path: String) throws(ReportingError) {
    var body = "<h1>\(Self.escaped(title))</h1>\n"
    for block in blocks {
      switch html(of: block) {
      case .success(let text): body += text + "\n"
      case .failure(let failure): throw .cannotDraw(path: path, reason: failure.reason)
      }
    }
    let page = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
    try PictureFile.save(Array(page.utf8), to: path)
  }

  private func html(of block: Block) -> Result<String, Canvas.DrawingFailure> {
    switch block {
    case .heading(let text): .success("<h2>\(Self.escaped(text))</h2>")
    case .paragraph(let text): .success("<p>\(Self.escaped(text))</p>")
    case .finding(let text, let isGood):
      .success("<p class=\"\(isGood ? "good" : "bad")\">\(Self.escaped(text))</p>")
    case .table(let head, let rows): .success(Self.table(head, rows))
    case .figure(let figure, let caption):
      // A map has as many pixels as the spectra have channels: as a PNG it is smaller, and sharp.
      figure.drawn(as: .png).map { bytes in
        let words = Self.escaped(caption)
        return """
          <figure><img alt="\(words)" width="\(Int(figure.width))" src="data:image/png;base64,\
          \(Data(bytes).base64EncodedString())"><figcaption>\(words)</figcaption></figure>
          """
      }
    }
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      let first = cells.prefix(1).map {
        "<th scope=\"\(tag == "th" ? "col" : "row")\">\(escaped($0))</th>"
      }
      return "<tr>" + (first + cells.dropFirst().map { "<\(tag)>\(escaped($0))</\(tag)>" }).joined()
        + "</tr>"
    }
    return "<table>\n<thead>\(row(head, "th"))</thead>\n<tbody>\n"
      + rows.map { row($0, "td") }.joined(separator: "\n") + "\n</tbody>\n</table>"
  }

  /// A text whose special characters are none to a browser.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  private static let style = """
    body { font: 15px/1.5 "DejaVu Sans", Verdana, sans-serif; color: #222; background: #fff;
      max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
    table { border-collapse: collapse; margin: 0.8rem 0; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.25rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right;
      white-space: nowrap; }
    th:first-child { text-align: left; font-weight: normal; } thead th { font-weight: bold; }
    thead th:first-child { font-weight: bold; }
    figure { margin: 1rem 0; } img { max-width: 100%; height: auto; }
    figcaption { color: #555; font-size: 0.9rem; }
    .good, .bad { padding: 0.4rem 0.8rem; border-left: 4px solid #0072b2; background: #eef5fa; }
    .bad { border-color: #d55e00; background: #fdf1e7; }
    """
}
