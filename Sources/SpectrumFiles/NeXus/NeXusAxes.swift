internal import HDF5
internal import Spectra

/// The axes of an NXdata.
///
/// Their names stand in `axes` of the group or, formerly, of the data set: a list, or one text with
/// commas or colons between the names; or every axis has its number in an attribute `axis`. Coordinates of
/// equal steps, rising or falling, make a uniform axis; others are kept one by one. One coordinate more
/// than channels are the edges of bins, whose centres are taken.
/// https://manual.nexusformat.org/classes/base_classes/NXdata.html
struct NeXusAxes {
  /// The axes in array order.
  private(set) var axes: [Axis] = []
  /// What the file says in a way that was not followed to the letter.
  private(set) var remarks: [String] = []

  private let group: Group
  private let signal: Dataset

  /// Reads the axes of the data set `signal` in `group`.
  init(of signal: Dataset, in group: Group) throws {
    self.group = group
    self.signal = signal
    var names = try placedNames()
    for (place, count) in signal.shape.enumerated() {
      let name = names.removeValue(forKey: place)
      axes.append(try axis(name, count: count))
    }
    try separateSignal()
  }

  // MARK: Names

  /// The name of the coordinates along each dimension.
  private mutating func placedNames() throws -> [Int: String] {
    let rank = signal.shape.count
    var names = try listedNames()
    if names.isEmpty {
      let numbered = try numberedNames()
      if !numbered.isEmpty { return numbered }
      names = try usualNames()
    }
    var placed: [Int: String] = [:]
    for (index, name) in names.enumerated() where name != "." {
      let place: Int
      switch try group.attribute("\(name)_indices") {
      case .numbers(let numbers, _)? where numbers.count > 1:
        remarks.append(
          "\(group.path)/\(name) runs along several dimensions; channel numbers are used")
        continue
      case let value?:
        guard let number = value.wholeNumber ?? value.text.flatMap({ Int64($0) }) else {
          fallthrough
        }
        place = Int(clamping: number)
      default:
        if names.count == rank {
          place = index
        } else if let only = try onlyPlace(for: name) {
          place = only
        } else {
          remarks.append(
            "\(group.path) has \(names.count) axes for \(rank) dimensions; it is not known to which "
              + "\(name) belongs")
          continue
        }
      }
      guard (0..<rank).contains(place) else {
        remarks.append("\(group.path)/\(name) belongs to dimension \(place), which is not there")
        continue
      }
      // Of several for one dimension, the first listed is the one to be shown.
      if placed[place] == nil { placed[place] = name }
    }
    return placed
  }

  /// The names in `axes`, of the group or of the data set.
  private func listedNames() throws -> [String] {
    for object in [group as Object, signal as Object] {
      switch try object.attribute("axes") {
      case .strings(let names)? where names.count > 1: return names.map(Self.trimmed)
      case let value?:
        if let text = value.text { return Self.split(text) }
      case nil: continue
      }
    }
    return []
  }

  /// The parts of `[y:x:energy]`, `y,x,energy` or `y x energy`.
  private static func split(_ text: String) -> [String] {
    let inner = text.filter { $0 != "[" && $0 != "]" }
    let hasMarks = inner.contains { $0 == ":" || $0 == "," }
    return inner.split { hasMarks ? $0 == ":" || $0 == "," : $0.isWhitespace }.map {
      trimmed(String($0))
    }
  }

  private static func trimmed(_ text: String) -> String {
    let from = text.drop(while: \.isWhitespace)
    return String(from.reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The coordinates that carry their dimension's number, counted from 1, in an attribute `axis`.
  private func numberedNames() throws -> [Int: String] {
    var names: [Int: (name: String, isPrimary: Bool)] = [:]
    for (name, dataset) in try NeXusTree.arrays(of: group) {
      guard let value = try dataset.attribute("axis") else { continue }
      guard let number = value.wholeNumber ?? value.text.flatMap({ Int64($0) }) else { continue }
      let place = Int(clamping: number) - 1
      guard signal.shape.indices.contains(place) else { continue }
      let primary = try dataset.attribute("primary")
      let isPrimary = primary?.wholeNumber == 1 || primary?.text == "1"
      if names[place] == nil || isPrimary && names[place]?.isPrimary == false {
        names[place] = (name, isPrimary)
      }
    }
    return names.mapValues(\.name)
  }

  /// The names of NXspectrum and NXimage, slowest first, where as many are there as dimensions.
  private func usualNames() throws -> [String] {
    let usual = [
      "indices_group", "indices_image", "indices_spectrum", "axis_k", "axis_j", "axis_i",
      "axis_energy",
    ]
    let names = try usual.filter { try group.contains($0) }
    return names.count == signal.shape.count ? names : []
  }

  /// The one dimension as long as the coordinates.
  private func onlyPlace(for name: String) throws -> Int? {
    guard let dataset = try NeXusTree.dataset(name, of: group), dataset.shape.count == 1 else {
      return nil
    }
    let places = signal.shape.indices.filter { signal.shape[$0] == dataset.shape[0] }
    return places.count == 1 ? places[0] : nil
  }

  // MARK: Coordinates

  private mutating func axis(_ name: String?, count: Int) throws -> Axis {
    var axis = Axis(
      name: name, units: nil, isNavigation: true,
      calibration: .uniform(UniformAxis(offset: 0, scale: 1, count: count)))
    guard let name else { return axis }
    guard try group.contains(name) else {
      remarks.append("\(group.path) has no \(name), its axis; channel numbers are used")
      return axis
    }
    guard let dataset = try NeXusTree.anyDataset(name, of: group) else {
      remarks.append("\(group.path)/\(name) is no data set; channel numbers are used")
      return axis
    }
    guard case .number(let type) = dataset.elementKind, !type.isComplex,
      dataset.shape.count <= 1, [count, count + 1].contains(dataset.elementCount)
    else {
      remarks.append(
        "\(dataset.path) holds no coordinate for each of \(count) channels; channel numbers are used"
      )
      axis.units = "channels"
      return axis
    }
    if let units = try dataset.attribute("units")?.text, !units.isEmpty { axis.units = units }
    axis.name = try Self.label(dataset, name: name, units: axis.units)
    var values = try dataset.readDoubles()
    if values.count == count + 1 { values = zip(values, values.dropFirst()).map { ($0 + $1) / 2 } }
    guard values.allSatisfy(\.isFinite) else {
      remarks.append("\(dataset.path) holds NaN or infinity; channel numbers are used")
      axis.units = "channels"
      return axis
    }
    axis.calibration = Self.calibration(values, storedAs: type)
    return axis
  }

  /// `long_name` without the units in parentheses, else the name.
  private static func label(_ dataset: Dataset, name: String, units: String?) throws -> String {
    guard var label = try dataset.attribute("long_name")?.text else { return name }
    if let units, label.hasSuffix("(\(units))") {
      label = String(label.dropLast(units.count + 2))
    }
    label = trimmed(label)
    return label.isEmpty ? name : label
  }

  /// A uniform axis where equal steps give the coordinates to within rounding, else the coordinates.
  ///
  /// Rounding is that of the stored numbers, and a millionth of a step for files that computed the
  /// coordinates by adding steps; never more than a hundredth of a step.
  static func calibration(_ values: [Double], storedAs type: NumberType) -> Axis.Calibration {
    guard let first = values.first, let last = values.last else { return .points(values) }
    if values.count == 1 { return .uniform(UniformAxis(offset: first, scale: 1, count: 1)) }
    let epsilon: Double =
      switch type {
      case .float16: 0x1p-10
      case .float32: 0x1p-23
      default: 0x1p-52
      }
    let greatest = values.lazy.map(abs).max() ?? 0
    let steps = [values[1] - first, (last - first) / Double(values.count - 1)]
    let candidates = steps.filter { $0 != 0 && $0.isFinite }.map { step in
      let axis = UniformAxis(offset: first, scale: step, count: values.count)
      let misfit = values.indices.lazy.map { abs(axis[$0] - values[$0]) }.max() ?? 0
      return (axis: axis, misfit: misfit)
    }
    guard let best = candidates.min(by: { $0.misfit < $1.misfit }) else { return .points(values) }
    let step = abs(best.axis.scale)
    guard best.misfit <= min(2 * epsilon * greatest + 1e-6 * step, 0.01 * step) else {
      return .points(values)
    }
    return .uniform(best.axis)
  }

  // MARK: Navigation

  /// Decides which axes are signal axes: by `interpretation`, else the one of energies, else the last;
  /// a map of whole numbers, which could be labels, has none.
  private mutating func separateSignal() throws {
    let rank = axes.count
    let attribute = try signal.attribute("interpretation") ?? group.attribute("interpretation")
    switch attribute?.text {
    case "spectrum"?: axes[rank - 1].isNavigation = false
    case "image"? where rank > 1:
      axes[rank - 1].isNavigation = false
      axes[rank - 2].isNavigation = false
    case "scalar"?: break
    default:
      let energies = axes.indices.filter { Self.isEnergy(axes[$0]) }
      if let energy = energies.last {
        axes[energy].isNavigation = false
      } else if case .number(let type) = signal.elementKind, ElementType(type).isWhole, rank < 3 {
        remarks.append(
          "\(group.path) does not say which axis is that of the spectra, and none is one of "
            + "energies: taken for a map")
      } else {
        axes[rank - 1].isNavigation = false
      }
    }
  }

  private static func isEnergy(_ axis: Axis) -> Bool {
    if let units = axis.units { return ["ev", "kev", "mev", "µev"].contains(units.lowercased()) }
    return axis.name?.lowercased().contains("energy") ?? false
  }

  /// True when an axis is one of energy losses, by its name.
  static func isEnergyLoss(_ axis: Axis) -> Bool {
    guard !axis.isNavigation, isEnergy(axis), let name = axis.name?.lowercased() else {
      return false
    }
    return name.contains("loss")
  }
}
