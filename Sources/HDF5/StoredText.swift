internal import CHDF5

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// How texts lie in files: of variable or fixed length, ASCII or UTF-8, with any padding.
enum StoredText {
  /// ASCII where that suffices, as the oldest readers expect; else UTF-8.
  static func characterSet(of text: String) -> H5T_cset_t {
    text.utf8.allSatisfy { $0 < 128 } ? H5T_CSET_ASCII : H5T_CSET_UTF8
  }

  /// UTF-8 of variable length.
  static func variableLengthType(at site: CallSite) throws(HDF5Error) -> ScopedID {
    let type = try site.scoped(H5Tclose) { H5Tcopy(hdf5_c_string()) }
    _ = try site.call { H5Tset_size(type.id, hdf5_variable_length()) }
    _ = try site.call { H5Tset_cset(type.id, H5T_CSET_UTF8) }
    return type
  }

  /// Fixed length for the longest of the values, padded with NULs.
  static func fixedLengthType(
    for values: [String], at site: CallSite
  ) throws(HDF5Error) -> ScopedID {
    let type = try site.scoped(H5Tclose) { H5Tcopy(hdf5_c_string()) }
    _ = try site.call { H5Tset_size(type.id, length(of: values)) }
    _ = try site.call { H5Tset_strpad(type.id, H5T_STR_NULLPAD) }
    _ = try site.call { H5Tset_cset(type.id, characterSet(of: values.joined())) }
    return type
  }

  /// The bytes of the values, each padded with NULs to the length of the longest.
  static func padded(_ values: [String]) -> [UInt8] {
    let length = length(of: values)
    return values.flatMap { value in
      let bytes = Array(value.utf8)
      return bytes + [UInt8](repeating: 0, count: length - bytes.count)
    }
  }

  /// HDF5 has no type of length zero.
  private static func length(of values: [String]) -> Int {
    max(1, values.map(\.utf8.count).max() ?? 1)
  }

  /// Refuses texts that would come back shorter: in files NUL ends a text.
  static func check(_ values: [String], at site: CallSite) throws(HDF5Error) {
    for value in values where value.utf8.contains(0) {
      throw site.error(.wrongType, "the text \(value.debugDescription) contains a NUL character")
    }
  }

  /// Hands out the values as an array of pointers to NUL-terminated texts.
  static func withPointers(
    _ values: [String], _ body: (UnsafeRawPointer) throws(HDF5Error) -> Void
  ) throws(HDF5Error) {
    var texts = values.map { strdup($0) }
    defer { for text in texts { free(text) } }
    // libhdf5 takes no null pointer, not even for nothing.
    if texts.isEmpty { texts = [strdup("")] }
    try texts.withUnsafeBufferPointer { (pointers) throws(HDF5Error) in
      guard let base = pointers.baseAddress else { return }
      try body(UnsafeRawPointer(base))
    }
  }

  /// Reads `count` texts; `read` gets a memory type and room for the elements.
  ///
  /// - Parameters:
  ///   - type: the type in the file
  ///   - space: the shape of the data in the file
  ///   - count: the number of elements
  ///   - site: the place for errors
  ///   - read: reads all elements of the given type to the given place
  /// - Returns: the texts without their padding.
  /// - Throws: what `read` fails with.
  static func read(
    _ type: hid_t, space: hid_t, count: Int, at site: CallSite,
    _ read: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    guard count > 0 else { return [] }
    if try site.call({ H5Tis_variable_str(type) }) > 0 {
      return try readVariable(type, space: space, count: count, at: site, read)
    }
    let size = try ElementKind.size(of: type, at: site)
    let padding = H5T_str_t(try site.call { H5Tget_strpad(type).rawValue })
    let (total, overflow) = size.multipliedReportingOverflow(by: count)
    guard !overflow else { throw site.error(.corrupt) }
    var bytes = [UInt8](repeating: 0, count: total)
    _ = try site.call { read(type, &bytes) }
    return (0..<count).map { index in
      unpadded(bytes[(index * size)..<((index + 1) * size)], padding)
    }
  }

  private static func readVariable(
    _ type: hid_t, space: hid_t, count: Int, at site: CallSite,
    _ read: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    // What a failed read has allocated before it failed is given back too.
    defer {
      Library.release { _ = H5Dvlen_reclaim(type, space, hid_t(H5P_DEFAULT), &pointers) }
    }
    _ = try site.call { read(type, &pointers) }
    return pointers.map { pointer in
      guard let pointer else { return "" }
      return decoded(
        UnsafeBufferPointer(start: pointer, count: strlen(pointer)).map { UInt8(bitPattern: $0) })
    }
  }

  private static func unpadded(_ bytes: ArraySlice<UInt8>, _ padding: H5T_str_t) -> String {
    var bytes = bytes
    switch padding {
    case H5T_STR_NULLTERM: bytes = bytes.prefix { $0 != 0 }
    case H5T_STR_SPACEPAD: while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    default: while bytes.last == 0 { bytes.removeLast() }
    }
    return decoded(bytes)
  }

  /// UTF-8; bytes that are none are taken for Latin-1, the µ and Å of files from before UTF-8.
  private static func decoded(_ bytes: some Collection<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}
