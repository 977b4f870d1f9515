/// The format of a file of spectra.
///
/// It is told by the first bytes, never by the name: microscopes' files get renamed.
public enum FileFormat: Sendable, Equatable {
  /// HyperSpy's own, in HDF5, with its version.
  case hspy(version: String)
  /// NeXus, with the version of its definitions where the file names it.
  case nexus(version: String)
  /// Gatan DigitalMicrograph, version 3 (`.dm3`) or 4 (`.dm4`).
  case digitalMicrograph(version: Int)
  /// The spectral data file of the Microscopy Society of America (EMSA/MAS, ISO 22029), with its
  /// version.
  case msa(version: String)

  /// The version of the format, for example `3.3`.
  public var version: String {
    switch self {
    case .hspy(let version), .nexus(let version), .msa(let version): version
    case .digitalMicrograph(let version): String(version)
    }
  }
}

extension FileFormat: CustomStringConvertible {
  /// Name and version, for example `HSPY 3.3`.
  public var description: String {
    switch self {
    case .hspy: "HSPY \(version)"
    case .nexus: version.isEmpty ? "NeXus" : "NeXus \(version)"
    case .digitalMicrograph: "DigitalMicrograph \(version)"
    case .msa: "EMSA/MSA \(version)"
    }
  }
}

/// What a file's first bytes say about how it is to be read.
enum FileSignature: Equatable {
  /// A DigitalMicrograph file.
  case digitalMicrograph
  /// A spectral data file in text.
  case msa
  /// Anything else, HDF5 or not, or nothing that can be opened: libhdf5 looks at it and says what is
  /// wrong.
  case other

  /// Looks at the file at `path`.
  init(of path: String) {
    guard let file = try? ByteFile(reading: path),
      let start = try? file.read(0..<min(Self.length, file.size))
    else {
      self = .other
      return
    }
    if DigitalMicrographTags.begin(start) {
      self = .digitalMicrograph
    } else if MSAText.begins(start) {
      self = .msa
    } else {
      self = .other
    }
  }

  /// The bytes that are looked at.
  private static let length = 256
}
