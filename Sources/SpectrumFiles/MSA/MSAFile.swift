internal import Spectra

/// A spectrum in text (`.msa`), as the Microscopy Society of America and ISO 22029 define it.
///
/// Data, axis and metadata are those that HyperSpy gets through rosettasciio. Where the energies
/// stand beside the values and the keywords do not give them, they are the axis.
enum MSAFile {
  /// Opens a file whose first bytes are those of one.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be read, is truncated, or holds no spectrum.
  static func contents(of path: String) throws(SpectrumFileError) -> SpectrumFile.Contents {
    let file = try ByteFile(reading: path)
    guard file.size <= largest else {
      throw SpectrumFileError(
        .unsupported, path: path,
        "\(path) has \(file.size) bytes, too many for one spectrum in text; convert it to .hspy")
    }
    let bytes = try file.readAll()
    let text: MSAText
    do throws(MSAText.Fault) {
      text = try MSAText(bytes)
    } catch {
      throw SpectrumFileError(
        .damaged, path: path, "\(path): line \(error.line) \(error.what); correct the line")
    }
    return try contents(of: text, path)
  }

  private static let largest = 64 << 20

  private static func contents(
    of text: MSAText, _ path: String
  ) throws(SpectrumFileError) -> SpectrumFile.Contents {
    let metadata = MSAMetadata(of: text)
    var warnings: [String] = []
    let declared = metadata.number("NPOINTS").map { Int(exactly: $0.rounded()) ?? -1 }
    if let declared, declared != text.values.count {
      guard text.isComplete else {
        throw SpectrumFileError(
          .truncated, path: path,
          "\(path) is truncated: it has \(text.values.count) of \(declared) values and no #ENDOFDATA; "
            + "copy it again")
      }
      warnings.append("NPOINTS says \(declared) values where there are \(text.values.count)")
    }
    guard !text.values.isEmpty else {
      throw SpectrumFileError(
        .unsupported, path: path, "\(path) holds no values: there are none behind #SPECTRUM")
    }
    let axis = Axis(
      name: metadata.text("XLABEL") ?? "", units: metadata.text("XUNITS") ?? "",
      isNavigation: false, isBinned: ["EELS", "EDS_TEM", "EDS_SEM"].contains(metadata.signalType),
      calibration: calibration(text, metadata, &warnings))
    let header = SignalHeader(
      title: metadata.text("TITLE") ?? "", signalType: metadata.signalType, axes: [axis],
      elementType: .float64, metadata: metadata.metadata(fileName: path),
      originalMetadata: metadata.original)
    let name = header.title.isEmpty ? "spectrum" : header.title
    let signal = StoredSignal(
      name: name, path: path, header: header,
      storage: MemoryArray(file: path, path: "SPECTRUM", values: text.values), order: [0],
      storedBytes: text.values.count * ElementType.float64.byteCount, warnings: warnings)
    return SpectrumFile.Contents(
      format: .msa(version: metadata.text("VERSION") ?? "1.0"), signals: [signal],
      warnings: warnings)
  }

  /// The axis of `XPERCHAN` and `OFFSET`; without them, that of the energies beside the values.
  private static func calibration(
    _ text: MSAText, _ metadata: MSAMetadata, _ warnings: inout [String]
  ) -> Axis.Calibration {
    let count = text.values.count
    let given = UniformAxis(
      offset: metadata.number("OFFSET") ?? 0, scale: metadata.number("XPERCHAN") ?? 1, count: count)
    let energies = text.energies
    let isGiven = metadata.number("XPERCHAN") != nil
    func strays(_ axis: UniformAxis) -> Bool {
      energies.indices.contains { !(abs(axis[$0] - energies[$0]) <= abs(axis.scale) / 2) }
    }
    if !energies.isEmpty, !isGiven, energies.allSatisfy(\.isFinite) {
      let last = energies.count - 1
      let uniform = UniformAxis(
        offset: energies[0], scale: last > 0 ? (energies[last] - energies[0]) / Double(last) : 1,
        count: count)
      return uniform.isUsable && !strays(uniform) ? .uniform(uniform) : .points(energies)
    }
    if !given.isUsable {
      warnings.append(
        "XPERCHAN \(given.scale) and OFFSET \(given.offset) tell the channels not apart; channel "
          + "numbers are used")
      return .uniform(UniformAxis(offset: 0, scale: 1, count: count))
    }
    if strays(given) {
      warnings.append(
        "the energies beside the values stray from OFFSET and XPERCHAN by more than half a channel; "
          + "OFFSET and XPERCHAN are used")
    }
    return .uniform(given)
  }
}
