public import LinearAlgebra

/// How often a classifier tells two sets of spectra apart: 50 % when it cannot.
///
/// The classifier two-sample test (Lopez-Paz & Oquab, arXiv 1610.06545). As many spectra of each set, at most
/// ``largestGroup``, are drawn; a support vector machine learns from one half of them, its settings chosen by
/// cross-validation within that half, and tells the other half; then the other way round. The mean of several
/// draws is the accuracy. The same between two halves of the real set is the null: it says how far from
/// 50 % chance alone leads.
public struct TwoSampleTest: Codable, Sendable, Equatable {
  /// The most spectra of each set in a draw.
  public static let largestGroup = 200
  /// The fewest spectra of each set in a draw.
  public static let smallestGroup = 10

  /// The spectra of each set in a draw.
  public let count: Int
  /// The share of spectra whose set was told, real against generated.
  public let accuracy: Double
  /// The mean of the same, real against real.
  public let nullMean: Double
  /// The largest of the same, real against real.
  public let nullHigh: Double

  private static let drawCount = 4
  private static let splitCount = 10

  /// Tests `generated`, m × L, against `real`, n × L; nil with fewer than 2 · ``smallestGroup`` real or
  /// ``smallestGroup`` generated spectra.
  public init?(
    _ generated: Matrix, against real: Matrix, using stream: inout RandomStream, threads: Int
  ) {
    let size = min(real.rowCount / 2, generated.rowCount, Self.largestGroup)
    guard size >= Self.smallestGroup else { return nil }
    func draw(_ spectra: Matrix, _ count: Int) -> Matrix {
      spectra.rows(Array(stream.permutation(spectra.rowCount)[0..<count]))
    }
    count = size
    let found = (0..<Self.drawCount).map { _ in
      Self.told(draw(real, size), draw(generated, size), using: &stream, threads: threads)
    }
    accuracy = found.reduce(0, +) / Double(found.count)
    let null = (0..<Self.splitCount).map { _ in
      let both = draw(real, 2 * size)
      return Self.told(
        both.rows(0..<size), both.rows(size..<2 * size), using: &stream, threads: threads)
    }
    nullMean = null.reduce(0, +) / Double(null.count)
    nullHigh = null.max() ?? 1
  }

  /// The share of the spectra of two sets of equal size that are told, in either half.
  private static func told(
    _ first: Matrix, _ second: Matrix, using stream: inout RandomStream, threads: Int
  ) -> Double {
    let size = first.rowCount
    let both = Matrix(rows: 2 * size, columns: first.columnCount)
    both.rows(0..<size).copy(from: first)
    both.rows(size..<2 * size).copy(from: second)
    let all = Examples(
      spectra: both, classes: (0..<2 * size).map { $0 < size ? 0 : 1 },
      classNames: ["first", "second"])
    var grid = SupportVectorGrid()
    grid.penalties = [1, 10, 100]
    grid.steepnesses = [0.1, 0.3, 1]
    grid.foldCount = 3
    let halves = StratifiedFolds(of: all.classes, count: 2, using: &stream)
    var correct = 0
    for half in 0..<2 {
      let training = all.taking(halves.rest(of: half))
      let test = all.taking(halves.parts[half])
      let machine = grid.chosen(on: training, using: &stream, threads: threads)
        .fit(training, threads: threads)
      let votes = machine.votes(of: test.spectra, threads: threads)
      correct += votes.indices.count { votes[$0] == test.classes[$0] }
    }
    return Double(correct) / Double(2 * size)
  }
}
