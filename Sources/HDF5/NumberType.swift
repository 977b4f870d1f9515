internal import CHDF5

/// The types of number that an HDF5 file holds; the byte order on disk does not matter.
public enum NumberType: String, Sendable, Equatable, CaseIterable {
  /// Signed bytes.
  case int8
  /// Signed 16-bit integers.
  case int16
  /// Signed 32-bit integers.
  case int32
  /// Signed 64-bit integers.
  case int64
  /// Unsigned bytes.
  case uint8
  /// Unsigned 16-bit integers.
  case uint16
  /// Unsigned 32-bit integers.
  case uint32
  /// Unsigned 64-bit integers.
  case uint64
  /// IEEE half precision.
  case float16
  /// IEEE single precision.
  case float32
  /// IEEE double precision.
  case float64
  /// An enumeration of FALSE = 0 and TRUE = 1: how h5py and HyperSpy write truth values.
  case bool
  /// A compound of two single-precision numbers, `r` and `i`.
  case complex64
  /// A compound of two double-precision numbers, `r` and `i`.
  case complex128

  /// True for complex numbers.
  public var isComplex: Bool { self == .complex64 || self == .complex128 }

  /// True for floating-point numbers.
  var isReal: Bool { [.float16, .float32, .float64].contains(self) }

  /// The bytes of one number.
  public var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    }
  }
}

extension NumberType {
  /// The type as it is written to files: little-endian, the same on every machine.
  func fileType(at site: CallSite) throws(HDF5Error) -> ScopedID {
    switch self {
    case .int8: try copy(hdf5_int8, site)
    case .int16: try copy(hdf5_int16, site)
    case .int32: try copy(hdf5_int32, site)
    case .int64: try copy(hdf5_int64, site)
    case .uint8: try copy(hdf5_uint8, site)
    case .uint16: try copy(hdf5_uint16, site)
    case .uint32: try copy(hdf5_uint32, site)
    case .uint64: try copy(hdf5_uint64, site)
    case .float32: try copy(hdf5_float32, site)
    case .float64: try copy(hdf5_float64, site)
    case .float16: try half(site)
    case .bool: try truth(site)
    case .complex64: try complex(hdf5_float32, size: 4, site)
    case .complex128: try complex(hdf5_float64, size: 8, site)
    }
  }

  private func copy(_ type: () -> hid_t, _ site: CallSite) throws(HDF5Error) -> ScopedID {
    try site.scoped(H5Tclose) { H5Tcopy(type()) }
  }

  /// IEEE 754 binary16: sign 1, exponent 5 (bias 15), significand 10 bits.
  private func half(_ site: CallSite) throws(HDF5Error) -> ScopedID {
    let type = try copy(hdf5_float32, site)
    _ = try site.call { H5Tset_fields(type.id, 15, 10, 5, 0, 10) }
    _ = try site.call { H5Tset_size(type.id, 2) }
    _ = try site.call { H5Tset_ebias(type.id, 15) }
    return type
  }

  private func truth(_ site: CallSite) throws(HDF5Error) -> ScopedID {
    let type = try site.scoped(H5Tclose) { H5Tenum_create(hdf5_int8()) }
    for (name, number) in [("FALSE", 0), ("TRUE", 1)] {
      var value = Int8(number)
      _ = try site.call { H5Tenum_insert(type.id, name, &value) }
    }
    return type
  }

  private func complex(
    _ part: () -> hid_t, size: Int, _ site: CallSite
  ) throws(HDF5Error) -> ScopedID {
    let type = try site.scoped(H5Tclose) { H5Tcreate(H5T_COMPOUND, 2 * size) }
    _ = try site.call { H5Tinsert(type.id, "r", 0, part()) }
    _ = try site.call { H5Tinsert(type.id, "i", size, part()) }
    return type
  }
}

/// A Swift number type whose arrays go to and from datasets.
public protocol StoredNumber: BitwiseCopyable, Sendable {
  /// The HDF5 type of the same values.
  static var numberType: NumberType { get }
}

extension Int8: StoredNumber {
  /// Signed bytes.
  public static var numberType: NumberType { .int8 }
}

extension Int16: StoredNumber {
  /// Signed 16-bit integers.
  public static var numberType: NumberType { .int16 }
}

extension Int32: StoredNumber {
  /// Signed 32-bit integers.
  public static var numberType: NumberType { .int32 }
}

extension Int64: StoredNumber {
  /// Signed 64-bit integers.
  public static var numberType: NumberType { .int64 }
}

extension UInt8: StoredNumber {
  /// Unsigned bytes.
  public static var numberType: NumberType { .uint8 }
}

extension UInt16: StoredNumber {
  /// Unsigned 16-bit integers.
  public static var numberType: NumberType { .uint16 }
}

extension UInt32: StoredNumber {
  /// Unsigned 32-bit integers.
  public static var numberType: NumberType { .uint32 }
}

extension UInt64: StoredNumber {
  /// Unsigned 64-bit integers.
  public static var numberType: NumberType { .uint64 }
}

extension Float: StoredNumber {
  /// IEEE single precision.
  public static var numberType: NumberType { .float32 }
}

extension Double: StoredNumber {
  /// IEEE double precision.
  public static var numberType: NumberType { .float64 }
}

extension Bool: StoredNumber {
  /// The enumeration of FALSE and TRUE.
  public static var numberType: NumberType { .bool }
}

extension StoredNumber {
  /// The type of the values in memory.
  static func memoryType(at site: CallSite) throws(HDF5Error) -> ScopedID {
    let native: () -> hid_t
    switch numberType {
    case .int8: native = hdf5_native_int8
    case .int16: native = hdf5_native_int16
    case .int32: native = hdf5_native_int32
    case .int64: native = hdf5_native_int64
    case .uint8: native = hdf5_native_uint8
    case .uint16: native = hdf5_native_uint16
    case .uint32: native = hdf5_native_uint32
    case .uint64: native = hdf5_native_uint64
    case .float32: native = hdf5_native_float
    case .float64: native = hdf5_native_double
    case .bool: return try NumberType.bool.fileType(at: site)
    case .float16, .complex64, .complex128:
      preconditionFailure("\(Self.self) has no memory type of its own")
    }
    return try site.scoped(H5Tclose) { H5Tcopy(native()) }
  }
}
