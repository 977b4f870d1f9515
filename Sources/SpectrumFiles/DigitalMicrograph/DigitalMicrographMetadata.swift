internal import Spectra

/// What the tags of an image say of microscope, sample and acquisition, in HyperSpy's words.
///
/// The entries are those that rosettasciio fills for energy-loss data, under the same names and in the
/// same units (`beam_energy` in kV, angles in mrad, times in s).
struct DigitalMicrographMetadata {
  private let image: DigitalMicrographImage
  /// The image's own tags; for an image that a plugin stacked, those of its source.
  private let tags: MetadataTree
  /// `TEM` or `SEM`.
  private let instrument: String

  /// Takes the tags of an image.
  init(of image: DigitalMicrographImage) {
    self.image = image
    if case .tree(let source)? = image.tags[path: ["ImageTags", "source", "Tags at creation"]] {
      tags = source
    } else if case .tree(let own)? = image.tags["ImageTags"] {
      tags = own
    } else {
      tags = MetadataTree()
    }
    let mode = image.tags.string("ImageTags", "Microscope Info", "Illumination Mode") ?? ""
    instrument = Self.acquisitionMode(mode) == "SEM" ? "SEM" : "TEM"
  }

  /// HyperSpy's `metadata`, but for what HyperSpy adds itself.
  func metadata(fileName path: String) -> MetadataTree {
    var metadata = MetadataTree()
    metadata[path: ["General", "title"]] = .string(image.title)
    metadata[path: ["General", "original_filename"]] =
      .string(String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]))
    metadata[path: ["Signal", "signal_type"]] = .string(image.signalType)
    addDates(to: &metadata)
    addMicroscope(to: &metadata)
    metadata[path: ["General", "authors"]] = text("Session Info", "Operator")
    metadata[path: ["Sample", "description"]] = text("Session Info", "Specimen")
    if image.signalType == "EELS" { addSpectrometer(to: &metadata) }
    if image.signalType.isEmpty, self["DigiScan"] == nil {
      metadata[path: ["Acquisition_instrument", "TEM", "Camera", "exposure"]] =
        self["Acquisition", "Parameters", "Detector", "exposure s"]
    }
    addQuantity(to: &metadata)
    return metadata.withoutEmptyTrees
  }

  // MARK: Parts

  /// Date and time: of the spectrometer, else of the spectrum image, else of the data bar.
  private func addDates(to metadata: inout MetadataTree) {
    var places = [("Acquisition Date", "Acquisition Time", ["DataBar"])]
    if image.tags[path: ["ImageTags", "SI"]] != nil {
      places.append(("Date", "Start time", ["SI", "Acquisition"]))
    }
    if image.signalType == "EELS" {
      places.append(("Date", "Start time", ["EELS", "Acquisition"]))
    }
    for (date, time, group) in places {
      if case .string(let text)? = value(group + [date]), let date = AcquisitionDate.date(text) {
        metadata[path: ["General", "date"]] = .string(date)
      }
      if case .string(let text)? = value(group + [time]), let time = AcquisitionDate.time(text) {
        metadata[path: ["General", "time"]] = .string(time)
      }
    }
  }

  private func addMicroscope(to metadata: inout MetadataTree) {
    func set(_ path: String..., to value: MetadataValue?) {
      if let value { metadata[path: ["Acquisition_instrument", instrument] + path] = value }
    }
    let information = "Microscope Info"
    set("beam_energy", to: number(information, "Voltage").map { .real($0 / 1e3) })
    for (tag, entry) in [("Stage Alpha", "tilt_alpha"), ("Stage Beta", "tilt_beta")] {
      set("Stage", entry, to: self[information, "Stage Position", tag])
    }
    // From µm to mm.
    for (tag, entry) in [("Stage X", "x"), ("Stage Y", "y"), ("Stage Z", "z")] {
      set("Stage", entry, to: number(information, "Stage Position", tag).map { .real($0 * 1e-3) })
    }
    if case .string(let mode)? = self[information, "Illumination Mode"] {
      set("acquisition_mode", to: .string(Self.acquisitionMode(mode)))
    }
    set("beam_current", to: self[information, "Probe Current (nA)"])
    if image.signalType.isEmpty || image.signalType == "CL", self["DigiScan"] != nil {
      set("dwell_time", to: number("DigiScan", "Sample Time").map { .real($0 / 1e6) })
    }
    guard self[information] != nil else { return }
    let magnification = self[information, "Indicated Magnification"]
    if self[information, "Illumination Mode"] == .string("TEM") {
      // In diffraction, DigitalMicrograph puts the camera length in the place of the magnification.
      let isDiffraction = self[information, "Imaging Mode"] == .string("DIFFRACTION")
      if let magnification {
        metadata[
          path: ["Acquisition_instrument", "TEM"]
            + [isDiffraction ? "camera_length" : "magnification"]] = magnification
      }
    } else {
      set("camera_length", to: self[information, "STEM Camera Length"])
      set("magnification", to: magnification)
    }
    let names = [
      text("Session Info", "Microscope"), text(information, "Name"),
      text(information, "Microscope"),
    ]
    set("microscope", to: names.compactMap(\.self).first { $0 != .string("[]") })
  }

  private func addSpectrometer(to metadata: inout MetadataTree) {
    func set(_ path: String..., to value: MetadataValue?) {
      if let value { metadata[path: ["Acquisition_instrument", "TEM"] + path] = value }
    }
    func set(detector entry: String, to value: MetadataValue?) {
      set("Detector", "EELS", entry, to: value)
    }
    set(
      detector: "collection_angle",
      to: self["EELS", "Experimental Conditions", "Collection semi-angle (mrad)"])
    set(
      "convergence_angle",
      to: self["EELS", "Experimental Conditions", "Convergence semi-angle (mrad)"])
    let isScanned = tags["DigiScan"] != nil
    set(detector: isScanned ? "dwell_time" : "exposure", to: exposure.map { .real($0) })
    set(detector: "frame_number", to: self["EELS", "Acquisition", "Number of frames"])
    if case .string(let label)? = self["EELS Spectrometer", "Aperture label"] {
      let size = label.replacing("mm", with: "").split(whereSeparator: \.isWhitespace)
      if size.count == 1 { set(detector: "aperture_size", to: Double(size[0]).map { .real($0) }) }
    }
    set(detector: "spectrometer", to: self["EELS Spectrometer", "Instrument name"])
  }

  /// How long a spectrum was recorded, s: the integration time, else exposure times frames, which is
  /// all that spectrum images say.
  private var exposure: Double? {
    if let time = number("EELS", "Acquisition", "Integration time (s)") { return time }
    guard let exposure = number("EELS", "Acquisition", "Exposure (s)") else { return nil }
    return exposure * (number("EELS", "Acquisition", "Number of frames") ?? 1)
  }

  private func addQuantity(to metadata: inout MetadataTree) {
    guard
      case .tree(let brightness)? = image.tags[path: ["ImageData", "Calibrations", "Brightness"]]
    else { return }
    if let value = brightness["Units"] {
      var units = if case .string(let text) = value { text } else { "" }
      var quantity = "Intensity"
      if units == "e-" { (units, quantity) = ("Counts", "Electrons") }
      if image.signalType == "EDS_TEM" { quantity = "X-rays" }
      metadata[path: ["Signal", "quantity"]] =
        .string(units.isEmpty ? quantity : "\(quantity) (\(units))")
    }
    let model = ["Signal", "Noise_properties", "Variance_linear_model"]
    metadata[path: model + ["gain_factor"]] = brightness["Scale"]
    metadata[path: model + ["gain_offset"]] = brightness["Origin"]
  }

  private static func acquisitionMode(_ mode: String) -> String {
    mode.contains("STEM") ? "STEM" : mode.contains("SEM") ? "SEM" : "TEM"
  }

  // MARK: Tags

  private subscript(path: String...) -> MetadataValue? { value(path) }

  /// The value of a tag.
  ///
  /// Names agree when their letters and digits do: the software changed its
  /// punctuation over the years.
  private func value(_ path: [String]) -> MetadataValue? {
    var value = MetadataValue.tree(tags)
    for name in path {
      guard case .tree(let tree) = value,
        let member = tree.members.last(where: { Self.key($0.key) == Self.key(name) })
      else { return nil }
      value = member.value
    }
    return value
  }

  /// A name as HyperSpy turns it into an attribute: ASCII letters, digits and underscores.
  private static func key(_ name: String) -> String {
    let kept = name.unicodeScalars.filter { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || scalar == " " || scalar == "_")
    }
    return String(String.UnicodeScalarView(kept)).split(
      separator: " ", omittingEmptySubsequences: false
    ).drop(while: \.isEmpty).reversed().drop(while: \.isEmpty).reversed().joined(separator: "_")
  }

  private func number(_ path: String...) -> Double? {
    switch value(path) {
    case .real(let number)?: number
    case .integer(let number)?: Double(number)
    case .string(let text)?: Double(text)
    default: nil
    }
  }

  /// A text that is not empty.
  private func text(_ path: String...) -> MetadataValue? {
    if case .string(let text)? = value(path), !text.isEmpty { .string(text) } else { nil }
  }
}

extension MetadataTree {
  /// The tree without branches that hold nothing.
  fileprivate var withoutEmptyTrees: MetadataTree {
    var tree = MetadataTree()
    for (key, value) in members {
      if case .tree(let child) = value {
        let pruned = child.withoutEmptyTrees
        if !pruned.isEmpty { tree[key] = .tree(pruned) }
      } else {
        tree[key] = value
      }
    }
    return tree
  }
}
