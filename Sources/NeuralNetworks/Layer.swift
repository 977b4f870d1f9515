public import LinearAlgebra

/// A differentiable map of a batch: one example a row.
///
/// A layer is an explicit pair of functions; a network calls them in the order it wants and owns
/// the matrices between them. ``forward(_:into:)`` keeps what ``backward(_:into:parameters:)``
/// needs, so a backward pass belongs to the forward pass just before it, whose input and output must
/// still be there. Neither allocates memory.
public protocol Layer: AnyObject {
  /// The number of columns of the output.
  var outputCount: Int { get }

  /// Computes the output of a batch.
  func forward(_ input: Matrix, into output: Matrix)

  /// The chain rule through this layer: from ∂L/∂output to ∂L/∂input and ∂L/∂parameters.
  ///
  /// - Parameters:
  ///   - outputGradient: ∂L/∂output; used as scratch, so its contents are undefined afterwards.
  ///   - inputGradient: Receives ∂L/∂input; nil when nobody wants it.
  ///   - parameters: Whether to store the gradients of the layer's own parameters. False for a loss
  ///     that looks at another network through this layer.
  func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, parameters: Bool)
}
