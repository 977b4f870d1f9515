package import LinearAlgebra
package import NeuralNetworks

/// A network that tells real from generated spectra.
///
/// Shapes: spectra are rows × L in minibatches that do not see each other; logits are rows × 1.
package protocol SpectrumDiscriminator: AnyObject {
  /// All trainable numbers.
  var parameters: Parameters { get }
  /// The spectra of the last forward pass.
  var shown: Matrix { get }

  /// Draws what the network itself leaves to chance anew.
  func draw(_ stream: inout RandomStream)

  /// Scales the minibatch layers to one minibatch of real spectra, so that none starts dead: half the
  /// mean distance to the nearest other spectrum becomes `target`.
  func calibrate(on spectra: Matrix, target: Double)

  /// The logit of every spectrum; positive means real.
  func forward(_ spectra: Matrix, into logits: Matrix)

  /// The chain rule from ∂L/∂logits, scratch afterwards, to the parameters or to the spectra.
  func backward(_ logitGradient: Matrix, into spectra: Matrix?, parameters: Bool)
}
