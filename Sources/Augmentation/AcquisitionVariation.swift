/// How the spectra of other acquisitions may differ from those that were measured: in the error of the
/// energy calibration, the thickness of the specimen, and the dose.
///
/// Training spectra come from few acquisitions, so that their own drift says little of the next one's: it is
/// a sample of few. A classifier that is to tell spectra of another day must not take the calibration, the
/// plural scattering and the noise of the training spectra for properties of their classes. Every synthetic
/// spectrum is therefore changed as by another thickness, shifted once more by a normal deviate, and its noise
/// scaled as by another number of counts.
public struct AcquisitionVariation: Codable, Sendable, Equatable {
  /// The standard deviation of the shift, channels.
  public var shift: Double
  /// The variance of the noise over the measured one: the logarithm is uniform between these.
  public var noise: ClosedRange<Double>

  /// The change of the relative thickness t/λ is uniform within ± this.
  public var thickness: Double
  /// The width of a channel, eV; without it the thickness stays.
  public var energyStep: Double?

  /// From half of the counts to twice as many.
  public static let noise = 0.5...2.0

  /// The shift over the drift of the training spectra: of few acquisitions, the next may lie outside.
  static let driftFactor = 1.5

  /// Specimens for core losses are from 0.2 to 1 mean free paths thick.
  public static let thickness = 0.5

  /// Creates a variation from its amplitudes.
  public init(
    shift: Double, noise: ClosedRange<Double> = Self.noise, thickness: Double = Self.thickness,
    energyStep: Double? = nil
  ) {
    precondition(
      shift >= 0 && noise.lowerBound > 0 && thickness >= 0 && energyStep ?? 1 > 0,
      "a shift of \(shift), noise of \(noise), thickness of \(thickness)")
    self.shift = shift
    self.noise = noise
    self.thickness = thickness
    self.energyStep = energyStep
  }

  /// What the spectra of the classes of one energy axis say of it.
  ///
  /// All classes have the same drift, but each knows it only with what its own shape shows of it: the widest of
  /// them is taken for all, and the shift is ``driftFactor`` times that. Where this would bring a class to
  /// another's side (the widest shift of a uniform distribution of the same standard deviation exceeds the
  /// class's limit), it is no more than the drift itself: so far the training spectra lie apart already, and their
  /// classes are told by more than their place.
  public static func variations(of classes: [Calibration]) -> [AcquisitionVariation] {
    let drift = classes.map(\.energyDrift).max() ?? 0
    return classes.map { item in
      let limit = (item.shiftLimit ?? .infinity) / 3.0.squareRoot()
      return AcquisitionVariation(
        shift: min(driftFactor * drift, max(limit, drift)), energyStep: item.energyStep)
    }
  }
}

/// A generator whose spectra vary as those of other acquisitions do.
struct VariedGenerator: SpectrumModel {
  let snapshot: GeneratorSnapshot
  let variation: AcquisitionVariation

  var channelCount: Int { snapshot.channelCount }
  var batchSize: Int { snapshot.batchSize }

  func makeBatches() -> any SpectrumBatches { Generator(snapshot, varied: variation) }
}

/// Whose spectra synthetic ones are like.
public enum Acquisitions: String, Codable, Sendable, CaseIterable {
  /// Those of the acquisitions that the training spectra come from.
  case measured
  /// Those of other acquisitions, too (``AcquisitionVariation``).
  case unseen

  /// What spectra of the classes of one energy axis are drawn from.
  ///
  /// Mixtures of real spectra stay what they are: their noise and shifts are not drawn.
  public func models(
    _ classes: [(model: any SpectrumModel, calibration: Calibration)]
  ) -> [any SpectrumModel] { varied(classes).map(\.model) }

  /// The same, and how each varies; nil where it doesn't.
  public func varied(
    _ classes: [(model: any SpectrumModel, calibration: Calibration)]
  ) -> [(model: any SpectrumModel, variation: AcquisitionVariation?)] {
    switch self {
    case .measured: classes.map { ($0.model, nil) }
    case .unseen:
      zip(classes, AcquisitionVariation.variations(of: classes.map(\.calibration))).map {
        if let model = $0.model.varied(by: $1) { (model, $1) } else { ($0.model, nil) }
      }
    }
  }
}
