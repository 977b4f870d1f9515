public import LinearAlgebra

/// What tells the class of a spectrum.
public protocol Classifier: Codable, Sendable {
  /// The classes, in the order of the probabilities.
  var classNames: [String] { get }
  /// The number of channels L of its spectra.
  var channelCount: Int { get }

  /// The probability of every class for every spectrum: n × L, each divided by its maximum, into
  /// n × classes, rows of sum 1. The number of threads changes nothing.
  func probabilities(of spectra: Matrix, threads: Int) -> Matrix
}

extension Classifier {
  /// The most probable class of every spectrum.
  public func predictions(of spectra: Matrix, threads: Int) -> [Int] {
    let probabilities = probabilities(of: spectra, threads: threads)
    return (0..<spectra.rowCount).map { i in
      let row = probabilities.row(i)
      return (1..<classNames.count).reduce(0) { row[$1] > row[$0] ? $1 : $0 }
    }
  }
}
