public import Augmentation

/// What a classifier learns from beside the real spectra.
public struct Condition: Hashable, Sendable {
  /// How synthetic spectra are made; nil for none.
  public let method: SyntheticMethod?
  /// Whose spectra they are like.
  public let acquisitions: Acquisitions

  /// The real spectra alone.
  public static let real = Condition(method: nil, acquisitions: .measured)
  /// Synthetic spectra beside the real ones.
  public static func added(_ method: SyntheticMethod, _ acquisitions: Acquisitions) -> Condition {
    Condition(method: method, acquisitions: acquisitions)
  }
}

/// How synthetic spectra are made; in files and options, ``name`` stands for it.
public enum SyntheticMethod: Hashable, Codable, Sendable, CaseIterable, RawRepresentable {
  /// By generators that the design of the trial trains.
  case gan
  /// Without a network.
  case baseline(BaselineMethod)

  /// The generators first.
  public static var allCases: [SyntheticMethod] {
    [.gan] + BaselineMethod.allCases.map { .baseline($0) }
  }

  /// `gan`, or the baseline's name.
  public var rawValue: String {
    switch self {
    case .gan: "gan"
    case .baseline(let method): method.rawValue
    }
  }

  /// The method of a name.
  public init?(rawValue: String) {
    guard let method = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = method
  }

  /// The method without a training; nil for the generators.
  public var baseline: BaselineMethod? {
    guard case .baseline(let method) = self else { return nil }
    return method
  }

  /// Whether its spectra can be varied as those of other acquisitions (``AcquisitionVariation``).
  public var canVary: Bool {
    switch self {
    case .gan, .baseline(.noiseShift), .baseline(.pcaGaussian): true
    case .baseline(.mixup), .baseline(.smote): false
    }
  }

  /// For a table.
  public var name: String { self == .gan ? "GAN" : rawValue }
}

/// The kinds of classifier that judge.
public enum Judge: String, Codable, Sendable, CaseIterable {
  /// Support vector machines with a Gaussian kernel.
  case svm = "SVM"
  /// The network of two branches.
  case ann = "ANN"
}
