public import LinearAlgebra

/// The spectra of one class, from which one generator learns.
public struct TrainingSet {
  /// The fewest spectra of a class.
  public static let minimumSpectra = 10
  /// The fewest channels of a spectrum.
  public static let minimumChannels = 64

  /// The name of the class.
  public let name: String
  /// The spectra, n × L, each divided by its maximum.
  public let spectra: Matrix
  /// The spectra of which the components, the noise and the amplitudes are measured: all, or
  /// ``largestMeasured`` of them.
  ///
  /// One of each of as many equal stretches of the set, at a place within it that follows the golden
  /// ratio: no period of a scan is met again and again.
  public let measured: Matrix

  /// The width of a channel, eV; nil where it is not known.
  public let energyStep: Double?

  /// The most spectra that are measured beforehand: more of them say the same.
  public static let largestMeasured = 4096

  /// Checks the spectra of a class, n × L, and divides each by its maximum.
  ///
  /// They must be normalised already, to 0.5 … 2: cropping or denoising after the normalisation
  /// moves the maxima a little, and what is further off is no normalised spectrum. A set that only
  /// tests or is compared needs fewer spectra: `least`. `energyStep` is the width of a channel in eV.
  public init(
    name: String, spectra: Matrix, energyStep: Double? = nil, least: Int = minimumSpectra
  ) throws(TrainingError) {
    let n = spectra.rowCount
    let channels = spectra.columnCount
    guard n >= least else { throw .tooFewSpectra(name: name, count: n, minimum: least) }
    guard channels >= Self.minimumChannels else {
      throw .tooFewChannels(name: name, count: channels, minimum: Self.minimumChannels)
    }
    self.name = name
    self.energyStep = energyStep
    self.spectra = Matrix(rows: n, columns: channels)
    for i in 0..<n {
      let x = spectra.row(i)
      let y = self.spectra.row(i)
      var maximum = -Float.infinity
      var isFinite = true
      for j in 0..<channels {
        isFinite = isFinite && x[j].isFinite
        maximum = x[j] > maximum ? x[j] : maximum
      }
      guard isFinite else { throw .notFinite(name: name, spectrum: i) }
      guard maximum >= 0.5 && maximum <= 2 else {
        throw .notNormalised(name: name, spectrum: i, maximum: maximum)
      }
      for j in 0..<channels { y[j] = x[j] / maximum }
    }
    let normalised = self.spectra
    // Smaller differences are the rounding of the division.
    let differ = (1..<n).contains { i in
      (0..<channels).contains { abs(normalised.row(i)[$0] - normalised.row(0)[$0]) > 1e-6 }
    }
    guard differ || least < Self.minimumSpectra else { throw .nothingToLearn(name: name) }
    measured = Self.some(of: normalised)
  }

  /// Some of the spectra, by their numbers, as a set of the same class.
  public func subset(
    _ rows: [Int], least: Int = minimumSpectra
  ) throws(TrainingError) -> TrainingSet {
    try TrainingSet(name: name, spectra: spectra.rows(rows), energyStep: energyStep, least: least)
  }

  private static func some(of spectra: Matrix) -> Matrix {
    if spectra.rowCount <= largestMeasured { return spectra }
    let some = Matrix(rows: largestMeasured, columns: spectra.columnCount)
    let stretch = Double(spectra.rowCount) / Double(largestMeasured)
    for i in 0..<largestMeasured {
      let place = (Double(i) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
      let row = min(Int((Double(i) + place) * stretch), spectra.rowCount - 1)
      some.rows(i..<i + 1).copy(from: spectra.rows(row..<row + 1))
    }
    return some
  }
}
