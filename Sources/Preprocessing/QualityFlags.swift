/// What is wrong with a spectrum: one bit each, so that a map of them is a plain integer image.
public struct QualityFlags: OptionSet, Sendable, Hashable, Codable {
  /// The bits.
  public let rawValue: UInt16

  /// Creates flags from their bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// 1: all channels hold the same value, as when a read-out is lost.
  public static let dead = QualityFlags(rawValue: 1 << 0)
  /// 2: a channel is NaN or infinite.
  public static let nonFinite = QualityFlags(rawValue: 1 << 1)
  /// 4: a channel is below 0 although the background is still in: not possible for counts.
  public static let negative = QualityFlags(rawValue: 1 << 2)
  /// 8: a channel has reached the saturation level of integer data.
  public static let saturated = QualityFlags(rawValue: 1 << 3)
  /// 16: a single channel stands out as no edge can (see ``SpikeStatistic``).
  public static let spike = QualityFlags(rawValue: 1 << 4)
  /// 32: the power law could not be fitted, or its exponent is not physical; the image's exponent
  /// was used (see ``BackgroundModel``).
  public static let failedFit = QualityFlags(rawValue: 1 << 5)
  /// 64: no signal stands above the noise (see ``SignalTest``), or the maximum is not positive.
  public static let noSignal = QualityFlags(rawValue: 1 << 6)

  /// The flags that keep a spectrum out of the PCA, both from the fit and from being denoised.
  ///
  /// Mean-centred components would lend such a spectrum the mean of the good ones.
  public static let unusable: QualityFlags = [.dead, .nonFinite, .saturated, .spike, .noSignal]

  /// Every flag with its name and meaning, lowest bit first.
  public static let all: [(flag: QualityFlags, name: String, meaning: String)] = [
    (.dead, "dead", "all channels hold the same value"),
    (.nonFinite, "non-finite", "a channel is NaN or infinite"),
    (.negative, "negative", "a channel is below 0 before the background is removed"),
    (.saturated, "saturated", "a channel has reached the detector's limit"),
    (.spike, "spike", "a single channel stands out of its neighbours"),
    (.failedFit, "failed fit", "the background took the image's mean exponent"),
    (.noSignal, "no signal", "nothing stands above background and noise"),
  ]
}
