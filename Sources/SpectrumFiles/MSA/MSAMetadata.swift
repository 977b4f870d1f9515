internal import Spectra

/// What the keywords of a spectral data file say, in HyperSpy's words: the entries that rosettasciio
/// fills, under the same names and in the file's own units, which stand beside them as `…_units`.
struct MSAMetadata {
  private let text: MSAText

  /// Takes the keywords of a file.
  init(of text: MSAText) { self.text = text }

  /// The text of a keyword without units; nil when there is none.
  func text(_ name: String) -> String? {
    text.keywords.last { $0.key == name }?.value
  }

  /// The number of a keyword without units; nil when there is none.
  func number(_ name: String) -> Double? { text(name).flatMap(Self.number) }

  /// HyperSpy's signal type.
  var signalType: String {
    switch text("SIGNALTYPE").map({ MSAText.trimmed($0[...]) }) {
    // The format's word is ELS; HyperSpy 1 writes its own.
    case "ELS", "EELS": return "EELS"
    case "CLS": return "CL"
    case "EDS":
      let voltage = text.keywords.first { $0.name == "BEAMKV" }?.value.flatMap(Self.number)
      // The format does not name the instrument; scanning microscopes rarely go above 30 kV.
      return voltage.map { $0 > 30 } ?? false ? "EDS_TEM" : "EDS_SEM"
    default: return ""
    }
  }

  /// HyperSpy's `original_metadata`: the keywords with their values.
  var original: MetadataTree {
    var tree = MetadataTree()
    for keyword in text.keywords {
      tree[keyword.key] =
        keyword.name == "FORMAT" ? .string("EMSA/MAS Spectral Data File") : Self.value(keyword)
    }
    return tree
  }

  /// HyperSpy's `metadata`, but for what HyperSpy adds itself.
  func metadata(fileName path: String) -> MetadataTree {
    var metadata = MetadataTree()
    for keyword in text.keywords {
      guard let place = Self.places[keyword.name], keyword.value?.isEmpty == false else { continue }
      let path = place.split(separator: ".").map(String.init)
      metadata[path: path] = Self.value(keyword)
      if let units = keyword.units {
        metadata[path: path.dropLast() + ["\(path[path.count - 1])_units"]] = .string(units)
      }
    }
    if let time = text("TIME").flatMap(AcquisitionDate.time) {
      metadata[path: ["General", "time"]] = .string(time)
    }
    if let date = text("DATE").flatMap(AcquisitionDate.date) {
      metadata[path: ["General", "date"]] = .string(date)
    }
    metadata[path: ["General", "original_filename"]] =
      .string(String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]))
    metadata[path: ["Signal", "signal_type"]] = .string(signalType)
    if let quantity { metadata[path: ["Signal", "quantity"]] = .string(quantity) }
    return metadata
  }

  /// What the values are, with their units.
  private var quantity: String? {
    var units = text("YUNITS").map { "(\($0))" }
    var quantity = text("YLABEL")
    if quantity == nil, signalType == "EELS" { quantity = "Electrons" }
    if quantity == nil, signalType.hasPrefix("EDS") { quantity = "X-rays" }
    if text("YLABEL") == nil, quantity != nil { units = units ?? "(Counts)" }
    let words = [quantity, units].compactMap(\.self).filter { !$0.isEmpty }
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  // MARK: Values

  /// The value of a keyword: a number where the format defines one, else a text; None without a colon.
  private static func value(_ keyword: MSAText.Keyword) -> MetadataValue {
    guard let value = keyword.value else { return .none }
    guard numbers.contains(keyword.name), !value.isEmpty else { return .string(value) }
    return number(value).map { .real($0) } ?? .string(value)
  }

  /// A number, also one with a blank before its exponent, or the first of several.
  private static func number(_ raw: String) -> Double? {
    let text = MSAText.trimmed(raw[...])
    if let value = Double(text) { return value }
    if text.lowercased().contains("e"), let value = Double(text.filter { $0 != " " }) {
      return value
    }
    return text.split(separator: " ").first.flatMap { Double($0) }
  }

  /// The keywords whose values are numbers.
  private static let numbers: Set<String> = [
    "NPOINTS", "NCOLUMNS", "XPERCHAN", "OFFSET", "CHOFFSET", "BEAMKV", "EMISSION", "PROBECUR",
    "BEAMDIAM", "MAGCAM", "CONVANGLE", "THICKNESS", "XTILTSTGE", "YTILTSTGE", "XPOSITION",
    "YPOSITION", "ZPOSITION", "INTEGTIME", "DWELLTIME", "COLLANGLE", "ELEVANGLE", "AZIMANGLE",
    "SOLIDANGLE", "LIVETIME", "REALTIME", "FWHMMNKA", "TBEWIND", "TAUWIND", "TDEADLYR", "TACTLYR",
    "TALWIND", "TPYWIND", "TBNWIND", "TDIWIND", "THCWIND",
  ]

  /// Where HyperSpy keeps what a keyword says.
  private static let places = [
    "TITLE": "General.title", "BEAMKV": "Acquisition_instrument.TEM.beam_energy",
    "PROBECUR": "Acquisition_instrument.TEM.beam_current",
    "CONVANGLE": "Acquisition_instrument.TEM.convergence_angle", "THICKNESS": "Sample.thickness",
    "XTILTSTGE": "Acquisition_instrument.TEM.Stage.tilt_alpha",
    "INTEGTIME": "Acquisition_instrument.TEM.Detector.EELS.exposure",
    "DWELLTIME": "Acquisition_instrument.TEM.Detector.EELS.dwell_time",
    "COLLANGLE": "Acquisition_instrument.TEM.Detector.EELS.collection_angle",
    "ELEVANGLE": "Acquisition_instrument.TEM.Detector.EDS.elevation_angle",
    "AZIMANGLE": "Acquisition_instrument.TEM.Detector.EDS.azimuth_angle",
    "SOLIDANGLE": "Acquisition_instrument.TEM.Detector.EDS.solid_angle",
    "LIVETIME": "Acquisition_instrument.TEM.Detector.EDS.live_time",
    "REALTIME": "Acquisition_instrument.TEM.Detector.EDS.real_time",
    "FWHMMNKA": "Acquisition_instrument.TEM.Detector.EDS.energy_resolution_MnKa",
    "EDSDET": "Acquisition_instrument.TEM.Detector.EDS.EDS_det",
  ]
}
