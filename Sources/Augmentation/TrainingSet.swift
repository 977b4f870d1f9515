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

  /// Checks the spectra of a class, n × L, and divides each by its maximum.
  ///
  /// They must be normalised already, to 0.5 … 2: cropping or denoising after the normalisation
  /// moves the maxima a little, and what is further off is no normalised spectrum.
  public init(name: String, spectra: Matrix) throws(TrainingError) {
    let n = spectra.rowCount
    let channels = spectra.columnCount
    guard n >= Self.minimumSpectra else {
      throw .tooFewSpectra(name: name, count: n, minimum: Self.minimumSpectra)
    }
    guard channels >= Self.minimumChannels else {
      throw .tooFewChannels(name: name, count: channels, minimum: Self.minimumChannels)
    }
    self.name = name
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
    let differ = (1..<n).contains { i in
      (0..<channels).contains { normalised.row(i)[$0] != normalised.row(0)[$0] }
    }
    guard differ else { throw .nothingToLearn(name: name) }
  }
}
