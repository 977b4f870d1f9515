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
  /// 16: one to three channels stand out as no edge can (see ``SpikeRemoval``).
  public static let spike = QualityFlags(rawValue: 1 << 4)
  /// 32: no power law could be fitted, or its exponent is not physical: that of the local average
  /// was used (``BackgroundRemoval``).
  public static let failedFit = QualityFlags(rawValue: 1 << 5)
  /// 64: no signal stands above the noise (see ``SignalTest``), or the maximum is not positive.
  public static let noSignal = QualityFlags(rawValue: 1 << 6)
  /// 128: the counts in the fit window are too few to extrapolate the background: the exponent of
  /// the local average was used.
  public static let uncertainFit = QualityFlags(rawValue: 1 << 7)
  /// 256: the counts in the fit window do not follow a power law: the exponent of the local average
  /// was used.
  public static let poorFit = QualityFlags(rawValue: 1 << 8)

  /// 512: spikes were found and replaced (``SpikeRemoval``).
  public static let repaired = QualityFlags(rawValue: 1 << 9)

  /// The flags that keep a spectrum out of the PCA, both from the fit and from being denoised.
  ///
  /// The components would lend such a spectrum the shape of the good ones.
  public static let unusable: QualityFlags = [.dead, .nonFinite, .saturated, .spike, .noSignal]

  /// The flags of spectra whose background is not their own fit.
  static let replacedFit: QualityFlags = [.failedFit, .uncertainFit, .poorFit]

  /// Every flag with its name and meaning, lowest bit first.
  public static let all: [(flag: QualityFlags, name: String, meaning: String)] = [
    (.dead, "dead", "all channels hold the same value"),
    (.nonFinite, "non-finite", "a channel is NaN or infinite"),
    (.negative, "negative", "a channel is below 0 before the background is removed"),
    (.saturated, "saturated", "a channel has reached the detector's limit"),
    (.spike, "spike", "one to three channels stand out of their neighbours"),
    (
      .failedFit, "failed fit", "no power law could be fitted: it took the local average's exponent"
    ),
    (.noSignal, "no signal", "nothing stands above background and noise"),
    (
      .uncertainFit, "uncertain fit",
      "too few counts to extrapolate the fit: it took the local average's exponent"
    ),
    (
      .poorFit, "poor fit",
      "the fit window does not fall as a power law: it took the local average's exponent"
    ),
    (.repaired, "repaired", "spikes were found and replaced"),
  ]
}
