import Preprocessing
import Spectra
import SpectrumFiles

/// The map of quality flags that `preprocess` writes and `augment` heeds.
enum QualityMap {
  /// Its title, by which it is known.
  static let title = "Quality flags"

  /// What the bits mean, for whoever opens the map in HyperSpy.
  static var metadata: MetadataTree {
    var bits = MetadataTree()
    for (flag, name, meaning) in QualityFlags.all {
      bits["bit_\(flag.rawValue)"] = .string("\(name): \(meaning)")
    }
    return MetadataTree([Provenance.branch: .tree(MetadataTree(["quality_flags": .tree(bits)]))])
  }

  /// Which spectra of a signal may be used; all of them where the file has no map.
  static func usable(in file: SpectrumFile, for signal: StoredSignal) throws -> [Bool] {
    let count = signal.header.spectrumCount
    guard let map = file.signals.first(where: { $0.isMap && $0.header.title == title }),
      map.header.spectrumCount == count
    else { return Array(repeating: true, count: count) }
    return try map.read(0..<count).values.map {
      QualityFlags(rawValue: UInt16($0)).isDisjoint(with: .unusable)
    }
  }
}
