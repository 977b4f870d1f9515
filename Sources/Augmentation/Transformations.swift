internal import LinearAlgebra
internal import NeuralNetworks

/// The discriminator's views of a batch: T1, a random energy shift, and T2, random counting noise.
///
/// T1: x[j − s], s uniform in ±reach channels. T2: x + √(v·max(x, 0)) ε, ε white. Both are drawn for
/// each spectrum anew.
final class Transformations {
  private let shift: FractionalShift
  private let noise: PoissonNoise

  /// Creates the transformations of spectra of `count` channels; `rows` is the largest batch.
  init(shiftReach: Double, noiseVariance: Float, count: Int, rows: Int) {
    shift = FractionalShift(reach: shiftReach, count: count, rows: rows)
    noise = PoissonNoise(
      gain: noiseVariance, differentiatesAmplitude: false, count: count, rows: rows)
  }

  /// Draws both anew.
  func draw(_ stream: inout RandomStream) {
    shift.draw(&stream)
    noise.draw(&stream)
  }

  /// Of the three equal parts of `views`, transforms the first into the second (T1) and the third
  /// (T2).
  func apply(to views: Matrix) {
    let rows = views.rowCount / 3
    let plain = views.rows(0..<rows)
    shift.forward(plain, into: views.rows(rows..<2 * rows))
    noise.forward(plain, into: views.rows(2 * rows..<3 * rows))
  }

  /// Adds the gradients that reach the plain spectra through T1 and T2 to the first part.
  func gatherGradient(_ views: Matrix) {
    let rows = views.rowCount / 3
    let plain = views.rows(0..<rows)
    shift.addAdjoint(of: views.rows(rows..<2 * rows), to: plain)
    // T2's amplitude counts as a constant, so its gradient passes as it is.
    plain.add(views.rows(2 * rows..<3 * rows))
  }
}
