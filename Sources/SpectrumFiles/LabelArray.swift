public import Spectra

/// An array of labels as a file holds it, before it is known which spectra it belongs to.
///
/// It may say the classes of spectra in four ways: by indices (−1 or NaN for none), by names (none,
/// nan, −1 or nothing at all for none), by a mask (two classes, false and true; or with one name that
/// class where it is true and none elsewhere), or by a stack of masks, one a class.
public struct LabelArray: Sendable, Equatable {
  /// What the array holds, row-major.
  public enum Values: Sendable, Equatable {
    /// Indices of classes, or masks of 0 and 1.
    case numbers([Double])
    /// Masks.
    case truths([Bool])
    /// Names of classes.
    case names([String])

    /// The number of values.
    public var count: Int {
      switch self {
      case .numbers(let values): values.count
      case .truths(let values): values.count
      case .names(let values): values.count
      }
    }
  }

  /// Where the array stands, for errors: the file, and the object in it.
  public var source: String
  /// The sizes of its dimensions.
  public var shape: [Int]
  /// Its values.
  public var values: Values
  /// The names that the file gives to the classes; nil when it gives none.
  public var classNames: [String]?

  /// Creates an array; `values` must fill the shape.
  public init(source: String, shape: [Int], values: Values, classNames: [String]? = nil) {
    precondition(
      shape.reduce(1, *) == values.count, "\(values.count) labels for the shape \(shape)")
    self.source = source
    self.shape = shape
    self.values = values
    self.classNames = classNames
  }

  /// The highest class that an index may name.
  static let mostClasses = 10_000

  // MARK: Shapes

  /// How an array lies over spectra.
  enum Layout: Equatable {
    /// One value a spectrum.
    case single
    /// One mask a class, mask after mask.
    case masksFirst(Int)
    /// One mask a class, all values of a spectrum side by side.
    case masksLast(Int)
  }

  /// How an array of a shape can lie over spectra of a navigation shape: lengths of 1 do not count,
  /// and spectra may be in one row.
  static func layouts(_ shape: [Int], over navigation: [Int]) -> [Layout] {
    let spectra = navigation.filter { $0 != 1 }
    let row = [navigation.reduce(1, *)].filter { $0 != 1 }
    let own = shape.filter { $0 != 1 }
    if own == spectra || own == row { return [.single] }
    var layouts: [Layout] = []
    if let first = own.first, [spectra, row].contains(Array(own.dropFirst())) {
      layouts.append(.masksFirst(first))
    }
    if let last = own.last, [spectra, row].contains(Array(own.dropLast())) {
      layouts.append(.masksLast(last))
    }
    return layouts
  }

  // MARK: Labels

  /// The array as labels of spectra.
  ///
  /// - Parameters:
  ///   - header: what the spectra are.
  ///   - names: names of the classes; those of the file, else `class 0`, `class 1`, …, where nil. For
  ///     an array of names: the classes there are, in their order (nil: all, in alphabetical order). For
  ///     a single mask: of what is false and what is true, or of what is true alone.
  /// - Returns: one label a spectrum, on their navigation axes.
  /// - Throws: ``SpectrumFileError`` of kind `wrongShape` when there is not one label a spectrum or one
  ///   name a class; `unsupported` when a value is no label.
  public func labels(
    of header: SignalHeader, names: [String]? = nil
  ) throws(SpectrumFileError) -> Labels {
    let layouts = Self.layouts(shape, over: header.navigationShape)
    guard let first = layouts.first else { throw wrongShape(header) }
    let axes = header.navigationAxes
    guard first == .single else { return try masks(layouts, axes, header, names) }
    switch values {
    case .names(let texts):
      let (classes, labels) = try named(texts, names)
      return Labels(classNames: classes, values: labels, axes: axes)
    case .truths(let mask):
      // Of one name, a mask says where that class is, and not what is elsewhere.
      let classes = names ?? classNames ?? ["class 0", "class 1"]
      let isWhole = classes.count == 2
      guard classes.count == 1 || isWhole else {
        throw wrongNames(classes.count, expected: "1, or 2 with the one of what is false first")
      }
      return Labels(
        classNames: classes,
        values: mask.map { $0 ? (isWhole ? 1 : 0) : (isWhole ? 0 : Labels.unlabelled) }, axes: axes)
    case .numbers(let numbers):
      var labels: [Int32] = []
      labels.reserveCapacity(numbers.count)
      for (place, number) in numbers.enumerated() {
        if number.isNaN {
          labels.append(Labels.unlabelled)
        } else if let label = Int32(exactly: number), label >= Labels.unlabelled,
          label < Self.mostClasses
        {
          labels.append(label)
        } else {
          throw SpectrumFileError(
            .unsupported, path: source, object: source,
            "\(source): the value \(number) at \(Self.place(place, axes)) is no label; labels are whole "
              + "numbers from 0 on, and -1 for none")
        }
      }
      let count = Int(labels.max() ?? -1) + 1
      let classes = names ?? classNames ?? (0..<max(count, 0)).map { "class \($0)" }
      guard classes.count >= count else { throw wrongNames(classes.count, expected: "\(count)") }
      return Labels(classNames: classes, values: labels, axes: axes)
    }
  }

  /// Names as labels; those that stand for no class become −1.
  private func named(
    _ texts: [String], _ names: [String]?
  ) throws(SpectrumFileError) -> ([String], [Int32]) {
    let words = texts.map { text -> String? in
      let word = text.drop(while: \.isWhitespace)
      let trimmed = String(word.reversed().drop(while: \.isWhitespace).reversed())
      return Self.none.contains(trimmed.lowercased()) ? nil : trimmed
    }
    let found = Set(words.compactMap(\.self))
    let classes = names ?? found.sorted()
    if let other = found.subtracting(classes).sorted().first {
      throw SpectrumFileError(
        .unsupported, path: source, object: source,
        "\(source): the class \(other) is not among the names given "
          + "(\(classes.joined(separator: ", "))); name all classes, or none")
    }
    guard classes.count <= Self.mostClasses else {
      throw SpectrumFileError(
        .unsupported, path: source, object: source,
        "\(source) holds \(classes.count) different names: these are no classes")
    }
    var numbers: [String: Int32] = [:]
    for (index, name) in classes.enumerated() { numbers[name] = Int32(index) }
    return (classes, words.map { $0.flatMap { numbers[$0] } ?? Labels.unlabelled })
  }

  private static let none: Set = ["", "-1", "none", "nan", "null", "unlabelled", "unlabeled"]

  /// A stack of masks as labels.
  ///
  /// Where both ends of the shape could count classes, the one that gives each spectrum at most one
  /// class does; of two, the first, as in HyperSpy.
  private func masks(
    _ layouts: [Layout], _ axes: [Axis], _ header: SignalHeader, _ names: [String]?
  ) throws(SpectrumFileError) -> Labels {
    let truths: [Bool]
    switch values {
    case .truths(let mask): truths = mask
    case .numbers(let numbers):
      // Not a stack of masks: the shape is wrong for what it is.
      guard numbers.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw wrongShape(header) }
      truths = numbers.map { $0 == 1 }
    case .names: throw wrongShape(header)
    }
    var failure: SpectrumFileError?
    for layout in layouts {
      do throws(SpectrumFileError) {
        return try labels(of: truths, layout, axes, names)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? wrongShape(header)
  }

  private func labels(
    of truths: [Bool], _ layout: Layout, _ axes: [Axis], _ names: [String]?
  ) throws(SpectrumFileError) -> Labels {
    let (classes, isFirst) =
      switch layout {
      case .masksFirst(let count): (count, true)
      case .masksLast(let count): (count, false)
      case .single: (1, true)
      }
    let spectra = truths.count / classes
    guard classes <= Self.mostClasses else {
      throw SpectrumFileError(
        .unsupported, path: source, object: source,
        "\(source) holds \(classes) masks: these are no classes")
    }
    let known = names ?? classNames ?? (0..<classes).map { "class \($0)" }
    guard known.count == classes else { throw wrongNames(known.count, expected: "\(classes)") }
    var labels = [Int32](repeating: Labels.unlabelled, count: spectra)
    for spectrum in 0..<spectra {
      for index in 0..<classes
      where truths[isFirst ? index * spectra + spectrum : spectrum * classes + index] {
        guard labels[spectrum] < 0 else {
          throw SpectrumFileError(
            .unsupported, path: source, object: source,
            "\(source): the spectrum at \(Self.place(spectrum, axes)) is in two classes, "
              + "\(known[Int(labels[spectrum])]) and \(known[index]); make the masks exclude each other"
          )
        }
        labels[spectrum] = Int32(index)
      }
    }
    return Labels(classNames: known, values: labels, axes: axes)
  }

  // MARK: Errors

  private static func place(_ spectrum: Int, _ axes: [Axis]) -> String {
    var rest = spectrum
    var indices: [Int] = []
    for axis in axes.reversed() {
      indices.insert(rest % axis.count, at: 0)
      rest /= axis.count
    }
    return "[\(indices.map(String.init).joined(separator: ", "))]"
  }

  func wrongShape(_ header: SignalHeader) -> SpectrumFileError {
    func text(_ shape: [Int]) -> String {
      shape.isEmpty ? "one spectrum" : shape.map(String.init).joined(separator: " × ")
    }
    return SpectrumFileError(
      .wrongShape, path: source, object: source,
      "\(source): the labels have the shape \(text(shape)) and the spectra "
        + "\(text(header.navigationShape)); give one label for each spectrum, or one mask of 0 and 1 "
        + "for each class")
  }

  private func wrongNames(_ count: Int, expected: String) -> SpectrumFileError {
    SpectrumFileError(
      .wrongShape, path: source, object: source,
      "\(source): there \(count == 1 ? "is 1 class name" : "are \(count) class names") where the labels "
        + "need \(expected)")
  }
}
