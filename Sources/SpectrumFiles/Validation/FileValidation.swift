internal import HDF5

/// Looks whether a file keeps the rules of its format.
public struct FileValidation {
  /// The formats whose rules were asked for: `HSPY`, `NeXus`, or both.
  public private(set) var formats: [String] = []
  /// What was found, in the order of the file.
  public private(set) var findings: [Finding] = []

  /// True when no rule is broken that keeps readers from the data.
  public var isSound: Bool { !findings.contains { $0.rule.severity == .error } }

  /// Looks at a file: at HyperSpy's side where it has one, and at the NeXus side where it has one.
  ///
  /// - Throws: ``SpectrumFileError`` when there is no such file, when it is damaged, no HDF5, or neither
  ///   HSPY nor NeXus.
  public init(of path: String) throws(SpectrumFileError) {
    self = try translatingErrors(of: path) {
      let root = try File(opening: path).root
      var validation = FileValidation()
      let isHSPY =
        try root.contains("Experiments") || root.contains("Analysis")
        || root.attribute("file_format")?.text == "HyperSpy"
      if isHSPY {
        validation.formats.append("HSPY")
        validation.findings += try HSPYValidation(root).findings
      }
      let hasPlots =
        try !NeXusTree.entries(of: root).isEmpty || !NeXusTree.plots(of: root).isEmpty
        || root.attribute("NX_class") != nil
      if hasPlots {
        validation.formats.append("NeXus")
        validation.findings += try NeXusValidation(root).findings
      }
      guard !validation.formats.isEmpty else {
        throw SpectrumFileError(
          .notHSPY, path: path, object: "/",
          "\(path) is HDF5, but neither HSPY (no group /Experiments) nor NeXus (no NXentry)")
      }
      return validation
    }
  }

  private init() {}
}
