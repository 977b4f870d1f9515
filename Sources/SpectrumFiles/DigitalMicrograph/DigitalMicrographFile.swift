internal import Spectra

/// A DigitalMicrograph file (`.dm3`, `.dm4`): its images but the thumbnails, each a signal.
///
/// Data, axes and metadata are those that HyperSpy gets through rosettasciio, with these differences:
/// big-endian numbers are read as such; where the tags do not say what an image is, a single dimension
/// in eV is taken for an energy axis. An image's numbers stay in the file until they are asked for.
enum DigitalMicrographFile {
  /// Opens a file whose first bytes are those of one.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be read, is truncated or damaged, or holds no
  ///   image.
  static func contents(of path: String) throws(SpectrumFileError) -> SpectrumFile.Contents {
    let file = try ByteFile(reading: path)
    let tags = try DigitalMicrographTags(of: file)
    var root = tags.root
    let images = images(of: root)
    guard !images.isEmpty else {
      throw SpectrumFileError(
        .unsupported, path: path, object: "ImageList",
        "\(path) holds no image but thumbnails; save the spectra from DigitalMicrograph once more")
    }
    root["ImageList"] = nil
    var names: Set<String> = []
    let signals = images.map { index, tree in
      let image = DigitalMicrographImage(
        tags: tree, path: path, object: "ImageList.TagGroup\(index)", isBigEndian: tags.isBigEndian)
      var own = root
      own["ImageList"] = .tree(MetadataTree(["TagGroup0": .tree(tree)]))
      var name = image.title.isEmpty ? "image \(index)" : image.title
      if !names.insert(name).inserted {
        name += " (image \(index))"
        names.insert(name)
      }
      return image.signal(named: name, in: file, originalMetadata: own)
    }
    return SpectrumFile.Contents(
      format: .digitalMicrograph(version: tags.version), signals: signals,
      warnings: tags.warnings + signals.flatMap(\.warnings))
  }

  /// The images of a file, with their numbers, but for those that are thumbnails.
  private static func images(of root: MetadataTree) -> [(index: Int, tags: MetadataTree)] {
    guard case .tree(let list)? = root["ImageList"] else { return [] }
    var thumbnails: Set<Int64> = []
    if case .tree(let entries)? = root["Thumbnails"] {
      for case (_, .tree(let entry)) in entries.members {
        if case .integer(let index)? = entry["ImageIndex"] { thumbnails.insert(index) }
      }
    }
    var images: [(index: Int, tags: MetadataTree)] = []
    for (index, member) in list.members.enumerated() where !thumbnails.contains(Int64(index)) {
      if case .tree(let tags) = member.value { images.append((index, tags)) }
    }
    return images
  }
}
