public import Evaluation

/// What a generated set is, in one word.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// All measures lie within what real spectra differ by.
  case good
  /// Its spectra are real ones, or hardly differ from them.
  case copied
  /// Its spectra are too much alike, or a few that are repeated.
  case collapsed
  /// Its spectra have more noise than real ones.
  case tooNoisy = "too noisy"
  /// Its spectra have less noise than real ones.
  case tooSmooth = "too smooth"
  /// Its mean spectrum lies at another energy.
  case shifted
  /// Its mean spectrum stands on a background that the real one's does not.
  case wrongBackground = "background wrong"
  /// It differs in another way, which the measures name.
  case different

  /// Judges the measures of a set, the gravest fault first; several may be there at a time.
  ///
  /// A collapse is sought before a shift, as the mean of a few spectra lies off that of many, and after
  /// copies, which may be many. A noise of half as much again raises the distances too, so it
  /// is sought before these. Of shift and background, which a wrong model of the edge brings together,
  /// the one further beyond its limit is named. `spacing` is ``QualityReference/spacing(of:using:)``.
  public init(_ quality: SyntheticQuality, spacing: Double, limits: QualityLimits) {
    let isNarrow = quality.diversity < limits.diversity.lowerBound
    let shift = abs(quality.energyShift) / limits.energyShift
    let background = quality.background / limits.background
    if quality.nearestNeighbourRatio < Self.smallestAuthenticity && !isNarrow
      && quality.coverage >= limits.coverage
    {
      self = .copied
    } else if isNarrow || spacing < Self.smallestSpacing {
      self = .collapsed
    } else if quality.noiseRatio > limits.noiseRatio.upperBound {
      self = .tooNoisy
    } else if quality.noiseRatio < limits.noiseRatio.lowerBound {
      self = .tooSmooth
    } else if max(shift, background) > 1 {
      self = shift > background ? .shifted : .wrongBackground
    } else {
      self = limits.admit(quality) ? .good : .different
    }
  }

  /// Copies lie at 0, and real spectra at 1; half of a set of copies lies here.
  static let smallestAuthenticity = 0.5
  /// Sets that repeat a few spectra lie near 0, and real spectra at 1.
  static let smallestSpacing = 0.5
}
