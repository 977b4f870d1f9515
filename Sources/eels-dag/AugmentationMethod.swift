import ArgumentParser
import Augmentation

/// What makes synthetic spectra: `--method`.
enum AugmentationMethod: String, Encodable, CaseIterable, ExpressibleByArgument {
  /// A generator, trained against discriminators.
  case gan
  case noiseShift = "noise-shift"
  case mixup
  case pcaGaussian = "pca-gaussian"
  case smote

  /// The method without a training; nil for the generator.
  var baseline: BaselineMethod? {
    switch self {
    case .gan: nil
    case .noiseShift: .noiseShift
    case .mixup: .mixup
    case .pcaGaussian: .pcaGaussian
    case .smote: .smote
    }
  }
}
