public import LinearAlgebra

/// What spectra of one class are drawn from, batch by batch.
public protocol SpectrumModel: Sendable {
  /// The number of channels of a spectrum, L.
  var channelCount: Int { get }
  /// The number of spectra in a batch, B.
  var batchSize: Int { get }

  /// A source of batches for one thread.
  func makeBatches() -> any SpectrumBatches

  /// The same for spectra of other acquisitions; nil where noise and shift are those of real spectra that
  /// are only taken up.
  func varied(by variation: AcquisitionVariation) -> (any SpectrumModel)?
}

extension SpectrumModel {
  /// No variation.
  public func varied(by variation: AcquisitionVariation) -> (any SpectrumModel)? { nil }
}

/// Draws batches of spectra of a ``SpectrumModel``, on one thread.
public protocol SpectrumBatches: AnyObject {
  /// Fills B × L with spectra, each divided by its maximum, which the stream alone decides.
  func draw(using stream: inout RandomStream, into batch: Matrix)
}

extension GeneratorSnapshot: SpectrumModel {
  /// The number of channels of a spectrum.
  public var channelCount: Int { components.basis.channelCount }
  /// The number of spectra in a batch.
  public var batchSize: Int { design.batchSize }

  /// The generator with the snapshot's weights.
  public func makeBatches() -> any SpectrumBatches { Generator(self) }

  /// The generator with further shift and noise; not in the paper's own procedure, where neither is calibrated.
  public func varied(by variation: AcquisitionVariation) -> (any SpectrumModel)? {
    design.faithful == nil ? VariedGenerator(snapshot: self, variation: variation) : nil
  }
}

extension Generator: SpectrumBatches {
  /// Draws all random numbers and generates.
  package func draw(using stream: inout RandomStream, into batch: Matrix) {
    draw(&stream)
    forward(into: batch)
  }
}
