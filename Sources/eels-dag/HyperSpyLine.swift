/// The Python line that opens a file in HyperSpy 1.7.3, 2.0.1 and 2.5.0.
///
/// HyperSpy chooses its reader by the name's ending alone, and several readers claim `.h5` and
/// `.hdf5`: there the reader must be named.
func hyperSpyLine(opening path: String, signals: [String]) -> String {
  let quoted = "\"" + path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  let name = path.lowercased()
  // The NeXus reader's other signals are axes and metadata; its default is the spectra.
  if name.hasSuffix(".nxs") { return "\(signals[0]) = hs.load(\(quoted), use_default=True)" }
  let arguments = name.hasSuffix(".hspy") ? quoted : "\(quoted), reader=\"hspy\""
  return "\(signals.joined(separator: ", ")) = hs.load(\(arguments))"
}
