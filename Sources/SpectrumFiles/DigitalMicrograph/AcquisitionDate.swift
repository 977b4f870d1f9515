/// Dates and times as microscopes' software writes them, in whatever way the computer was set to.
enum AcquisitionDate {
  /// The date in a text as ISO 8601, for example `2019-12-14`; nil when there is none.
  ///
  /// Understands numbers (`12/14/2019`, `2019-12-14`, `14.12.2019`) and English months (`14 Dec 2019`,
  /// `December 14, 2019`). Of two numbers that could both be the month the first is, as in America,
  /// unless the year comes first.
  static func date(_ text: String) -> String? {
    let words = words(of: text.split(separator: ":").first.map(String.init) ?? "")
    guard let numbers = numericDate(text) ?? namedDate(words) else { return nil }
    let (year, month, day) = numbers
    let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), (1...lengths[month - 1]).contains(day),
      (1...9999).contains(year)
    else { return nil }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// The time of day in a text as ISO 8601, for example `15:14:24`; nil when there is none.
  ///
  /// Understands hours and minutes with or without seconds and their fractions, and `AM` and `PM`.
  static func time(_ text: String) -> String? {
    let pattern = #/(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?\s*([AaPp])?\.?[Mm]?/#
    guard let match = text.firstMatch(of: pattern), var hour = Int(match.1),
      let minute = Int(match.2)
    else { return nil }
    let second = match.3.flatMap { Int($0) } ?? 0
    if let half = match.5?.lowercased() {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (half == "p" ? 12 : 0)
    }
    guard hour < 24, minute < 60, second < 60 else { return nil }
    let fraction = match.4.map { String($0.dropFirst()) } ?? ""
    let micro = (fraction + "000000").prefix(6)
    return "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
      + (micro.contains { $0 != "0" } ? ".\(micro)" : "")
  }

  /// Year, month and day of three numbers between `/`, `-` or `.`.
  private static func numericDate(_ text: String) -> (Int, Int, Int)? {
    let pattern = #/(?:^|[^\d])(\d{1,4})([\/.\-])(\d{1,2})\2(\d{1,4})(?:$|[^\d])/#
    guard let match = text.firstMatch(of: pattern), let first = Int(match.1),
      let second = Int(match.3), let third = Int(match.4)
    else { return nil }
    if match.1.count > 2 { return ordered(year: first, second, third) }
    return first > 12
      ? (century(third, match.4.count), second, first)
      : ordered(year: century(third, match.4.count), first, second)
  }

  /// A year with a month and a day, which change places when the month cannot be one.
  private static func ordered(year: Int, _ month: Int, _ day: Int) -> (Int, Int, Int) {
    month > 12 && day <= 12 ? (year, day, month) : (year, month, day)
  }

  /// Year, month and day of words one of which names the month.
  private static func namedDate(_ words: [String]) -> (Int, Int, Int)? {
    let names = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    guard
      let month = words.lazy.compactMap({ word in
        word.count >= 3 ? names.firstIndex(of: String(word.lowercased().prefix(3))) : nil
      }).first
    else { return nil }
    let numbers = words.filter { $0.allSatisfy(\.isWholeNumber) }
    guard numbers.count >= 2, let first = Int(numbers[0]), let second = Int(numbers[1]) else {
      return nil
    }
    return numbers[0].count > 2
      ? (first, month + 1, second) : (century(second, numbers[1].count), month + 1, first)
  }

  /// Runs of digits and runs of letters.
  private static func words(of text: String) -> [String] {
    text.matches(of: #/\d+|\p{L}+/#).map { String($0.0) }
  }

  /// A year of two digits lies between 1970 and 2069.
  private static func century(_ year: Int, _ digits: Int) -> Int {
    digits > 2 ? year : year + (year < 70 ? 2000 : 1900)
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }
}
