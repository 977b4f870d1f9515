#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// An arithmetic expression of named numbers, as HyperSpy's `FunctionalDataAxis` has it: `a*x**2+b`.
///
/// Python's operators `+ - * / **` with its precedence, parentheses, numbers, names, and the
/// functions abs, sqrt, exp, log, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh.
struct AxisExpression {
  private indirect enum Node {
    case number(Double)
    case name(String)
    case call((Double) -> Double, Node)
    case operation((Double, Double) -> Double, Node, Node)
  }

  private let root: Node

  /// Reads an expression; nil when it is not one.
  init?(_ text: String) {
    guard let tokens = Self.tokens(text) else { return nil }
    var parser = Parser(tokens: tokens[...])
    guard let root = parser.sum(), parser.tokens.isEmpty else { return nil }
    self.root = root
  }

  /// The value for the given names; nil when a name is not among them.
  func value(_ names: [String: Double]) -> Double? { Self.value(root, names) }

  private static func value(_ node: Node, _ names: [String: Double]) -> Double? {
    switch node {
    case .number(let number): return number
    case .name(let name): return names[name] ?? (name == "pi" ? .pi : nil)
    case .call(let function, let argument): return value(argument, names).map(function)
    case .operation(let operation, let left, let right):
      guard let left = value(left, names), let right = value(right, names) else { return nil }
      return operation(left, right)
    }
  }

  /// The numbers, names and operators of a text; nil when it holds anything else.
  private static func tokens(_ text: String) -> [String]? {
    var tokens: [String] = []
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
        continue
      }
      let length: Int
      if first.isNumber || first == "." {
        length = numberLength(rest)
      } else if first.isLetter || first == "_" {
        length = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }.count
      } else if rest.hasPrefix("**") {
        length = 2
      } else if "+-*/()".contains(first) {
        length = 1
      } else {
        return nil
      }
      tokens.append(String(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return tokens
  }

  private static func numberLength(_ text: Substring) -> Int {
    var length = text.prefix { $0.isNumber || $0 == "." }.count
    let rest = text.dropFirst(length)
    if rest.first == "e" || rest.first == "E" {
      let sign = rest.dropFirst().first.map { $0 == "+" || $0 == "-" } == true ? 1 : 0
      let digits = rest.dropFirst(1 + sign).prefix(while: \.isNumber).count
      if digits > 0 { length += 1 + sign + digits }
    }
    return length
  }

  /// Recursive descent, one function for every level of precedence.
  private struct Parser {
    var tokens: ArraySlice<String>
    /// Parentheses and signs may not nest deeper than this, so that no file can exhaust the stack.
    var depth = 100

    mutating func take(_ token: String) -> Bool {
      guard tokens.first == token else { return false }
      tokens.removeFirst()
      return true
    }

    mutating func sum() -> Node? {
      guard var left = product() else { return nil }
      while let sign = tokens.first, sign == "+" || sign == "-" {
        tokens.removeFirst()
        guard let right = product() else { return nil }
        left = .operation(sign == "+" ? { $0 + $1 } : { $0 - $1 }, left, right)
      }
      return left
    }

    mutating func product() -> Node? {
      guard var left = signed() else { return nil }
      while let sign = tokens.first, sign == "*" || sign == "/" {
        tokens.removeFirst()
        guard let right = signed() else { return nil }
        left = .operation(sign == "*" ? { $0 * $1 } : { $0 / $1 }, left, right)
      }
      return left
    }

    /// A sign binds less than a power on its right: -x**2 is -(x**2).
    mutating func signed() -> Node? {
      depth -= 1
      defer { depth += 1 }
      guard depth > 0 else { return nil }
      if take("+") { return signed() }
      if take("-") { return signed().map { .call({ -$0 }, $0) } }
      guard let base = atom() else { return nil }
      guard take("**") else { return base }
      return signed().map { .operation({ pow($0, $1) }, base, $0) }
    }

    mutating func atom() -> Node? {
      if take("(") {
        guard let inner = sum(), take(")") else { return nil }
        return inner
      }
      guard let token = tokens.popFirst(), let first = token.first else { return nil }
      if first.isNumber || first == "." { return Double(token).map { .number($0) } }
      guard first.isLetter || first == "_" else { return nil }
      guard take("(") else { return .name(token) }
      guard let function = AxisExpression.function(token), let inner = sum(), take(")") else {
        return nil
      }
      return .call(function, inner)
    }
  }

  private static func function(_ name: String) -> ((Double) -> Double)? {
    switch name {
    case "abs", "Abs": { abs($0) }
    case "sqrt": { $0.squareRoot() }
    case "exp": { exp($0) }
    case "log": { log($0) }
    case "log10": { log10($0) }
    case "sin": { sin($0) }
    case "cos": { cos($0) }
    case "tan": { tan($0) }
    case "asin": { asin($0) }
    case "acos": { acos($0) }
    case "atan": { atan($0) }
    case "sinh": { sinh($0) }
    case "cosh": { cosh($0) }
    case "tanh": { tanh($0) }
    default: nil
    }
  }
}
