internal import Spectra

/// One image of a DigitalMicrograph file, as its tags describe it.
///
/// DigitalMicrograph lists dimensions with the fastest first; here the slowest comes first, as in an
/// array. A spectrum image has its energies along the slowest dimension, a line scan along the fastest.
struct DigitalMicrographImage {
  /// The tags of the image.
  let tags: MetadataTree
  /// The file.
  let path: String
  /// Where the image stands among the tags.
  let object: String
  /// True when the first byte of a number is its most significant one.
  let isBigEndian: Bool

  /// The image's name.
  var title: String { tags.string("Name") ?? "" }

  /// HyperSpy's signal type.
  var signalType: String {
    let signal = tags.string("ImageTags", "Meta Data", "Signal")
    if signal == "X-ray" { return "EDS_TEM" }
    if signal == "CL" || tags[path: ["ImageTags", "Acquisition", "Monarc Spectrometer"]] != nil {
      return "CL"
    }
    // Orsay's software leaves a group of its own.
    return signal == "EELS" || tags[path: ["ImageTags", "spim", "eels"]] != nil ? "EELS" : ""
  }

  /// The signal, whose numbers stay in the file.
  func signal(
    named name: String, in file: ByteFile, originalMetadata: MetadataTree
  ) -> StoredSignal {
    var warnings: [String] = []
    let shape = shape
    let axes = axes(shape, &warnings)
    if tags.string("ImageTags", "Acquisition", "Parameters", "High Level", "Processing")
      == "Unprocessed"
    {
      warnings.append(
        "\(name) is not dark-corrected: the detector's offset is in its counts and moves the "
          + "background fit")
    }
    // Dimensions of length 1 say nothing; of a single number one stays.
    var kept = axes.indices.filter { axes[$0].count > 1 }
    if kept.isEmpty, let last = axes.indices.last(where: { !axes[$0].isNavigation }) {
      kept = [last]
    }
    let places = kept.filter { axes[$0].isNavigation } + kept.filter { !axes[$0].isNavigation }
    let (type, fault) = numberType
    let extent = extent(in: file)
    var unreadable = fault
    if unreadable == nil { unreadable = misfit(shape, type, extent) }
    let header = SignalHeader(
      title: title, signalType: signalType, axes: places.map { axes[$0] }, elementType: type,
      metadata: DigitalMicrographMetadata(of: self).metadata(fileName: path),
      originalMetadata: originalMetadata)
    let storage = RawArray(
      file: file, path: "\(object).ImageData.Data", offset: extent?.lowerBound ?? 0,
      shape: kept.map { shape[$0] }, elementType: type, isBigEndian: isBigEndian)
    return StoredSignal(
      name: name, path: path, header: header, storage: storage,
      order: places.map { place in kept.firstIndex(of: place) ?? 0 },
      storedBytes: extent?.count ?? 0, unreadable: unreadable, warnings: warnings)
  }

  // MARK: Axes

  /// The sizes of the dimensions, slowest first; empty when the tags name none.
  private var shape: [Int] {
    guard case .tree(let dimensions)? = tags[path: ["ImageData", "Dimensions"]] else { return [] }
    return dimensions.members.reversed().map { member in
      if case .integer(let size) = member.value { Int(clamping: size) } else { 0 }
    }
  }

  /// Which dimension holds the energies; nil for an image.
  ///
  /// `isCertain` is false when only its units say so.
  private func spectralDimension(_ units: [String]) -> (dimension: Int, isCertain: Bool)? {
    let format = tags.string("ImageTags", "Meta Data", "Format")
    let isOrsay = tags[path: ["ImageTags", "spim"]] != nil
    let isSpectra = format == "Spectrum image" || isOrsay
    if units.count == 1 { return (0, true) }
    let energies = units.indices.filter { units[$0] == "eV" }
    let inUnits = energies.count == 1 ? energies[0] : nil
    if units.count == 2, isSpectra || format == "Spectrum" { return (inUnits ?? 1, true) }
    if isSpectra { return (inUnits ?? 0, true) }
    return format == nil ? inUnits.map { ($0, false) } : nil
  }

  /// The axes in array order.
  private func axes(_ shape: [Int], _ warnings: inout [String]) -> [Axis] {
    var calibrations: [MetadataTree] = []
    if case .tree(let list)? = tags[path: ["ImageData", "Calibrations", "Dimension"]] {
      calibrations = list.members.map {
        if case .tree(let tree) = $0.value { tree } else { .init() }
      }
    }
    // Images made by scripts may have fewer calibrations than dimensions.
    let own = shape.indices.map { index -> MetadataTree in
      let place = shape.count - 1 - index
      return place < calibrations.count ? calibrations[place] : MetadataTree()
    }
    let units = own.map { $0.string("Units") ?? "" }
    let names = names(units)
    let spectral = spectralDimension(units)
    if let spectral, !spectral.isCertain {
      warnings.append(
        "the tags of \(title.isEmpty ? object : title) do not say what it is; its dimension in eV is "
          + "taken for the energy axis")
    }
    return shape.indices.map { index in
      let isNavigation: Bool
      if let spectral {
        isNavigation = index != spectral.dimension
      } else {
        isNavigation = index < shape.count - 2
      }
      let scale = own[index].number("Scale") ?? 1
      let origin = own[index].number("Origin") ?? 0
      var axis = Axis(
        name: names[index], units: units[index], isNavigation: isNavigation,
        isBinned: !isNavigation && isBinned,
        calibration: .uniform(
          UniformAxis(offset: -origin * scale, scale: scale, count: shape[index])))
      if let uniform = axis.uniform, shape[index] > 0, !uniform.isUsable {
        warnings.append(
          "\(object) has a dimension of scale \(scale) and origin \(origin), which tell its channels "
            + "not apart; channel numbers are used")
        axis.units = "channels"
        axis.calibration = .uniform(UniformAxis(offset: 0, scale: 1, count: shape[index]))
      }
      return axis
    }
  }

  /// Whether values are counts per channel: HyperSpy has classes for complex numbers that are not.
  private var isBinned: Bool {
    ["EELS", "EDS_TEM"].contains(signalType) && numberType.type.isReal
  }

  /// `Energy loss` for the dimension in eV of an energy-loss signal, `Wavelength` for the one in nm of
  /// cathodoluminescence; x, y and z for the others, the fastest first.
  private func names(_ units: [String]) -> [String?] {
    var names = [String?](repeating: nil, count: units.count)
    var others = Array(units.indices)
    let special = ["EELS": ("eV", "Energy loss"), "CL": ("nm", "Wavelength")][signalType]
    if let special, let index = units.firstIndex(of: special.0) {
      names[index] = special.1
      others.removeAll { $0 == index }
    }
    for (index, name) in zip(others.reversed(), ["x", "y", "z"]) { names[index] = name }
    return names
  }

  // MARK: Numbers

  /// The type of the numbers; for those that are no real numbers, why they cannot be read.
  ///
  /// The codes are those of DigitalMicrograph's scripting language.
  private var numberType: (type: ElementType, fault: String?) {
    guard case .integer(let code)? = tags[path: ["ImageData", "DataType"]] else {
      return (.float32, "does not say of which type its numbers are")
    }
    switch code {
    case 1: return (.int16, nil)
    case 2: return (.float32, nil)
    case 3: return (.complex64, "holds complex numbers")
    case 5, 27:
      return (.complex64, "holds packed complex numbers, the Fourier transform of an image")
    case 6: return (.uint8, nil)
    case 7: return (.int32, nil)
    case 8, 23: return (.uint32, "holds colours")
    case 9: return (.int8, nil)
    case 10: return (.uint16, nil)
    case 11: return (.uint32, nil)
    case 12: return (.float64, nil)
    case 13: return (.complex128, "holds complex numbers")
    case 14: return (.bool, nil)
    case 28:
      return (.complex128, "holds packed complex numbers, the Fourier transform of an image")
    case 39: return (.int64, nil)
    case 40: return (.uint64, nil)
    default:
      return (
        .float32,
        "holds numbers of the type \(code), which is unknown; convert the image to "
          + "Real 4 Byte in DigitalMicrograph"
      )
    }
  }

  /// The bytes of the file that hold the numbers; nil where there are none.
  private func extent(in file: ByteFile) -> Range<Int>? {
    guard case .tree(let data)? = tags[path: ["ImageData", "Data"]],
      case .integer(let offset)? = data["offset"], case .integer(let size)? = data["size_bytes"],
      offset >= 0, size >= 0, offset <= file.size, size <= file.size - Int(offset)
    else { return nil }
    return Int(offset)..<Int(offset + size)
  }

  /// Why the numbers do not fit the dimensions; nil when they do.
  private func misfit(_ shape: [Int], _ type: ElementType, _ extent: Range<Int>?) -> String? {
    guard let extent else { return "is missing" }
    let sizes = shape.map(String.init).joined(separator: " × ")
    if shape.isEmpty || shape.contains(where: { $0 < 1 }) {
      return "is empty: its shape is \(sizes)"
    }
    var bytes = type.byteCount
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow, product <= extent.count else {
        return "holds \(extent.count) bytes where \(sizes) numbers of type \(type.rawValue) belong"
      }
      bytes = product
    }
    guard bytes == extent.count else {
      return "holds \(extent.count) bytes where \(sizes) numbers of type \(type.rawValue) belong"
    }
    return nil
  }
}
