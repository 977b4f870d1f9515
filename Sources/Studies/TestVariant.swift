public import Augmentation
public import Classification
public import LinearAlgebra

/// What befalls the test spectra before their classes are told; classifiers learn without it.
public enum TestVariant: Hashable, Codable, Sendable, RawRepresentable {
  /// Nothing.
  case clean
  /// A shift by so many channels, of every other spectrum towards high energies, of the rest towards low
  /// ones.
  case shifted(channels: Int)
  /// Noise as of so large a share of the counts.
  case fewerCounts(share: Double)

  /// `clean`, `shift:4`, `counts:0.5`.
  public var rawValue: String {
    switch self {
    case .clean: "clean"
    case .shifted(let channels): "shift:\(channels)"
    case .fewerCounts(let share): "counts:\(share)"
    }
  }

  /// The variant of a name.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("clean", 1): self = .clean
    case ("shift", 2):
      guard let channels = Int(parts[1]), channels > 0 else { return nil }
      self = .shifted(channels: channels)
    case ("counts", 2):
      guard let share = Double(parts[1]), share > 0, share < 1 else { return nil }
      self = .fewerCounts(share: share)
    default: return nil
    }
  }

  /// For a table.
  public var name: String {
    switch self {
    case .clean: "as they are"
    case .shifted(let channels): "shifted by ±\(channels) channel\(channels == 1 ? "" : "s")"
    case .fewerCounts(let share): "with \(share) of the counts"
    }
  }

  /// The spectra as they are tested, each divided by its maximum again.
  ///
  /// `noise` is that of every class. A shift repeats the first or the last channel. Of a share f of
  /// the counts a normalised spectrum's noise has 1/f times the variance v[j] = a·max(x[j], 0) + b[j] of
  /// ``NoiseEstimate``: noise of the variance (1/f − 1) v and of the estimate's colour is added. For all of
  /// v that holds as long as counting noise outweighs the camera's own, whose share of b would grow
  /// with 1/f².
  public func applied(
    to tests: Examples, noise: [NoiseEstimate], using stream: RandomStream
  ) -> Examples {
    let (rows, channels) = (tests.spectra.rowCount, tests.spectra.columnCount)
    let spectra: Matrix
    switch self {
    case .clean: return tests
    case .shifted(let shift):
      precondition(shift < channels, "a shift of \(shift) of \(channels) channels")
      spectra = Matrix(rows: rows, columns: channels)
      for i in 0..<rows {
        let (x, y) = (tests.spectra.row(i), spectra.row(i))
        let step = i % 2 == 0 ? shift : -shift
        for j in 0..<channels { y[j] = x[min(max(j - step, 0), channels - 1)] }
      }
    case .fewerCounts(let share):
      precondition(
        noise.count == tests.classNames.count, "\(noise.count) noises of \(tests.classNames)")
      spectra = Matrix(rows: rows, columns: channels)
      var stream = stream
      for i in 0..<rows {
        let (x, y) = (tests.spectra.row(i), spectra.row(i))
        let own = noise[tests.classes[i]]
        precondition(
          own.background.count == channels, "noise of \(own.background.count) channels")
        let white = Matrix(rows: 1, columns: channels + own.colour.count - 1)
        stream.fillNormal(white)
        let w = white.row(0)
        for j in 0..<channels {
          var deviate: Float = 0
          for (t, weight) in own.colour.enumerated() { deviate += weight * w[j + t] }
          let variance = (1 / Float(share) - 1) * (own.gain * max(x[j], 0) + own.background[j])
          y[j] = x[j] + variance.squareRoot() * deviate
        }
      }
    }
    for i in 0..<rows {
      let y = spectra.row(i)
      let maximum = (0..<channels).reduce(-Float.infinity) { max($0, y[$1]) }
      precondition(maximum > 0, "test spectrum \(i) has the maximum \(maximum)")
      for j in 0..<channels { y[j] /= maximum }
    }
    return Examples(spectra: spectra, classes: tests.classes, classNames: tests.classNames)
  }
}
