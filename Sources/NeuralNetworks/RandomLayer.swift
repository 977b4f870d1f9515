public import LinearAlgebra

/// A layer that depends on random numbers, of the batch or of each example.
///
/// What was drawn stays until the next draw, so that a backward pass sees what its forward pass saw.
public protocol RandomLayer: Layer {
  /// Draws the random numbers of a whole batch anew.
  func draw(_ stream: inout RandomStream)
}
