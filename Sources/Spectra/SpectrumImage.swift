/// A signal in memory: a spectrum image, a list of spectra or one spectrum.
public struct SpectrumImage: Sendable, Equatable, SpectrumSource, SpectrumSink {
  /// Title, axes and metadata.
  public var header: SignalHeader
  /// The spectra one after the other, navigation flattened in row-major order.
  public private(set) var values: [Float]
  /// All of them: memory has no chunks.
  public var preferredBlockCount: Int { header.spectrumCount }

  /// Creates an image; `values` must hold spectra × channels numbers.
  public init(header: SignalHeader, values: [Float]) {
    precondition(
      values.count == header.spectrumCount * header.channelCount,
      "\(values.count) values for shape \(header.shape)")
    self.header = header
    self.values = values
  }

  /// Creates an image to be filled by ``append(_:)``.
  public init(filling header: SignalHeader) {
    self.header = header
    values = []
    values.reserveCapacity(header.spectrumCount * header.channelCount)
  }

  /// The values of one spectrum.
  public func spectrum(_ index: Int) -> ArraySlice<Float> {
    let channels = header.channelCount
    return values[(index * channels)..<((index + 1) * channels)]
  }

  /// Copies spectra out.
  public func read(_ spectra: Range<Int>) -> Block {
    let channels = header.channelCount
    return Block(
      first: spectra.lowerBound, count: spectra.count, channels: channels,
      values: Array(values[(spectra.lowerBound * channels)..<(spectra.upperBound * channels)]))
  }

  /// Appends the next spectra.
  public mutating func append(_ block: Block) {
    precondition(
      block.channels == header.channelCount && block.first * block.channels == values.count,
      "block of spectra \(block.spectra) × \(block.channels) out of order")
    values.append(contentsOf: block.values)
  }
}
