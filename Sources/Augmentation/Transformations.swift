internal import LinearAlgebra
internal import NeuralNetworks

/// The discriminators' views of a batch: T1, a random energy shift, and T2, random counting noise.
///
/// T1: x[j − s], s uniform in ±reach channels. T2: x + √(v·max(x, 0)) ε, ε white. Both are drawn for
/// each spectrum anew. In the paper's own procedure s is a whole number of channels for all of a batch,
/// and T2 adds counts that do not depend on x. A matrix of views holds equal parts, one a view, the plain one first.
final class Transformations {
  private let views: [View]
  private let shift: any ShiftLayer
  private let noise: any RandomLayer

  /// Creates the transformations; neither may change a gradient otherwise than by the shift.
  init(views: [View], shift: any ShiftLayer, noise: any RandomLayer) {
    precondition(views.first == .plain, "views \(views)")
    self.views = views
    self.shift = shift
    self.noise = noise
  }

  /// Draws anew what the views need.
  func draw(_ stream: inout RandomStream) {
    for view in views {
      switch view {
      case .plain: break
      case .shifted: shift.draw(&stream)
      case .noisy: noise.draw(&stream)
      }
    }
  }

  /// Makes the other parts of `matrix` from its first.
  func apply(to matrix: Matrix) {
    let plain = part(0, of: matrix)
    for (index, view) in views.enumerated() {
      switch view {
      case .plain: break
      case .shifted: shift.forward(plain, into: part(index, of: matrix))
      case .noisy: noise.forward(plain, into: part(index, of: matrix))
      }
    }
  }

  /// Adds the gradients that reach the plain spectra through the other views to the first part.
  func gatherGradient(_ matrix: Matrix) {
    let plain = part(0, of: matrix)
    for (index, view) in views.enumerated() {
      switch view {
      case .plain: break
      case .shifted: shift.addAdjoint(of: part(index, of: matrix), to: plain)
      // T2's amplitude counts as a constant, so its gradient passes as it is.
      case .noisy: plain.add(part(index, of: matrix))
      }
    }
  }

  private func part(_ index: Int, of matrix: Matrix) -> Matrix {
    let rows = matrix.rowCount / views.count
    return matrix.rows(index * rows..<(index + 1) * rows)
  }
}

/// A random shift whose adjoint can be added to a gradient.
protocol ShiftLayer: RandomLayer {
  /// Adds the adjoint of the shift, applied to `outputGradient`, to `inputGradient`.
  func addAdjoint(of outputGradient: Matrix, to inputGradient: Matrix)
}

extension FractionalShift: ShiftLayer {}
extension Translation: ShiftLayer {}
