/// How a discriminator looks at a batch, real or generated.
package enum View: Sendable {
  /// As it is.
  case plain
  /// T1: shifted in energy.
  case shifted
  /// T2: with more counting noise.
  case noisy
}
