internal import CKernels
public import LinearAlgebra

/// A penalty on large logits: weight · mean_i s_i², which keeps a discriminator from growing certain.
///
/// Adds ∂L/∂s = 2 · weight · s / rows to `gradient`. Shapes: rows × 1, contiguous. Returns L.
public func addLogitPenalty(logits: Matrix, weight: Float, to gradient: Matrix) -> Float {
  let rows = logits.rowCount
  precondition(
    logits.columnCount == 1 && logits.isContiguous && gradient.columnCount == 1
      && gradient.isContiguous && gradient.rowCount == rows,
    "logits \(rows) × \(logits.columnCount), gradient \(gradient.rowCount) × "
      + "\(gradient.columnCount)")
  let s = logits.start
  let g = gradient.start
  let factor = 2 * weight / Float(rows)
  for i in 0..<rows { g[i] += factor * s[i] }
  return weight / Float(rows) * ck_dot(s, s, rows)
}
