#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A file that is of none of the formats that this program reads: what it looks like, by its first bytes,
/// and what its owner can do.
enum OtherFile {
  /// One sentence about a file that is not HDF5.
  static func sentence(about path: String) -> String {
    let own: String? =
      switch FileSignature(of: path) {
      case .digitalMicrograph: "a DigitalMicrograph file"
      case .msa: "an EMSA/MSA file"
      case .other: nil
      }
    if let own {
      return
        "\(path) is \(own), not an HDF5 file: 'eels-dag info' shows it, and 'eels-dag convert' makes "
        + "HSPY or NeXus of it"
    }
    let start = (try? ByteFile(reading: path)).flatMap { try? $0.read(0..<min(length, $0.size)) }
    guard let start else { return "\(path) is not an HDF5 file; \(generally)" }
    if start.isEmpty { return "\(path) is empty, and so not an HDF5 file; copy it again" }
    if let kind = kinds.first(where: { $0.matches(start) }) {
      return "\(path) is \(kind.name), not an HDF5 file; \(kind.advice)"
    }
    if start.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) }) {
      return "\(path) is text, not an HDF5 file; \(table)"
    }
    return "\(path) is not an HDF5 file; \(generally)"
  }

  /// One sentence about a path with nothing behind it, naming files that may be meant.
  static func sentence(aboutMissing path: String) -> String {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard let names = names(in: folder.isEmpty ? "." : folder) else {
      return "\(path): there is no such folder as \(folder); check the path"
    }
    let stem = stem(of: name)
    let near = names.filter { Self.stem(of: $0) == stem && !stem.isEmpty }.sorted()
    if near.isEmpty { return "\(path): there is no such file; check the path" }
    return "\(path): there is no such file; do you mean "
      + near.prefix(3).map { folder + $0 }.joined(separator: " or ") + "?"
  }

  private static let length = 64
  private static let generally = "save the data from HyperSpy as .hspy"
  private static let asSpectra = "open it in HyperSpy (hs.load) and save the spectra as .hspy"
  private static let table =
    "make spectra of its numbers in HyperSpy (hs.signals.Signal1D) and save them as .hspy"

  /// A format, told by bytes at an offset.
  private struct Kind {
    var name: String
    var bytes: [UInt8]
    var offset = 0
    var advice: String

    init(_ name: String, _ text: String, at offset: Int = 0, _ advice: String) {
      self.init(name, Array(text.utf8), at: offset, advice)
    }

    init(_ name: String, _ bytes: [UInt8], at offset: Int = 0, _ advice: String) {
      self.name = name
      self.bytes = bytes
      self.offset = offset
      self.advice = advice
    }

    func matches(_ start: [UInt8]) -> Bool { start.dropFirst(offset).starts(with: bytes) }
  }

  private static let picture = "give the file of the spectra"
  private static let unpack = "unpack it, and give the file of the spectra"
  private static let kinds = [
    Kind("a NumPy array (.npy)", [0x93] + Array("NUMPY".utf8), table),
    Kind("a ZIP archive, or a NumPy .npz", "PK\u{3}\u{4}", unpack),
    Kind("a gzip archive", [0x1f, 0x8b], unpack),
    Kind("a 7z archive", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], unpack),
    Kind("an xz archive", [0xfd, 0x37, 0x7a, 0x58, 0x5a], unpack),
    Kind("a PNG picture", [0x89] + Array("PNG".utf8), picture),
    Kind("a JPEG picture", [0xff, 0xd8, 0xff], picture),
    Kind("a PDF document", "%PDF", picture),
    Kind("a file of TIA (.ser)", [0x49, 0x49, 0x97, 0x01], asSpectra),
    Kind("a TIFF picture", [0x49, 0x49, 0x2a, 0x00], asSpectra),
    Kind("a TIFF picture", [0x4d, 0x4d, 0x00, 0x2a], asSpectra),
    Kind("a file of Bruker (.bcf)", "AAMVHFSS", asSpectra),
    Kind("a file of MATLAB", "MATLAB", asSpectra),
    Kind("a NetCDF 3 file", "CDF", asSpectra),
    Kind("a pickle of Python", [0x80, 0x04, 0x95], "such files can run programs and are not read"),
  ]

  /// A name without its endings, in small letters.
  private static func stem(of name: String) -> String {
    String(name.lowercased().prefix { $0 != "." })
  }

  /// The names in a folder; nil when there is no such folder.
  private static func names(in folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return errno == ENOENT ? nil : [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }
}
