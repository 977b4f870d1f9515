internal import HDF5
public import Spectra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The data of a signal that is being written: takes its spectra in order.
///
/// Spectra gather until they fill a row of chunks, so that every chunk is compressed once.
/// Whole-number types take whole numbers only: they are refused otherwise, never rounded.
public final class SpectrumFileSink: SpectrumSink {
  /// Title, axes and metadata of the signal.
  public internal(set) var header: SignalHeader
  /// The number of spectra taken so far.
  public private(set) var count = 0

  let group: Group
  private let dataset: Dataset
  private let path: String
  /// The slowest axis that is longer than 1; along it lie the rows.
  private let rowAxis: Int
  private let rowSpectra: Int
  private let chunkRows: Int
  private let threads: Int
  private var floats: [Float] = []
  private var doubles: [Double] = []
  private var writtenRows = 0

  init(
    header: SignalHeader, group: Group, dataset: Dataset, chunk: [Int], threads: Int, path: String
  ) {
    self.header = header
    self.group = group
    self.dataset = dataset
    self.path = path
    rowAxis = header.rowAxis
    rowSpectra = header.navigationShape.dropFirst(rowAxis + 1).reduce(1, *)
    chunkRows = chunk[rowAxis]
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
    floats += block.values
    count += block.count
    try flush()
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
    doubles += values
    count += number
    try flush()
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

  /// Writes all complete rows of chunks.
  private func flush() throws(SpectrumFileError) {
    let rowValues = rowSpectra * header.channelCount
    let rows = header.navigationShape.isEmpty ? 1 : header.navigationShape[rowAxis]
    let waiting = (floats.count + doubles.count) / rowValues
    let complete = isComplete ? waiting : waiting / chunkRows * chunkRows
    guard complete > 0 else { return }
    var slab = Hyperslab(all: header.shape)
    if !header.navigationShape.isEmpty {
      slab.start[rowAxis] = writtenRows
      slab.count[rowAxis] = complete
    }
    assert(writtenRows + complete <= rows)
    let values = complete * rowValues
    try translatingErrors(of: path) {
      if !floats.isEmpty { try write(Self.takeFirst(values, of: &floats), slab) }
      if !doubles.isEmpty { try write(Self.takeFirst(values, of: &doubles), slab) }
    }
    writtenRows += complete
  }

  /// Writes numbers; libhdf5 converts them, but not to truth values.
  private func write<Number: StoredNumber & BinaryFloatingPoint>(
    _ values: [Number], _ slab: Hyperslab
  ) throws {
    if header.elementType == .bool {
      try dataset.write(values.map { $0 != 0 }, slab)
    } else {
      try dataset.write(values, slab, threads: threads)
    }
  }

  /// Takes the first members off an array, without a copy when they are all.
  private static func takeFirst<Number>(_ count: Int, of values: inout [Number]) -> [Number] {
    if count == values.count {
      defer { values = [] }
      return values
    }
    defer { values.removeFirst(count) }
    return Array(values[..<count])
  }
}
