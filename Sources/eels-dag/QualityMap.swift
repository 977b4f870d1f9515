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

  /// The flags of the spectra of a signal; nil where the file has no map.
  static func flags(in file: SpectrumFile, for signal: StoredSignal) throws -> [QualityFlags]? {
    guard
      let map =
        file.signals.first(where: {
          $0.isMap && $0.header.title == title && $0.belongs(to: signal)
        })
    else { return nil }
    let count = signal.header.spectrumCount
    let values =
      map.header.channelCount == 1 ? try map.read(0..<map.header.spectrumCount).values : []
    let flags = values.compactMap { UInt16(exactly: $0).map(QualityFlags.init) }
    guard flags.count == count && values.count == count else {
      throw Refusal(
        "\(file.path): the map \(map.name) does not hold one number from 0 to \(UInt16.max) for each "
          + "of \(count) spectra; save the spectra to a file of their own, without it")
    }
    return flags
  }

  /// Which spectra of a signal may be used; all of them where the file has no map.
  ///
  /// Refuses spectra that preprocessing flagged when the map that says which is not there any more.
  static func usable(in file: SpectrumFile, for signal: StoredSignal) throws -> [Bool] {
    if let flags = try flags(in: file, for: signal) {
      return flags.map { $0.isDisjoint(with: .unusable) }
    }
    let lost = flaggedCount(Provenance.record(in: signal.header.metadata))
    if lost > 0 {
      throw Refusal(
        "\(file.path): preprocessing flagged spectra as unusable (\(lost) flags), but the map that "
          + "says which is missing, as after a save in HyperSpy; take the file that 'eels-dag "
          + "preprocess' wrote")
    }
    return Array(repeating: true, count: signal.header.spectrumCount)
  }

  /// How many times a record names a flag that makes a spectrum unusable.
  private static func flaggedCount(_ record: JSONValue?) -> Int64 {
    guard case .object(let members)? = record, case .object(let quality)? = members["quality"]
    else { return 0 }
    return QualityFlags.all.reduce(0) { sum, item in
      guard item.flag.isSubset(of: .unusable), case .integer(let count)? = quality[item.name]
      else { return sum }
      return sum + count
    }
  }
}
