internal import CHDF5

/// A step through which the chunks of a dataset pass on their way to the disk.
public struct Filter: Sendable, Equatable {
  /// The number under which The HDF Group registered the filter.
  public let id: Int
  /// Its usual name, for example `gzip`.
  public let name: String
  /// True when it can be undone, for numbers at least: by a ``Codec``, or by this libhdf5 or one of its
  /// plug-ins.
  public let available: Bool
  /// True when this libhdf5 has it, or finds it as a plug-in.
  let isInLibrary: Bool
  /// Its settings, for example the level of gzip or the element size of shuffle.
  public let parameters: [UInt32]

  /// Creates the description of a filter.
  public init(id: Int, name: String, available: Bool, parameters: [UInt32] = []) {
    self.init(id: id, name: name, isInLibrary: available, parameters: parameters)
  }

  init(id: Int, name: String, isInLibrary: Bool, parameters: [UInt32]) {
    self.id = id
    self.name = name
    self.isInLibrary = isInLibrary
    available = isInLibrary || Codec(rawValue: id) != nil
    self.parameters = parameters
  }

  /// The usual name of a filter; nil for one that is not well known.
  ///
  /// Source: the HDF Group's list of registered filters.
  static func name(_ id: Int) -> String? {
    switch id {
    case 1: "gzip"
    case 2: "shuffle"
    case 3: "fletcher32"
    case 4: "szip"
    case 5: "nbit"
    case 6: "scaleoffset"
    case 307: "bzip2"
    case 32000: "lzf"
    case 32001: "blosc"
    case 32004: "lz4"
    case 32008: "bitshuffle"
    case 32013: "zfp"
    case 32015: "zstd"
    case 32017, 32024: "SZ"
    case 32026: "blosc2"
    default: nil
    }
  }

  /// The filters of a dataset's creation property list, in the order of writing.
  static func all(of creation: hid_t, at site: CallSite) throws(HDF5Error) -> [Filter] {
    let count = try site.call { H5Pget_nfilters(creation) }
    var filters: [Filter] = []
    for index in 0..<UInt32(count) {
      var (flags, settings, configuration): (UInt32, Int, UInt32) = (0, 8, 0)
      var parameters = [UInt32](repeating: 0, count: settings)
      var name = [CChar](repeating: 0, count: 128)
      let id = try site.call {
        H5Pget_filter2(
          creation, index, &flags, &settings, &parameters, name.count - 1, &name, &configuration
        )
      }
      let available = try site.call { H5Zfilter_avail(H5Z_filter_t(id)) } > 0
      let letters = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      let given = String(decoding: letters, as: UTF8.self)
      filters.append(
        Filter(
          id: Int(id), name: Self.name(Int(id)) ?? (given.isEmpty ? "an unnamed filter" : given),
          isInLibrary: available, parameters: Array(parameters.prefix(settings))))
    }
    return filters
  }
}
