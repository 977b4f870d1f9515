internal import CCairo

/// The surface that everything is drawn on: the one place that calls cairo.
///
/// In an SVG, texts stay texts, which can be searched and edited: cairo would draw their outlines,
/// so they are put into the file by ``finish()``, above everything else.
package final class Canvas {
  /// Pixels of a PNG to a point: 144 to the inch.
  package static let pixelsPerPoint = 2.0
  private static let fontName = "DejaVu Sans"

  /// Where a text is attached to its place.
  package enum Anchor: String, Sendable {
    /// The place is the text's beginning.
    case start
    /// The place is its middle.
    case middle
    /// The place is its end.
    case end
  }

  private final class Sink {
    var bytes: [UInt8] = []
  }

  private let format: PictureFormat
  private let sink = Sink()
  private let surface: OpaquePointer?
  private let context: OpaquePointer?
  private var texts: [String] = []

  /// Creates a white canvas of `width` × `height` points.
  package init(_ format: PictureFormat, width: Double, height: Double) {
    self.format = format
    switch format {
    case .png:
      let scale = Self.pixelsPerPoint
      surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32((width * scale).rounded(.up)),
        Int32((height * scale).rounded(.up)))
      context = cairo_create(surface)
      cairo_scale(context, scale, scale)
    case .svg:
      surface = cairo_svg_surface_create_for_stream(
        Self.receive, Unmanaged.passUnretained(sink).toOpaque(), width, height)
      context = cairo_create(surface)
    }
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    fill(Box(left: 0, top: 0, width: width, height: height), .white)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// Draws straight lines from point to point; a point that is not finite interrupts them, and one that
  /// stands alone is a dot.
  package func stroke(_ points: [Point], _ stroke: Stroke) {
    select(stroke.colour)
    cairo_set_line_width(context, stroke.width)
    let dashes = stroke.isDashed ? [4 * stroke.width, 2.5 * stroke.width] : []
    cairo_set_dash(context, dashes, Int32(dashes.count), 0)
    func isDrawn(_ index: Int) -> Bool {
      points.indices.contains(index) && points[index].x.isFinite && points[index].y.isFinite
    }
    for index in points.indices where isDrawn(index) {
      let point = points[index]
      if isDrawn(index - 1) {
        cairo_line_to(context, point.x, point.y)
      } else {
        cairo_move_to(context, point.x, point.y)
      }
    }
    cairo_stroke(context)
    for index in points.indices
    where isDrawn(index) && !isDrawn(index - 1) && !isDrawn(index + 1) {
      cairo_arc(context, points[index].x, points[index].y, 1.5 * stroke.width, 0, 2 * .pi)
      cairo_fill(context)
    }
  }

  /// Draws the outline of a box.
  package func stroke(_ box: Box, _ stroke: Stroke) {
    select(stroke.colour)
    cairo_set_line_width(context, stroke.width)
    cairo_set_dash(context, nil, 0, 0)
    cairo_rectangle(context, box.left, box.top, box.width, box.height)
    cairo_stroke(context)
  }

  /// Fills a box.
  package func fill(_ box: Box, _ colour: Colour) {
    select(colour)
    cairo_rectangle(context, box.left, box.top, box.width, box.height)
    cairo_fill(context)
  }

  /// Fills the polygon with the given corners, which must be finite.
  package func fill(_ corners: [Point], _ colour: Colour) {
    guard let first = corners.first else { return }
    select(colour)
    cairo_move_to(context, first.x, first.y)
    for corner in corners.dropFirst() { cairo_line_to(context, corner.x, corner.y) }
    cairo_close_path(context)
    cairo_fill(context)
  }

  /// Draws `pixels` so that they fill `box`.
  ///
  /// Each is first repeated until it is at least one device pixel large, so that cairo only ever
  /// shrinks: shrinking averages neighbours, enlarging would blur the rows into each other.
  package func draw(_ pixels: Pixels, in box: Box) {
    func repetitions(_ extent: Double, _ count: Int) -> Int {
      max(1, Int((extent * Self.pixelsPerPoint / Double(count)).rounded(.up)))
    }
    let across = repetitions(box.width, pixels.columns)
    let down = repetitions(box.height, pixels.rows)
    let (width, height) = (pixels.columns * across, pixels.rows * down)
    let image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    defer { cairo_surface_destroy(image) }
    let stride = Int(cairo_image_surface_get_stride(image))
    guard let data = cairo_image_surface_get_data(image) else {
      // Makes `finish` report why.
      cairo_set_source_surface(context, image, 0, 0)
      return
    }
    for row in 0..<height {
      let line = UnsafeMutableRawPointer(data + row * stride)
        .bindMemory(to: UInt32.self, capacity: width)
      let first = row / down * pixels.columns
      for column in 0..<width { line[column] = pixels.colours[first + column / across] }
    }
    cairo_surface_mark_dirty(image)
    cairo_save(context)
    cairo_translate(context, box.left, box.top)
    cairo_scale(context, box.width / Double(width), box.height / Double(height))
    cairo_set_source_surface(context, image, 0, 0)
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_GOOD)
    cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD)
    cairo_rectangle(context, 0, 0, Double(width), Double(height))
    cairo_fill(context)
    cairo_restore(context)
  }

  /// Keeps what `draw` draws inside `box`.
  package func clipped(to box: Box, _ draw: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, box.left, box.top, box.width, box.height)
    cairo_clip(context)
    draw()
    cairo_restore(context)
  }

  /// Writes one line of text whose capitals are centred on the height of `place`.
  ///
  /// An upward text runs from below to above. A text longer than `room` points ends in an ellipsis.
  package func write(
    _ text: String, at place: Point, size: Double, anchor: Anchor = .start,
    colour: Colour = .ink, isBold: Bool = false, isUpward: Bool = false, room: Double = .infinity
  ) {
    let text = shortened(Self.printable(text), size: size, isBold: isBold, to: room)
    // Capitals of the font are 0.73 of its size high.
    let drop = 0.365 * size
    let base = isUpward ? Point(place.x + drop, place.y) : Point(place.x, place.y + drop)
    if format == .svg {
      let rotation = isUpward ? " transform=\"rotate(-90 \(base.x) \(base.y))\"" : ""
      let weight = isBold ? " font-weight=\"bold\"" : ""
      let hex = String(colour.packed, radix: 16)
      let fill = "#" + String(repeating: "0", count: 6 - hex.count) + hex
      texts.append(
        "<text x=\"\(base.x)\" y=\"\(base.y)\"\(rotation) text-anchor=\"\(anchor.rawValue)\""
          + " font-size=\"\(size)\"\(weight) fill=\"\(fill)\">\(Self.escaped(text))</text>")
      return
    }
    let width = self.width(of: text, size: size, isBold: isBold)
    let shift = anchor == .start ? 0 : anchor == .middle ? -width / 2 : -width
    select(colour)
    cairo_save(context)
    cairo_translate(context, base.x, base.y)
    if isUpward { cairo_rotate(context, -Double.pi / 2) }
    cairo_move_to(context, shift, 0)
    cairo_show_text(context, text)
    cairo_restore(context)
  }

  /// How long a text is, in points.
  package func width(of text: String, size: Double, isBold: Bool = false) -> Double {
    cairo_select_font_face(
      context, Self.fontName, CAIRO_FONT_SLANT_NORMAL,
      isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// The finished picture as the bytes of its file, or why there is none; nothing can be drawn
  /// afterwards.
  package func finish() -> Result<[UInt8], DrawingFailure> {
    var statuses = [cairo_status(context)]
    if format == .png && statuses[0] == CAIRO_STATUS_SUCCESS {
      statuses.append(
        cairo_surface_write_to_png_stream(
          surface, Self.receive, Unmanaged.passUnretained(sink).toOpaque()))
    }
    cairo_surface_finish(surface)
    statuses.append(cairo_surface_status(surface))
    if let failed = statuses.first(where: { $0 != CAIRO_STATUS_SUCCESS }) {
      return .failure(DrawingFailure(reason: String(cString: cairo_status_to_string(failed))))
    }
    return .success(format == .svg ? withTexts(sink.bytes) : sink.bytes)
  }

  /// Why cairo gave up.
  package struct DrawingFailure: Error {
    /// cairo's message.
    package let reason: String
  }

  /// The SVG document with the texts before its closing tag.
  private func withTexts(_ document: [UInt8]) -> [UInt8] {
    let end = document.lastIndex(of: UInt8(ascii: "<")) ?? document.endIndex
    let group = "<g font-family=\"\(Self.fontName), sans-serif\">\n"
    let labels = group + texts.joined(separator: "\n") + "\n</g>\n"
    return document[..<end] + Array(labels.utf8) + document[end...]
  }

  private func select(_ colour: Colour) {
    cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.opacity)
  }

  private func shortened(_ text: String, size: Double, isBold: Bool, to room: Double) -> String {
    guard width(of: text, size: size, isBold: isBold) > room else { return text }
    var kept = text
    while !kept.isEmpty, width(of: kept + "…", size: size, isBold: isBold) > room {
      kept.removeLast()
    }
    return kept + "…"
  }

  /// Control characters, which neither a font nor XML knows, replaced by the sign for such.
  private static func printable(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control || scalar.value & 0xFFFE == 0xFFFE
        ? "\u{FFFD}" : scalar
    }
    var result = ""
    result.unicodeScalars.append(contentsOf: scalars)
    return result
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// What cairo calls with the next bytes of the file.
  private static let receive: cairo_write_func_t = { closure, data, count in
    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
    Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue().bytes
      .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
    return CAIRO_STATUS_SUCCESS
  }
}
