public import Spectra

/// The edges that stand out of a mean spectrum whose background is in it, and what they may be.
///
/// The first is that of the automatic background window: where the counts rise above the power law
/// before them by at least 4 % and eight standard errors over 10 eV. Its near-edge structure, 40 eV or
/// 5 % of its energy, whichever is more, is not searched. Behind it the search starts anew from the
/// channels there, and so on; as these may lie on fine structure that falls ever slower, a later edge
/// must also be higher than the 5 eV before it, and still 4 % above the power law 10 to 20 eV on.
/// Edges that start in the near-edge structure of another (L2 behind L3, Fe L3 behind F K) are not
/// seen, nor are weak ones behind a strong one.
///
/// The energy is that of half the greatest height over the power law within 10 eV, between channels
/// linearly. Candidates are the tabulated K, L3 and M5 edges within 10 eV, which is more than chemical
/// shifts, calibration and pre-peaks move an onset. They are ranked: listed elements first; then those
/// of whose other edges in range more are seen than missing; then sharp edges before the M5 edges
/// of Kr to Xe, which rise slowly; then by distance. Tc, Pm and Po to Fr, which hardly anyone has under
/// the beam, are candidates only when listed.
public struct EdgeDetection: Sendable, Equatable, Codable {
  /// How far a tabulated energy may be from the seen one, eV.
  public static let tolerance = 10.0

  /// An edge that was seen.
  public struct Edge: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Where it has risen to half its height, eV.
    public var energy: Double
    /// Its height: the greatest counts within 10 eV divided by the power law before it.
    public var jumpRatio: Double
    /// The rise over 10 eV in standard errors.
    public var significance: Double
    /// What it may be, likeliest first.
    public var candidates: [EdgeOnsets.Edge]

    /// One line: `531.6 eV, 2.1 times the background, 310 standard errors: O K (532 eV)`.
    public var description: String {
      // Where the background was removed, the counts before an edge are next to nothing.
      let ratio = jumpRatio < 100 ? String((jumpRatio * 100).rounded() / 100) : "over 100"
      let errors = significance < 1e4 ? decimal(significance.rounded()) : "over 10000"
      let names = candidates.map(\.description).joined(separator: ", ")
      return "\(decimal(energy)) eV, \(ratio) times the background, \(errors) standard errors: "
        + (names.isEmpty ? "no edge in the tables" : names)
    }
  }

  /// By rising energy.
  public let edges: [Edge]

  /// Looks at the mean spectrum of the channels of an axis (eV, rising), from 40 eV on.
  ///
  /// `elements` are symbols that the metadata list.
  public init(_ spectrum: [Double], axis: UniformAxis, elements: [String] = []) {
    precondition(spectrum.count == axis.count, "\(spectrum.count) values for \(axis.count)")
    precondition(axis.scale > 0, "energy axis with scale \(axis.scale)")
    let line = LogarithmicLine(spectrum, axis: axis)
    var seen: [Edge] = []
    // Below lie zero-loss peak and plasmons.
    var start = max(0, Int(((40 - axis.offset) / axis.scale).rounded(.up)))
    var from = start
    while let channel = line.onset(from: start, searchFrom: from) {
      guard seen.isEmpty || line.persists(at: channel, from: start) else {
        from = channel + 1
        continue
      }
      let ratios = line.ratios(from: channel, lineFrom: start)
      let energy = axis[channel] + Self.halfHeight(ratios) * axis.scale
      seen.append(
        Edge(
          energy: energy, jumpRatio: ratios.max() ?? 1,
          significance: line.rise(at: channel, from: start), candidates: []))
      start = channel + Int((max(40, 0.05 * energy) / axis.scale).rounded(.up))
      from = start
    }
    let energies = seen.map(\.energy)
    let range = axis[0]...axis[axis.count - 1]
    edges = seen.map { edge in
      var edge = edge
      edge.candidates = Self.candidates(
        at: edge.energy, seen: energies, range: range, listed: Set(elements))
      return edge
    }
  }

  /// Looks at the mean of the usable spectra of a source, with the elements that its metadata list.
  ///
  /// - Throws: ``PreprocessError`` when they are no spectra over energy or none is usable; what the
  ///   source throws.
  public init(surveying source: any SpectrumSource) throws {
    let header = source.header
    let axis = try EnergyAxisRules.axis(of: header)
    let survey = try Survey(
      source, channels: 0..<axis.count, limit: EnergyAxisRules.detectorLimit(of: header.elementType)
    )
    guard !survey.good.isEmpty else { throw survey.complaint }
    self.init(survey.mean, axis: axis, elements: EnergyAxisRules.elements(of: header))
  }

  /// Where ratios first pass half of their greatest height over 1, in channels.
  private static func halfHeight(_ ratios: [Double]) -> Double {
    let half = 1 + ((ratios.max() ?? 1) - 1) / 2
    guard let index = ratios.firstIndex(where: { $0 >= half }), index > 0 else { return 0 }
    let rise = ratios[index] - ratios[index - 1]
    return Double(index) - (rise > 0 ? (ratios[index] - half) / rise : 0)
  }

  private static let unusual: Set = ["Tc", "Pm", "Po", "At", "Rn", "Fr"]
  private static let slow: Set = [
    "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb",
    "Te", "I", "Xe",
  ]

  private static func candidates(
    at energy: Double, seen: [Double], range: ClosedRange<Double>, listed: Set<String>
  ) -> [EdgeOnsets.Edge] {
    func rank(_ edge: EdgeOnsets.Edge) -> (Int, Int, Int, Double) {
      let others = EdgeOnsets.edges(of: edge.element)
        .filter { $0 != edge && range.contains($0.energy) }
      let found = others.count { other in seen.contains { abs($0 - other.energy) <= tolerance } }
      return (
        listed.contains(edge.element) ? 0 : 1, others.count - 2 * found,
        edge.shell == "M5" && slow.contains(edge.element) ? 1 : 0, abs(edge.energy - energy)
      )
    }
    return EdgeOnsets.edges(near: energy, tolerance: tolerance)
      .filter { !unusual.contains($0.element) || listed.contains($0.element) }
      .map { (edge: $0, rank: rank($0)) }
      .sorted { $0.rank < $1.rank }
      .map(\.edge)
  }
}
