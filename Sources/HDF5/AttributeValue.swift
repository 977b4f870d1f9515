/// The value of an attribute.
public enum AttributeValue: Sendable, Equatable {
  /// One text.
  case string(String)
  /// An array of texts.
  case strings([String])
  /// A truth value: the enumeration of FALSE and TRUE.
  case bool(Bool)
  /// One integer of any width.
  case integer(Int64)
  /// One floating-point number of any width.
  case real(Double)
  /// One complex number.
  case complex(Double, Double)
  /// Bytes whose meaning the file does not know, with their tag.
  case bytes([UInt8], tag: String)
  /// An array of real numbers or truth values, in row-major order.
  case numbers([Double], shape: [Int])
  /// An attribute without a value: the null space.
  case empty
  /// A value of a kind that is not read, in words.
  case unreadable(String)

  /// The text, also of an array of one.
  public var text: String? {
    switch self {
    case .string(let text): text
    case .strings(let texts) where texts.count == 1: texts[0]
    default: nil
    }
  }

  /// The whole number, also of an array of one or of a floating-point number that is whole.
  public var wholeNumber: Int64? {
    if case .integer(let value) = self { return value }
    return number.flatMap(Int64.init(exactly:))
  }

  /// The real or whole number, also of an array of one.
  public var number: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    case .numbers(let values, _) where values.count == 1: values[0]
    default: nil
    }
  }

  /// The truth value, also from a number that is 0 or 1.
  public var truth: Bool? {
    if case .bool(let value) = self { return value }
    return switch number {
    case 0: false
    case 1: true
    default: nil
    }
  }
}
