internal import LinearAlgebra

/// Core-loss spectra of a thicker or a thinner specimen: more or less of the plural scattering by plasmons.
///
/// Of the electrons that lose energy to a core level some lose more to plasmons, n times with the Poisson probability
/// of the mean t/λ. A change τ of t/λ thus turns a spectrum x into x + τ (x ∗ p) + τ²/2 (x ∗ p ∗ p) + …,
/// over e^τ, with the single-scattering distribution p of sum 1 (Egerton, Electron Energy-Loss Spectroscopy in the
/// Electron Microscope, 3rd ed., Springer 2011, sections 3.4 and 4.3): more of it for τ > 0, and for τ < 0
/// Fourier-log deconvolution. Terms beyond τ² are left out, and so is the factor, which the max norm takes away.
///
/// p is the mean of Drude's E Γ E_p² / ((E² − E_p²)² + (E Γ)²) for E_p from 15 to 30 eV, between
/// which the plasmons of most solids lie (Egerton, section 3.3 and appendix C), with Γ = E_p/2: no specimen's
/// own, as its low losses are not known here. Losses above 100 eV count as none.
package struct PlasmonLosses {
  /// p, a value a channel.
  private let losses: [Float]
  /// What of p lies beyond each channel: from before the first one, whose value is taken for all there.
  private let beyond: [Float]
  private let once: Matrix
  private let twice: Matrix

  /// Tabulates p on `count` channels of `step` eV.
  package init(step: Double, count: Int) {
    precondition(step > 0, "channels of \(step) eV")
    var sum = [Double](repeating: 0, count: max(Int(Self.greatestLoss / step), 1))
    for energy in stride(from: 15.0, through: 30, by: 1) {
      let values = sum.indices.map { index in
        let loss = (Double(index) + 0.5) * step
        let (detuning, width) = (loss * loss - energy * energy, energy / 2)
        return loss * width * energy * energy
          / (detuning * detuning + loss * loss * width * width)
      }
      let total = values.reduce(0, +)
      for index in sum.indices { sum[index] += values[index] / total }
    }
    let total = sum.reduce(0, +)
    losses = sum.map { Float($0 / total) }
    var rest = 1.0
    var beyond: [Float] = []
    for index in 0..<count {
      if index < sum.count { rest -= sum[index] / total }
      beyond.append(Float(max(rest, 0)))
    }
    self.beyond = beyond
    once = Matrix(rows: 1, columns: count)
    twice = Matrix(rows: 1, columns: count)
  }

  private static let greatestLoss = 100.0

  /// Changes t/λ by τ in one spectrum, a row of L.
  package func change(_ spectrum: UnsafeMutablePointer<Float>, by thickness: Float) {
    let (a, b) = (once.row(0), twice.row(0))
    convolve(spectrum, into: a)
    convolve(a, into: b)
    let square = thickness * thickness / 2
    for j in 0..<beyond.count { spectrum[j] += thickness * a[j] + square * b[j] }
  }

  /// y = x ∗ p.
  private func convolve(
    _ x: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    let count = beyond.count
    for j in 0..<count { y[j] = beyond[j] * x[0] }
    for lag in 0..<min(losses.count, count) {
      let weight = losses[lag]
      let to = y + lag
      for j in 0..<count &- lag { to[j] += weight * x[j] }
    }
  }
}
