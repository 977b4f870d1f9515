/// The number type of an array in a file.
public enum ElementType: String, Sendable, Equatable, CaseIterable {
  /// One byte, FALSE or TRUE.
  case bool
  /// Signed integers.
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
  /// Two single-precision numbers.
  case complex64
  /// Two double-precision numbers.
  case complex128

  /// True for the types whose values are real numbers that fit a spectrum.
  public var isReal: Bool {
    switch self {
    case .complex64, .complex128: false
    default: true
    }
  }
}
