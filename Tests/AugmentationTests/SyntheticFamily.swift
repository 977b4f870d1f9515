import Augmentation
import Foundation
import LinearAlgebra

/// A class of white-line-like spectra: two peaks of varying heights on a step, drifting a little.
func syntheticFamily(
  name: String = "family", count: Int, channels: Int, noise: Double, drift: Double = 0.5,
  ratio: Double = 0.6, seed: UInt64
) throws -> TrainingSet {
  var stream = RandomStream(seed: seed)
  let spectra = Matrix(rows: count, columns: channels)
  let scale = Double(channels) / 64
  for i in 0..<count {
    let shift = drift * stream.normal()
    let second = ratio + 0.08 * stream.normal()
    let step = 0.3 + 0.05 * stream.normal()
    for j in 0..<channels {
      let x = (Double(j) - shift) / scale
      let value =
        exp(-pow((x - 24) / 3, 2)) + second * exp(-pow((x - 38) / 4, 2))
        + step / (1 + exp(-(x - 22) / 2))
      spectra[i, j] = Float(value + noise * stream.normal())
    }
    let peak = (0..<channels).map { spectra[i, $0] }.max() ?? 1
    for j in 0..<channels { spectra[i, j] /= peak }
  }
  return try TrainingSet(name: name, spectra: spectra)
}
