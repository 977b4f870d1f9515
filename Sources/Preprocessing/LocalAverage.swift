internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The counts of the fit window, averaged over neighbouring spectra of an image.
///
/// The weights are Gaussian, σ = 2 spectra, cut off beyond ±3, over the last two navigation axes
/// (along the line of a line scan); further axes are not averaged over. Spectra that are unusable
/// have the weight 0, and so has what lies outside the image. Averaging whole spectra and then
/// fitting by the two-area method is the same as averaging the sums of the halves, which is what is
/// stored: 16 bytes a spectrum. Source: P. Cueva, R. Hovden, J. A. Mundy, H. L. Xin, D. A. Muller,
/// Microsc. Microanal. 18 (2012) 667, doi 10.1017/S1431927612000244.
///
/// One thread appends the sums of consecutive spectra; any number of threads may at the same time ask
/// for averages of which all that is needed is known (``lastNeeded(by:)``). An average depends on the
/// sums alone, not on when it is asked for.
public final class LocalAverage: @unchecked Sendable {
  /// Averages of the halves' sums.
  public struct Sums: Sendable, Equatable {
    /// The average of I₁.
    public var lower: Double
    /// The average of I₂.
    public var upper: Double
    /// The number of spectra of average counts whose plain mean is as precise.
    ///
    /// It is Σw Σwc / Σw²c, c the counts of a spectrum's window. The variance of an average is φ
    /// times the average over this number.
    public var effectiveSpectra: Double

    /// Creates averages.
    public init(lower: Double, upper: Double, effectiveSpectra: Double) {
      self.lower = lower
      self.upper = upper
      self.effectiveSpectra = effectiveSpectra
    }
  }

  /// σ, in spectra.
  public static let deviation = 2.0
  /// The distance of the farthest spectra that count.
  public static let reach = 3

  private let columns: Int
  /// The rows of one image; an axis before it repeats them.
  private let rows: Int
  private let count: Int
  /// I₁ and I₂ of each spectrum; NaN for those that are unusable.
  private let sums: UnsafeMutablePointer<(lower: Double, upper: Double)>
  private let known = Atomic<Int>(0)
  private let weights: [Double]

  /// Creates averages of an image whose navigation axes have the given lengths, outermost first.
  public init(navigationShape shape: [Int]) {
    columns = shape.last ?? 1
    rows = shape.count > 1 ? shape[shape.count - 2] : 1
    count = shape.reduce(1, *)
    sums = .allocate(capacity: max(count, 1))
    weights = (0...Self.reach).map {
      exp(-Double($0 * $0) / (2 * Self.deviation * Self.deviation))
    }
  }

  deinit { sums.deallocate() }

  /// The number of spectra whose sums are known.
  public var knownSpectra: Int { known.load(ordering: .acquiring) }

  /// Adds the sums of the next spectrum, in row-major order.
  public func append(lower: Double, upper: Double, usable: Bool) {
    let index = known.load(ordering: .relaxed)
    precondition(index < count, "spectrum \(index) of an image of \(count)")
    (sums + index).initialize(to: usable ? (lower, upper) : (.nan, .nan))
    known.store(index + 1, ordering: .releasing)
  }

  /// The last spectrum whose sums the average of a spectrum needs.
  public func lastNeeded(by index: Int) -> Int {
    let (row, column) = position(of: index)
    let down = min(row + Self.reach, rows - 1) - row
    let right = min(column + Self.reach, columns - 1) - column
    return index + down * columns + right
  }

  /// The averages at a spectrum; nil when no usable spectrum is near.
  ///
  /// All spectra up to ``lastNeeded(by:)`` must be known.
  public func average(at index: Int) -> Sums? {
    let last = lastNeeded(by: index)
    precondition(last < knownSpectra, "the average at \(index) needs spectrum \(last)")
    let (row, column) = position(of: index)
    var (weight, lower, upper, squares) = (0.0, 0.0, 0.0, 0.0)
    for down in max(-Self.reach, -row)...min(Self.reach, rows - 1 - row) {
      for right in max(-Self.reach, -column)...min(Self.reach, columns - 1 - column) {
        let near = sums[index + down * columns + right]
        guard !near.lower.isNaN else { continue }
        let w = weights[abs(down)] * weights[abs(right)]
        weight += w
        lower += w * near.lower
        upper += w * near.upper
        squares += w * w * (near.lower + near.upper)
      }
    }
    guard weight > 0 else { return nil }
    return Sums(
      lower: lower / weight, upper: upper / weight,
      effectiveSpectra: squares > 0 ? weight * (lower + upper) / squares : 1)
  }

  private func position(of index: Int) -> (row: Int, column: Int) {
    (index / columns % rows, index % columns)
  }
}
