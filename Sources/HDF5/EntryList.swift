/// The names of links or attributes, collected while libhdf5 visits them as they lie in the file.
///
/// They are put in order here: libhdf5 would need a table for it, which crashes it on some damaged files.
final class EntryList {
  /// A name that no file has, unless its maker could foresee it.
  static let nobodysName = "\(UInt64.random(in: 0...(.max)))-\(UInt64.random(in: 0...(.max)))"

  private var entries: [(name: String, order: Int64)] = []

  /// Takes the next name and its place in the order of creation; for libhdf5 to call.
  static let append:
    @convention(c) (UnsafePointer<CChar>?, Int64, UnsafeMutableRawPointer?) -> Int32 = {
      name, order, context in
      guard let name, let context else { return -1 }
      let list = Unmanaged<EntryList>.fromOpaque(context).takeUnretainedValue()
      list.entries.append((String(cString: name), order))
      return 0
    }

  /// The pointer to hand to libhdf5; valid as long as the list lives.
  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  /// The names in the order of their creation, else in that of their bytes.
  func names(inOrderOfCreation: Bool) -> [String] {
    let sorted = entries.sorted { first, second in
      if inOrderOfCreation, first.order != second.order { return first.order < second.order }
      return first.name.utf8.lexicographicallyPrecedes(second.name.utf8)
    }
    return sorted.map(\.name)
  }
}
