import LinearAlgebra
public import Spectra

/// The preset `si`: a raw core-loss spectrum image of Fe₃O₄ core – MnFe₂O₄ shell nanoparticles.
///
/// Every pixel's electrons pass carbon film, shell and core (``CoreShellGeometry``); the spectrum
/// holds the power-law background, O K, Mn L2,3 and Fe L2,3 with the near-edge structure of the
/// compounds passed, plural scattering, and a slow drift of the energy scale; a ``Detector`` counts
/// it. Spectra are simulated as they are read, each from its own split of the seed: any block size,
/// order or number of threads gives the same counts, and an image of any size needs no memory.
public struct SpectrumImageSimulation: SpectrumSource, Sendable {
  /// What is simulated.
  public let parameters: SpectrumImageParameters
  /// The seed of all random quantities.
  public let seed: UInt64
  /// Title, axes and metadata.
  public let header: SignalHeader

  private let threads: Int
  private let model: SpectrumModel
  private let specimen: RandomStream
  private let pixels: RandomStream

  /// Prepares a simulation; `threads` > 0 simulate the spectra of a block side by side.
  public init(
    _ parameters: SpectrumImageParameters = SpectrumImageParameters(), seed: UInt64,
    threads: Int = 1
  ) {
    precondition(threads > 0, "\(threads) threads")
    self.threads = threads
    self.parameters = parameters
    self.seed = seed
    header = Self.header(parameters)
    model = SpectrumModel(
      materials: [.magnetite, .manganeseFerrite, .amorphousCarbon],
      axis: parameters.energyAxis, resolution: parameters.energyResolution,
      greatestShift: parameters.drift.greatestShift)
    let root = RandomStream(seed: seed)
    specimen = root.split(0)
    pixels = root.split(1)
  }

  /// One row of the image.
  public var preferredBlockCount: Int { parameters.columns }

  /// What is true of one spectrum, whatever the counts say.
  public struct Truth: Sendable, Equatable {
    /// The beam's paths through core, shell and film.
    public var paths: CoreShellGeometry.Paths
    /// The class: 0 core, 1 shell, -1 neither.
    public var label: Int32
    /// The shift of the energy scale, eV; positive to higher channels.
    public var energyShift: Double
    /// The electrons in the probe during the dwell time.
    public var electrons: Double
    /// The hit in this spectrum, if there is one.
    public var spike: Detector.Spike?
    /// True when the read-out is lost and all counts are 0.
    public var isDead: Bool
  }

  /// The truth of a spectrum, navigation flattened in row-major order.
  public func truth(ofSpectrum index: Int) -> Truth {
    let paths = self.paths(ofSpectrum: index)
    let stream = pixels.split(UInt64(index))
    var drift = stream.split(Use.drift)
    var beam = stream.split(Use.beam)
    var spike = stream.split(Use.spike)
    var dead = stream.split(Use.dead)
    let progress = Double(index) / Double(max(header.spectrumCount - 1, 1))
    return Truth(
      paths: paths, label: parameters.geometry.label(paths),
      energyShift: parameters.drift.shift(progress: progress, using: &drift),
      electrons: parameters.electrons * (1 + parameters.beamNoise * min(max(beam.normal(), -4), 4)),
      spike: parameters.detector.spike(channels: header.channelCount, using: &spike),
      isDead: parameters.detector.isDead(using: &dead))
  }

  /// The mean counts of a spectrum without spikes: gain × expected electrons.
  public func expectedCounts(ofSpectrum index: Int) -> [Double] {
    expectedElectrons(truth(ofSpectrum: index)).map { $0 * parameters.detector.gain }
  }

  /// Simulates the spectra of a range; counts are whole numbers from 0 to 65535.
  public func read(_ spectra: Range<Int>) -> Block {
    precondition(
      spectra.lowerBound >= 0 && spectra.upperBound <= header.spectrumCount,
      "spectra \(spectra) of an image of \(header.spectrumCount)")
    return Block(of: spectra, channels: header.channelCount, threads: threads) {
      counts(ofSpectrum: $0)
    }
  }

  /// The true classes of all spectra: 0 core, 1 shell, -1 for the film and the thin rim.
  ///
  /// The rule: a pixel whose beam passes at least ``CoreShellGeometry/leastLabelledPath`` of
  /// particle belongs to the material it passes more of. A dead pixel keeps the class of its place.
  public var labels: Labels {
    Labels(
      classNames: ["Fe3O4 core", "MnFe2O4 shell"],
      values: (0..<header.spectrumCount).map { parameters.geometry.label(paths(ofSpectrum: $0)) },
      axes: header.navigationAxes)
  }

  private enum Use {
    static let drift: UInt64 = 0
    static let beam: UInt64 = 1
    static let shotNoise: UInt64 = 2
    static let readNoise: UInt64 = 3
    static let spike: UInt64 = 4
    static let dead: UInt64 = 5
  }

  private func counts(ofSpectrum index: Int) -> [Float] {
    let truth = truth(ofSpectrum: index)
    if truth.isDead { return [Float](repeating: 0, count: header.channelCount) }
    let stream = pixels.split(UInt64(index))
    var shot = stream.split(Use.shotNoise)
    var read = stream.split(Use.readNoise)
    return parameters.detector.read(
      expectedElectrons(truth), spike: truth.spike, shot: &shot, read: &read)
  }

  private func expectedElectrons(_ truth: Truth) -> [Double] {
    model.electrons(
      paths: [truth.paths.core, truth.paths.shell, truth.paths.support],
      shift: truth.energyShift, electrons: truth.electrons)
  }

  private func paths(ofSpectrum index: Int) -> CoreShellGeometry.Paths {
    let (row, column) = index.quotientAndRemainder(dividingBy: parameters.columns)
    return parameters.geometry.paths(
      y: Double(row) * parameters.pixelSize, x: Double(column) * parameters.pixelSize,
      stream: specimen)
  }

  private static func header(_ parameters: SpectrumImageParameters) -> SignalHeader {
    let title = "Simulated Fe3O4 core, MnFe2O4 shell nanoparticles"
    var metadata = MetadataTree()
    metadata[path: ["General", "title"]] = .string(title)
    metadata[path: ["General", "notes"]] = .string(
      "Simulated data, not a measurement: eels-dag simulate si.")
    metadata[path: ["Sample", "description"]] = .string(
      "Simulated: Fe3O4 core, MnFe2O4 shell nanoparticles on amorphous carbon")
    metadata[path: ["Sample", "elements"]] = .list([.string("Fe"), .string("Mn"), .string("O")])
    metadata.describeMicroscope(
      beamCurrent: parameters.beamCurrent / 1000, dwellTime: parameters.dwellTime)
    let noise = ["Signal", "Noise_properties", "Variance_linear_model"]
    metadata[path: noise + ["gain_factor"]] = .real(parameters.detector.gain)
    metadata[path: noise + ["gain_offset"]] = .real(
      parameters.detector.readNoise * parameters.detector.readNoise)
    metadata[path: ["Signal", "quantity"]] = .string("Electrons (Counts)")
    return SignalHeader(
      title: title,
      axes: [
        .navigation("y", count: parameters.rows, scale: parameters.pixelSize, units: "nm"),
        .navigation("x", count: parameters.columns, scale: parameters.pixelSize, units: "nm"),
        .energyLoss(parameters.energyAxis),
      ], elementType: parameters.elementType, metadata: metadata)
  }
}
