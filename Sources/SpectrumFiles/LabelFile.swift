public import Spectra

/// A file of labels: HSPY or NeXus, NumPy's `.npy`, or a table in text.
///
/// The format is told by the first bytes; what is none of the others is a table.
public enum LabelFile {
  /// Reads the labels of the spectra that `header` describes.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - header: what the spectra are.
  ///   - names: names of the classes; see ``LabelArray/labels(of:names:)``.
  /// - Returns: the labels, and where in the file they stand.
  /// - Throws: ``SpectrumFileError`` when the file cannot be read, holds no labels or several, or when
  ///   they do not fit the spectra.
  public static func labels(
    in path: String, of header: SignalHeader, names: [String]? = nil
  ) throws(SpectrumFileError) -> (labels: Labels, source: String) {
    let file = try ByteFile(reading: path)
    let start = try file.read(0..<min(8, file.size))
    if NPYFile.begins(start) {
      return (try NPYFile.labelArray(in: file, for: header).labels(of: header, names: names), path)
    }
    if start.count == 8, Array(start) == hdf5Signature || path.hasSuffix(".hspy") {
      let array = try labelArray(in: SpectrumFile(reading: path), for: header)
      return (try array.labels(of: header, names: names), array.source)
    }
    let table = try LabelTable(file)
    return (try table.array(for: header).labels(of: header, names: names), path)
  }

  private static let hdf5Signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The one array of a file that fits the spectra: of several, those with one value a spectrum come
  /// before masks, and those with class names before others; without any, the clusters of the learning
  /// results.
  private static func labelArray(
    in file: SpectrumFile, for header: SignalHeader
  ) throws(SpectrumFileError) -> LabelArray {
    let candidates = file.signals.filter { signal in
      signal.unreadable == nil && !signal.isMap && signal.group != nil
        && signal.header.signalType.isEmpty && signal.header.elementType.isWhole
    }
    func fitting(_ isSingle: Bool) -> [StoredSignal] {
      candidates.filter {
        let layouts = LabelArray.layouts($0.header.shape, over: header.navigationShape)
        return isSingle ? layouts == [.single] : !layouts.isEmpty && layouts != [.single]
      }
    }
    for isSingle in [true, false] {
      let found = fitting(isSingle)
      let ranked = [found.filter { $0.classNames != nil }, found].first { !$0.isEmpty } ?? []
      if ranked.count == 1 { return try labelArray(of: ranked[0]) }
      if ranked.count > 1 {
        throw SpectrumFileError(
          .ambiguous, path: file.path, object: "/Experiments",
          "\(file.path) holds several label arrays: \(ranked.map(\.name).joined(separator: ", ")); "
            + "save the one you mean to a file of its own")
      }
    }
    for signal in file.signals {
      if let clusters = try signal.clusterLabels(fitting: header) { return clusters }
    }
    if let wrong = candidates.first {
      throw try labelArray(of: wrong, isShapeOnly: true).wrongShape(header)
    }
    throw SpectrumFileError(
      .ambiguous, path: file.path, object: "/Experiments",
      "\(file.path) holds no labels: there is no signal of whole numbers, one for every spectrum, and "
        + "no clusters in its learning results")
  }

  /// The values of a signal; with `isShapeOnly` zeros in their place, for an error.
  private static func labelArray(
    of signal: StoredSignal, isShapeOnly: Bool = false
  ) throws(SpectrumFileError) -> LabelArray {
    let source = "\(signal.path), \(signal.name)"
    let shape = signal.header.shape
    if isShapeOnly {
      return LabelArray(source: source, shape: [0], values: .numbers([])).with(shape: shape)
    }
    let values = try signal.readDoubles(0..<signal.header.spectrumCount)
    return LabelArray(
      source: source, shape: shape,
      values: signal.header.elementType == .bool
        ? .truths(values.map { $0 != 0 }) : .numbers(values),
      classNames: signal.classNames)
  }
}

extension LabelArray {
  /// The array with another shape, for an error that names it.
  fileprivate func with(shape: [Int]) -> LabelArray {
    var array = self
    array.shape = shape
    return array
  }
}
