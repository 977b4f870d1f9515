/// The Python line that opens a file in HyperSpy 1.7.3, 2.0.1 and 2.5.0.
///
/// HyperSpy chooses its reader by the name's ending alone, and several readers claim `.h5` and
/// `.hdf5`: there the reader must be named.
func hyperSpyLine(opening path: String, signals: [String]) -> String {
  let quoted = "\"" + path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  let arguments = path.lowercased().hasSuffix(".hspy") ? quoted : "\(quoted), reader=\"hspy\""
  return "\(signals.joined(separator: ", ")) = hs.load(\(arguments))"
}
