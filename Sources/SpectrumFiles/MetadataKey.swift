/// How a name in the file says what kind of value it holds: HyperSpy's prefixes, taken apart.
///
/// `_list_x` and `_tuple_x` hold sequences, `_list_3_x` sequences that are groups, `_list_empty_x`
/// empty ones, `_bs_x` bytes, `_sig_x` a signal, `_hspy_AxesManager_x` axes,
/// `_ragged_shapes_x` the shapes of a ragged array `x`, `_datetime_date` and `_datetime_time`
/// dates of format versions below 2.
enum MetadataKey: Equatable {
  case plain(String)
  case list(String)
  case tuple(String)
  case emptyList(String)
  case emptyTuple(String)
  case bytes(String)
  case date(String)
  case time(String)
  case signal(String)
  case axes(String)
  case raggedShapes

  /// Takes apart the name of an attribute.
  init(attribute name: String) {
    if let key = name.without("_list_empty_") {
      self = .emptyList(key)
    } else if let key = name.without("_tuple_empty_") {
      self = .emptyTuple(key)
    } else if let key = name.without("_bs_") {
      self = .bytes(key)
    } else if let rest = name.without("_datetime_date") {
      self = .date("date" + rest)
    } else if let rest = name.without("_datetime_time") {
      self = .time("time" + rest)
    } else {
      self = .plain(name)
    }
  }

  /// Takes apart the name of a data set.
  init(dataset name: String) {
    if name.hasPrefix("_ragged_shapes_") || name == "ragged_shapes" {
      self = .raggedShapes
    } else if let key = name.without("_list_") {
      self = .list(key)
    } else if let key = name.without("_tuple_") {
      self = .tuple(key)
    } else {
      self = .plain(name)
    }
  }

  /// Takes apart the name of a group.
  init(group name: String) {
    if let key = name.without("_sig_") {
      self = .signal(key)
    } else if let key = name.without("_hspy_AxesManager_") {
      self = .axes(key)
    } else if let key = name.without("_list_")?.afterCount {
      self = .list(key)
    } else if let key = name.without("_tuple_")?.afterCount {
      self = .tuple(key)
    } else {
      self = .plain(name)
    }
  }

  /// The key in the metadata tree; nil for what belongs to another value.
  var key: String? {
    switch self {
    case .plain(let key), .list(let key), .tuple(let key), .emptyList(let key),
      .emptyTuple(let key), .bytes(let key), .date(let key), .time(let key), .signal(let key),
      .axes(let key):
      key
    case .raggedShapes: nil
    }
  }
}

extension String {
  /// What follows a prefix; nil when the text does not begin with it.
  fileprivate func without(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }

  /// `x` of `3_x`; nil when the text does not begin with a number and an underscore.
  fileprivate var afterCount: String? {
    guard let underscore = firstIndex(of: "_"), Int(self[..<underscore]) != nil else { return nil }
    return String(self[index(after: underscore)...])
  }
}
