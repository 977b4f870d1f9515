public import LinearAlgebra
public import Spectra

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Labelled raw spectra of several acquisitions, in counts: class after class, and within a class
/// acquisition after acquisition.
///
/// The physics are those of ``SpectrumImageSimulation``: hydrogenic edges with white lines and O K
/// peaks, power-law background, plural scattering, Poisson and read-out noise. Spectra are simulated
/// as they are read, each from its own split of the seed: any block size, order or number of threads
/// gives the same counts.
public struct SpectrumSetSimulation: SpectrumSource, Sendable {
  /// What is simulated.
  public let parameters: SpectrumSetParameters
  /// The acquisitions.
  public let acquisitions: [Acquisition]
  /// Title, axes and metadata.
  public let header: SignalHeader

  private let threads: Int
  private let models: [SpectrumModel]
  private let spectra: RandomStream

  /// What the spectra of one acquisition share.
  public struct Acquisition: Sendable, Equatable {
    /// The error of the energy calibration, eV; positive to higher channels.
    public var calibrationError: Double
    /// The energy resolution, eV full width at half maximum.
    public var resolution: Double
    /// The relative thickness t/λ.
    public var thickness: Double
    /// The dose, relative to that of the set.
    public var dose: Double
  }

  /// What is true of one spectrum, whatever the counts say.
  package struct Truth: Sendable, Equatable {
    /// The class.
    package var label: Int
    /// The acquisition.
    package var acquisition: Int
    /// The beam's paths through the materials, nm.
    package var paths: [Double]
    /// The shift of the energy scale, eV.
    package var energyShift: Double
    /// The electrons in the probe during the dwell time.
    package var electrons: Double
  }

  /// Prepares a simulation whose random numbers come from a stream; `threads` > 0 simulate the spectra of a block side by side.
  public init(_ parameters: SpectrumSetParameters, stream: RandomStream, threads: Int = 1) {
    precondition(threads > 0, "\(threads) threads")
    self.parameters = parameters
    self.threads = threads
    acquisitions = Self.acquisitions(parameters, stream.split(0))
    spectra = stream.split(1)
    header = Self.header(parameters)
    models = acquisitions.map {
      SpectrumModel(
        materials: parameters.materials, axis: parameters.energyAxis, resolution: $0.resolution,
        greatestShift: parameters.greatestShift)
    }
  }

  /// A few hundred spectra.
  public var preferredBlockCount: Int { 512 }

  /// Simulates the spectra of a range; counts are whole numbers from 0 to 65535.
  public func read(_ spectra: Range<Int>) -> Block {
    precondition(
      spectra.lowerBound >= 0 && spectra.upperBound <= header.spectrumCount,
      "spectra \(spectra) of a set of \(header.spectrumCount)")
    return Block(of: spectra, channels: header.channelCount, threads: threads) { index in
      let electrons = expectedElectrons(truth(ofSpectrum: index))
      let stream = self.spectra.split(UInt64(index))
      var shot = stream.split(Use.shotNoise)
      var read = stream.split(Use.readNoise)
      return parameters.detector.read(electrons, spike: nil, shot: &shot, read: &read)
    }
  }

  /// The true classes of all spectra.
  public var labels: Labels {
    Labels(
      classNames: parameters.classes.map(\.name),
      values: parameters.classes.enumerated().flatMap {
        [Int32](repeating: Int32($0), count: $1.count)
      }, axes: header.navigationAxes)
  }

  /// The acquisition of every spectrum, counted from 0.
  public var acquisitionNumbers: [Int32] {
    (0..<header.spectrumCount).map { Int32(place(ofSpectrum: $0).acquisition) }
  }

  /// The truth of a spectrum.
  package func truth(ofSpectrum index: Int) -> Truth {
    let (label, acquisition) = place(ofSpectrum: index)
    let own = parameters.classes[label]
    let session = acquisitions[acquisition]
    var stream = spectra.split(UInt64(index)).split(Use.specimen)
    let shift = parameters.shiftJitter * min(max(stream.normal(), -3), 3)
    let dose = exp(parameters.doseSpread * min(max(stream.normal(), -3), 3))
    let thickness = session.thickness * stream.uniform(parameters.thicknessSpread)
    let admixture = stream.uniform(own.admixture)
    let other = own.neighbours[stream.index(below: own.neighbours.count)]
    var paths = [Double](repeating: 0, count: parameters.materials.count)
    for (material, share) in [(own.material, 1 - admixture), (other, admixture)] {
      paths[material] += share * thickness * parameters.materials[material].meanFreePath
    }
    return Truth(
      label: label, acquisition: acquisition, paths: paths,
      energyShift: session.calibrationError + shift, electrons: own.electrons * session.dose * dose)
  }

  /// The expected electrons in every channel.
  package func expectedElectrons(_ truth: Truth) -> [Double] {
    models[truth.acquisition].electrons(
      paths: truth.paths, shift: truth.energyShift, electrons: truth.electrons)
  }

  private enum Use {
    static let specimen: UInt64 = 0
    static let shotNoise: UInt64 = 1
    static let readNoise: UInt64 = 2
  }

  private func place(ofSpectrum index: Int) -> (label: Int, acquisition: Int) {
    var rest = index
    var label = 0
    while rest >= parameters.classes[label].count {
      rest -= parameters.classes[label].count
      label += 1
    }
    return (label, rest * parameters.acquisitionCount / parameters.classes[label].count)
  }

  private static func acquisitions(
    _ parameters: SpectrumSetParameters, _ stream: RandomStream
  ) -> [Acquisition] {
    let count = parameters.acquisitionCount
    let ranges = [
      parameters.calibrationErrors, parameters.resolutions, parameters.thicknesses,
      parameters.doses,
    ]
    let values = ranges.enumerated().map { use, range in
      var stream = stream.split(UInt64(use))
      return stream.permutation(count).map {
        range.lowerBound
          + (range.upperBound - range.lowerBound) * (Double($0) + 0.5) / Double(count)
      }
    }
    return (0..<count).map {
      Acquisition(
        calibrationError: values[0][$0], resolution: values[1][$0], thickness: values[2][$0],
        dose: values[3][$0])
    }
  }

  private static func header(_ parameters: SpectrumSetParameters) -> SignalHeader {
    var metadata = MetadataTree()
    metadata[path: ["General", "title"]] = .string(parameters.title)
    metadata[path: ["General", "notes"]] = .string(
      "Simulated data, not a measurement: eels-dag simulate.")
    metadata[path: ["Sample", "elements"]] = .list(parameters.elements.map(MetadataValue.string))
    metadata.describeMicroscope()
    let noise = ["Signal", "Noise_properties", "Variance_linear_model"]
    let detector = parameters.detector
    metadata[path: noise + ["gain_factor"]] = .real(detector.gain)
    metadata[path: noise + ["gain_offset"]] = .real(detector.readNoise * detector.readNoise)
    metadata[path: ["Signal", "quantity"]] = .string("Electrons (Counts)")
    return SignalHeader(
      title: parameters.title,
      axes: [
        .navigation("spectrum", count: parameters.spectrumCount),
        .energyLoss(parameters.energyAxis),
      ], elementType: .uint16, metadata: metadata)
  }
}

extension RandomStream {
  fileprivate mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    uniform(range.lowerBound, range.upperBound)
  }
}
