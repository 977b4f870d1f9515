import Augmentation
import Classification
import Evaluation
import LinearAlgebra

/// Whether noise or area of a spectrum alone tell its class, in real and in synthetic spectra.
struct ClassLeaks: Encodable {
  /// One number of the spectra.
  struct Leak: Encodable {
    var real: SingleNumberLeak
    var synthetic: SingleNumberLeak
  }

  /// The noise level (``noiseLevels(of:)``): dose and thickness.
  var noise: Leak
  /// The sum over the channels of the normalised spectrum: background, thickness, edge shape.
  var area: Leak

  /// Measures the classes of one energy axis; nil for one class.
  init?(_ real: [TrainingSet], _ synthetic: [TrainingSet], seed: UInt64) {
    guard real.count > 1 else { return nil }
    func leak(_ use: UInt64, _ number: (Matrix) -> [Double]) -> Leak {
      func measure(_ sets: [TrainingSet], _ part: UInt64) -> SingleNumberLeak {
        var stream = RandomStream(seed: seed).split(Self.use).split(2 * use + part)
        return SingleNumberLeak(
          sets.flatMap { number($0.spectra) },
          classes: sets.indices.flatMap { Array(repeating: $0, count: sets[$0].spectra.rowCount) },
          using: &stream)
      }
      return Leak(real: measure(real, 0), synthetic: measure(synthetic, 1))
    }
    noise = leak(0, noiseLevels(of:))
    area = leak(1) { spectra in
      (0..<spectra.rowCount).map { i in
        spectra.rows(i..<i + 1).elements.reduce(0) { $0 + Double($1) }
      }
    }
  }

  private static let use: UInt64 = 0x4C45_414B
}
