/// Consecutive spectra of a signal, navigation flattened in row-major order.
public struct Block: Sendable, Equatable {
  /// The index of the first spectrum in the signal.
  public var first: Int
  /// The number of spectra.
  public var count: Int
  /// The number of channels of each spectrum.
  public var channels: Int
  /// count × channels values, spectrum after spectrum.
  public var values: [Float]

  /// Creates a block; `values` must hold count × channels numbers.
  public init(first: Int, count: Int, channels: Int, values: [Float]) {
    precondition(
      values.count == count * channels,
      "\(values.count) values for \(count) spectra of \(channels) channels")
    self.first = first
    self.count = count
    self.channels = channels
    self.values = values
  }

  /// The indices of the spectra in the signal.
  public var spectra: Range<Int> { first..<(first + count) }

  /// The values of one spectrum of the block, counted from 0.
  public func spectrum(_ index: Int) -> ArraySlice<Float> {
    values[(index * channels)..<((index + 1) * channels)]
  }
}

/// Where spectra come from: a file, or memory.
public protocol SpectrumSource {
  /// Title, axes and metadata.
  var header: SignalHeader { get }
  /// How many spectra are best read at once: a whole number of the file's chunks.
  var preferredBlockCount: Int { get }
  /// Reads spectra as Float32, navigation flattened in row-major order.
  ///
  /// - Throws: an error that names file and object when the data cannot be read.
  func read(_ spectra: Range<Int>) throws -> Block
}

/// Where spectra go: a file, or memory.
public protocol SpectrumSink {
  /// Appends spectra; blocks arrive in order and without gaps.
  ///
  /// - Throws: an error that names the file when it cannot be written.
  mutating func append(_ block: Block) throws
}
