internal import HDF5
public import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The data of a signal that is being written: takes its spectra in order.
///
/// Spectra gather until they fill a row of chunks, or several short ones, so that every chunk is
/// compressed once, many of them side by side.
/// Whole-number types take whole numbers only: they are refused otherwise, never rounded.
public final class SpectrumFileSink: SpectrumSink {
  /// Title, axes and metadata of the signal.
  public internal(set) var header: SignalHeader
  /// The number of spectra taken so far.
  public private(set) var count = 0

  /// The name of the signal's group in `/Experiments`, and that of its NXentry.
  let experimentName: String
  let entryName: String
  let group: Group
  private let dataset: Dataset
  private let path: String
  private let temporary: TemporaryFile
  /// The slowest axis that is longer than 1; along it lie the rows.
  private let rowAxis: Int
  private let rowSpectra: Int
  /// The rows that are written at once: those of one or more chunks.
  private let gatheredRows: Int
  private let threads: Int
  private var floats: [Float] = []
  private var doubles: [Double] = []
  private var writtenRows = 0
  private static let gatheredBytes = 16 << 20

  init(
    header: SignalHeader, experimentName: String, entryName: String, group: Group, dataset: Dataset,
    chunk: [Int], threads: Int, path: String,
    temporary: TemporaryFile
  ) {
    self.header = header
    self.experimentName = experimentName
    self.entryName = entryName
    self.group = group
    self.dataset = dataset
    self.path = path
    self.temporary = temporary
    rowAxis = header.rowAxis
    rowSpectra = header.navigationShape.dropFirst(rowAxis + 1).reduce(1, *)
    let rowOfChunks = rowSpectra * chunk[rowAxis] * header.channelCount * MemoryLayout<Float>.size
    gatheredRows = chunk[rowAxis] * max(Self.gatheredBytes / max(rowOfChunks, 1), 1)
    self.threads = threads
  }

  /// True when all spectra are there.
  public var isComplete: Bool { count == header.spectrumCount }

  /// Appends the next spectra.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written, or a value does not fit the
  ///   number type.
  public func append(_ block: Block) throws(SpectrumFileError) {
    precondition(
      block.channels == header.channelCount && block.first == count
        && count + block.count <= header.spectrumCount,
      "block of spectra \(block.spectra) × \(block.channels) after \(count) of "
        + "\(header.spectrumCount) × \(header.channelCount)")
    precondition(doubles.isEmpty, "Float32 blocks after Float64 values")
    if header.elementType != .float32 { try check(block.values.lazy.map(Double.init)) }
    try gather(block.values, in: &floats)
  }

  /// Appends the next spectra, spectrum after spectrum, with all their digits.
  ///
  /// - Throws: ``SpectrumFileError`` when the file cannot be written, or a value does not fit the
  ///   number type.
  public func append(doubles values: [Double]) throws(SpectrumFileError) {
    let (number, rest) = values.count.quotientAndRemainder(dividingBy: header.channelCount)
    precondition(
      rest == 0 && count + number <= header.spectrumCount,
      "\(values.count) values for spectra of \(header.channelCount) channels after \(count) of "
        + "\(header.spectrumCount)")
    precondition(floats.isEmpty, "Float64 values after Float32 blocks")
    try check(values)
    try gather(values, in: &doubles)
  }

  /// Refuses a value that the number type would change beyond rounding.
  private func check(_ values: some Sequence<Double>) throws(SpectrumFileError) {
    let type = header.elementType
    guard let range = type.range else { return }
    for value in values {
      let fits =
        type.isWhole
        ? range.contains(value) && value == value.rounded()
        : range.contains(value) || !value.isFinite
      if !fits {
        throw SpectrumFileError(
          .unsupported, path: path, object: dataset.path,
          "\(path): the value \(value) does not fit \(type.rawValue), the number type of "
            + "\(dataset.path); write it as float64 or float32")
      }
    }
  }

  /// Takes the next values, and writes whenever rows of chunks are complete; the rest is `waiting`.
  private func gather<Number: StoredNumber & BinaryFloatingPoint>(
    _ values: [Number], in waiting: inout [Number]
  ) throws(SpectrumFileError) {
    let channels = header.channelCount
    var taken = 0
    while taken < values.count {
      let wanted = min(
        gatheredRows * rowSpectra * channels,
        (header.spectrumCount - count) * channels + waiting.count)
      let end = min(taken + wanted - waiting.count, values.count)
      count += (end - taken) / channels
      if waiting.isEmpty, values.count == wanted {
        try writeRows(values)
      } else {
        waiting.reserveCapacity(wanted)
        waiting += values[taken..<end]
        if waiting.count == wanted {
          try writeRows(waiting)
          waiting.removeAll(keepingCapacity: !isComplete)
        }
      }
      taken = end
    }
  }

  /// Writes the next rows.
  private func writeRows<Number: StoredNumber & BinaryFloatingPoint>(
    _ values: [Number]
  ) throws(SpectrumFileError) {
    let rows = values.count / (rowSpectra * header.channelCount)
    var slab = Hyperslab(all: header.shape)
    if !header.navigationShape.isEmpty {
      slab.start[rowAxis] = writtenRows
      slab.count[rowAxis] = rows
    }
    do { try write(values, slab) } catch { throw SpectrumFileError(error, path: path) }
    writtenRows += rows
    temporary.startWriting()
  }

  /// Writes numbers; libhdf5 converts them, but not to truth values.
  private func write<Number: StoredNumber & BinaryFloatingPoint>(
    _ values: [Number], _ slab: Hyperslab
  ) throws(HDF5Error) {
    if header.elementType == .bool {
      try dataset.write(values.map { $0 != 0 }, slab)
    } else {
      try dataset.write(values, slab, threads: threads)
    }
  }
}
