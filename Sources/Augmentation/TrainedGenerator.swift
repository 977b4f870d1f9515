public import LinearAlgebra

/// The generator of one class after its training.
public struct TrainedGenerator: Codable, Sendable, Equatable {
  /// The generator.
  public let snapshot: GeneratorSnapshot
  /// How it was trained.
  public let record: TrainingRecord

  /// The class.
  public var name: String { record.name }

  /// What its spectra are drawn from, and the amplitudes that the class's own spectra set.
  public var calibrated: (model: any SpectrumModel, calibration: Calibration) {
    (snapshot, record.calibration)
  }

  /// Draws `count` spectra, count × L, each divided by its maximum.
  ///
  /// The same as the first `count` of a ``SpectrumSampler`` of the same stream.
  public func sample(count: Int, stream: RandomStream) -> Matrix {
    let spectra = Matrix(rows: count, columns: snapshot.components.basis.channelCount)
    SpectrumSampler(snapshot, stream: stream).sample(from: 0, into: spectra)
    return spectra
  }
}
