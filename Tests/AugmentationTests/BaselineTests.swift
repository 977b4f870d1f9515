import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite("Synthetic spectra without a network")
struct BaselineTests {
  private func draw(_ model: any SpectrumModel, _ count: Int, seed: UInt64 = 1) -> Matrix {
    let spectra = Matrix(rows: count, columns: model.channelCount)
    ParallelSampler(model, stream: RandomStream(seed: seed), threads: 1)
      .sample(from: 0, into: spectra)
    return spectra
  }

  private func row(_ spectra: Matrix, _ i: Int) -> [Double] {
    spectra.rows(i..<i + 1).elements.map(Double.init)
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The two real spectra of which another one is a multiple of a mixture, and the share of the second.
  private struct Segment {
    var ends: (Int, Int)
    var share: Double
    var misfit: Double
  }

  /// By least squares over all pairs: y ≈ p a + q b.
  private func segment(of y: [Double], in real: Matrix) -> Segment {
    let rows = (0..<real.rowCount).map { row(real, $0) }
    var best = Segment(ends: (0, 0), share: 0, misfit: .infinity)
    for i in rows.indices {
      for k in rows.indices where k > i {
        let (aa, ab, bb) = (dot(rows[i], rows[i]), dot(rows[i], rows[k]), dot(rows[k], rows[k]))
        let (ay, by) = (dot(rows[i], y), dot(rows[k], y))
        let determinant = aa * bb - ab * ab
        let (p, q) = ((bb * ay - ab * by) / determinant, (aa * by - ab * ay) / determinant)
        let misfit = y.indices.reduce(0.0) {
          max($0, abs(y[$1] - p * rows[i][$1] - q * rows[k][$1]))
        }
        if misfit < best.misfit { best = Segment(ends: (i, k), share: q / (p + q), misfit: misfit) }
      }
    }
    return best
  }

  @Test("A mixup spectrum lies between two real ones, with the shares of the beta distribution")
  func mixup() throws {
    let set = try syntheticFamily(count: 12, channels: 64, noise: 0.05, seed: 1)
    let mixed = draw(MixedSpectra(set, mixing: 0.4), 400)
    var squares = 0.0
    var pairs: Set<Int> = []
    for i in 0..<400 {
      let y = row(mixed, i)
      expectClose(y.max() ?? 0, 1, absolute: 2e-7, "maximum")
      let found = segment(of: y, in: set.spectra)
      #expect(found.misfit < 2e-6)
      #expect(found.share > -1e-5 && found.share < 1 + 1e-5)
      squares += (found.share - 0.5) * (found.share - 0.5)
      // Mixtures that are one of the ends by rounding do not tell the other one.
      if found.share > 0.01 && found.share < 0.99 { pairs.insert(12 * found.ends.0 + found.ends.1) }
    }
    // Var λ = 1/(4 (2 α + 1)) = 0.139, known from 400 to about 0.005.
    expectClose(squares / 400, 1 / (4 * 1.8), absolute: 0.015, "variance of the share")
    #expect(pairs.count > 55, "nearly all of the 66 pairs")
  }

  @Test("A SMOTE spectrum lies between a real one and one of its five nearest")
  func smote() throws {
    let set = try syntheticFamily(count: 24, channels: 64, noise: 0.03, seed: 2)
    let rows = (0..<24).map { row(set.spectra, $0) }
    let near = rows.indices.map { i in
      Set(
        rows.indices.filter { $0 != i }.sorted {
          zip(rows[$0], rows[i]).reduce(0) { $0 + pow($1.0 - $1.1, 2) }
            < zip(rows[$1], rows[i]).reduce(0) { $0 + pow($1.0 - $1.1, 2) }
        }.prefix(5))
    }
    let made = draw(NeighbourSpectra(set, neighbourCount: 5), 400)
    var ends: Set<Int> = []
    var far = 0
    var shares = (sum: 0.0, squares: 0.0)
    for i in 0..<400 {
      let found = segment(of: row(made, i), in: set.spectra)
      #expect(found.misfit < 2e-6)
      let (a, b) = found.ends
      if found.share > 0.01 && found.share < 0.99 {
        #expect(near[a].contains(b) || near[b].contains(a), "\(a) and \(b) are no neighbours")
        ends.formUnion([a, b])
        if !near[a].contains(b) || !near[b].contains(a) { far += 1 }
      }
      shares.sum += found.share
      shares.squares += found.share * found.share
    }
    #expect(ends.count == 24)
    // Some pairs are neighbours one way only, or the choice would be of mutual ones.
    #expect(far > 10)
    expectClose(shares.sum / 400, 0.5, absolute: 0.06, "mean share")
    expectClose(
      shares.squares / 400 - pow(shares.sum / 400, 2), 1 / 12.0, absolute: 0.02, "its variance")
  }

  @Test("Noise-shift adds the given share of the noise, signal by signal")
  func noise() throws {
    // Ten spectra that differ clearly, so that each one made is known to come from one of them.
    let channels = 80
    let real = Matrix(rows: 10, columns: channels)
    for i in 0..<10 {
      for j in 0..<channels {
        let x = Double(j)
        real[i, j] = Float(
          exp(-pow((x - 20) / 6, 2)) + 0.08 * Double(i) * exp(-pow((x - 50) / 8, 2)))
      }
    }
    let set = try TrainingSet(name: "noiseless", spectra: real)
    let estimate = NoiseEstimate(
      gain: 4e-4, background: (0..<channels).map { $0 < 40 ? 1e-5 : 1e-4 }, colour: [1])
    let model = ShiftedSpectra(set, shift: 0, noise: estimate, share: 0.5)
    let count = 6000
    let made = draw(model, count)
    let rows = (0..<10).map { row(set.spectra, $0) }
    var variance = [Double](repeating: 0, count: channels)
    var signal = variance
    for i in 0..<count {
      let y = row(made, i)
      // The norm divides by the maximum of the noisy spectrum: y ≈ x/m.
      let fits = rows.map { x in (factor: dot(y, x) / dot(x, x), x: x) }
      let residuals = fits.map { fit in zip(y, fit.x).map { $0 / fit.factor - $1 } }
      let best = residuals.indices.min {
        dot(residuals[$0], residuals[$0]) < dot(residuals[$1], residuals[$1])
      }
      let (residual, x) = (residuals[best ?? 0], rows[best ?? 0])
      for j in 0..<channels {
        variance[j] += residual[j] * residual[j] / Double(count)
        signal[j] += x[j] / Double(count)
      }
    }
    for j in 0..<channels {
      let expected = 0.5 * (4e-4 * signal[j] + Double(estimate.background[j]))
      // 6,000 know it to 2 %; the fitted factor takes a little of it where the line is.
      expectClose(variance[j], expected, relative: signal[j] > 0.3 ? 0.15 : 0.08, "channel \(j)")
    }
  }

  @Test("Noise-shift moves spectra by a uniform shift of the given width")
  func shift() throws {
    let real = Matrix(rows: 10, columns: 80)
    for i in 0..<10 {
      for j in 0..<80 {
        real[i, j] = Float(exp(-pow((Double(j) - 40) / 6, 2)))
        // Only the last channels differ.
        if j > 75 { real[i, j] += 0.01 * Float(i) }
      }
    }
    let set = try TrainingSet(name: "line", spectra: real)
    let silent = NoiseEstimate(gain: 0, background: Array(repeating: 0, count: 80), colour: [1])
    let made = draw(ShiftedSpectra(set, shift: 1.5, noise: silent, share: 0.5), 4000)
    let shifts = (0..<4000).map { i -> Double in
      let y = Array(row(made, i)[0..<70])
      return y.indices.reduce(0) { $0 + Double($1) * y[$1] } / y.reduce(0, +) - 40
    }
    #expect(shifts.allSatisfy { abs($0) < 1.51 })
    expectClose(shifts.reduce(0, +) / 4000, 0, absolute: 0.05, "mean")
    expectClose(shifts.reduce(0) { $0 + $1 * $1 } / 4000, 0.75, relative: 0.05, "variance")
  }

  @Test("PCA-Gaussian has the class's mean and covariance, and its scores are normal")
  func gaussian() throws {
    // Two directions of variances 0.04² and 0.02², scores uniform; the peak stays the maximum.
    let channels = 90
    var stream = RandomStream(seed: 5)
    let real = Matrix(rows: 300, columns: channels)
    func shape(_ j: Int, _ centre: Double) -> Double { exp(-pow((Double(j) - centre) / 7, 2)) }
    for i in 0..<300 {
      let (a, b) = (
        stream.uniform(-1, 1) * 0.04 * 3.0.squareRoot(),
        stream.uniform(-1, 1) * 0.02 * 3.0.squareRoot()
      )
      for j in 0..<channels {
        real[i, j] = Float(
          shape(j, 20) + (0.4 + a) * shape(j, 50) + (0.2 + b) * shape(j, 75)
            + 0.01 * stream.normal() * (j == 20 ? 0 : 1))
      }
    }
    let set = try TrainingSet(name: "two directions", spectra: real)
    let model = GaussianSpectra(set, componentCount: 2, widestSmoothing: 1)
    #expect(model.componentCount == 2)
    let made = draw(model, 6000)
    func statistics(_ spectra: Matrix, _ centre: Int) -> (
      mean: Double, variance: Double, kurtosis: Double
    ) {
      // The height of a peak over three channels, little noise.
      let n = Double(spectra.rowCount)
      let heights = (0..<spectra.rowCount).map { i in
        let y = row(spectra, i)
        return (centre - 3...centre + 3).reduce(0) { $0 + y[$1] }
          / (centre - 3...centre + 3).reduce(0) { $0 + shape($1, Double(centre)) }
      }
      let mean = heights.reduce(0, +) / n
      let variance = heights.reduce(0) { $0 + pow($1 - mean, 2) } / n
      return (
        mean, variance, heights.reduce(0) { $0 + pow($1 - mean, 4) } / n / variance / variance
      )
    }
    for centre in [50, 75] {
      let (ours, theirs) = (statistics(made, centre), statistics(set.spectra, centre))
      expectClose(ours.mean, theirs.mean, absolute: 0.004, "mean at \(centre)")
      expectClose(ours.variance, theirs.variance, relative: 0.1, "variance at \(centre)")
      #expect(theirs.kurtosis < 2.2, "uniform scores")
      expectClose(ours.kurtosis, 3, absolute: 0.25, "kurtosis at \(centre)")
    }
    expectClose(
      highFrequencyNoise(of: made), highFrequencyNoise(of: set.spectra), relative: 0.1, "noise")
  }

  @Test(
    "Fitted to several classes: measured, the same for any threads and in any pieces",
    arguments: BaselineMethod.allCases)
  func fitted(method: BaselineMethod) throws {
    let sets = [
      try syntheticFamily(name: "a", count: 60, channels: 72, noise: 0.03, seed: 6),
      try syntheticFamily(name: "b", count: 45, channels: 72, noise: 0.03, ratio: 0.9, seed: 7),
    ]
    let groups = [
      sets, [try syntheticFamily(name: "c", count: 30, channels: 64, noise: 0.05, seed: 8)],
    ]
    let fitted = try FittedBaseline.fit(method, to: groups, seed: 9, threads: 1)
    #expect(fitted.map { $0.map(\.evaluation.name) } == [["a", "b"], ["c"]])
    let again = try FittedBaseline.fit(method, to: groups, seed: 9, threads: 3)
    #expect(again.flatMap(\.self).map(\.evaluation) == fitted.flatMap(\.self).map(\.evaluation))
    let other = try FittedBaseline.fit(method, to: groups, seed: 10, threads: 3)
    #expect(other[0][0].evaluation.quality != fitted[0][0].evaluation.quality)
    for item in fitted.flatMap(\.self) {
      let one = draw(item.model, 300)
      #expect(draw(item.model, 300, seed: 2).elements != one.elements)
      let three = Matrix(rows: 300, columns: item.model.channelCount)
      ParallelSampler(item.model, stream: RandomStream(seed: 1), threads: 3)
        .sample(from: 0, into: three)
      #expect(three.elements == one.elements)
      let late = Matrix(rows: 90, columns: item.model.channelCount)
      SpectrumSampler(item.model, stream: RandomStream(seed: 1)).sample(from: 130, into: late)
      #expect(late.elements == one.rows(130..<220).elements)
      #expect((item.outcome == .reached) == item.evaluation.shortcomings.isEmpty)
    }
    // What interpolates cannot lie far from the real spectra; noise and shifts of the class's own
    // size leave its mean where it is.
    let quality = fitted[0][0].evaluation.quality
    #expect(quality.coverage > 0.8 && abs(quality.energyShift) < 0.5)
    if method == .mixup || method == .smote { #expect(quality.nearestNeighbourRatio < 0.9) }
    #expect(throws: TrainingError.duplicateName("a")) {
      _ = try FittedBaseline.fit(method, to: [[sets[0], sets[0]]], seed: 1, threads: 1)
    }
  }
}
