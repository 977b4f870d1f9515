internal import HDF5
internal import Spectra

extension ElementType {
  /// The type of numbers in a data set.
  init(_ type: NumberType) {
    self =
      switch type {
      case .bool: .bool
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .complex64: .complex64
      case .complex128: .complex128
      }
  }

  /// The type of a data set that holds such numbers.
  var numberType: NumberType {
    switch self {
    case .bool: .bool
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .float16: .float16
    case .float32: .float32
    case .float64: .float64
    case .complex64: .complex64
    case .complex128: .complex128
    }
  }

  /// The bytes of one number.
  var byteCount: Int { numberType.size }

  /// The least and the greatest finite value; nil where every Double has its place.
  var range: ClosedRange<Double>? {
    switch self {
    case .bool: 0...1
    case .int8: -0x1p7...0x1p7 - 1
    case .int16: -0x1p15...0x1p15 - 1
    case .int32: -0x1p31...0x1p31 - 1
    // The greatest Doubles below 2⁶³ and 2⁶⁴.
    case .int64: -0x1p63...0x1.fffffffffffffp62
    case .uint8: 0...0x1p8 - 1
    case .uint16: 0...0x1p16 - 1
    case .uint32: 0...0x1p32 - 1
    case .uint64: 0...0x1.fffffffffffffp63
    case .float16: -65504...65504
    case .float32: -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)
    case .float64, .complex64, .complex128: nil
    }
  }

  /// True for whole numbers and truth values.
  var isWhole: Bool {
    switch self {
    case .float16, .float32, .float64, .complex64, .complex128: false
    default: true
    }
  }
}
